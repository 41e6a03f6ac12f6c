import type { Tree } from '@ptu/core'
import type { Layer } from '@ptu/layers'

/** The places of queries and values among the three maps before an attention: queries, keys, values. */
const places: readonly number[] = [0, 2]

/**
 * Tells which parameters of a layer make the queries and the values of an attention: the matrices that the authors of LoRA
 * adapt.
 *
 * An attention is `dotProductAttention` behind three maps that are joined, with or without turns between them, as in `selfAttention`.
 * A layer without one has none.
 *
 * @example
 * ```ts
 * const isAdapted = queriesAndValues(transformerBlock(4, 2))
 * const block = transformerBlock(4, 2).init(key(0), [5, 4])
 * expect(Tree.entries(block).filter(([path]) => isAdapted(path))).toHaveLength(4) // two kernels, two biases
 * ```
 *
 * References:
 *   Hu et al., "LoRA: low-rank adaptation of large language models", ICLR 2022, §4.2 and §5, https://arxiv.org/abs/2106.09685
 */
export const queriesAndValues = (layer: Layer): ((path: Tree.Path) => boolean) => {
  const found = adaptedIn(layer, [])
  return (path) => found.some((start) => start.every((step, i) => step === path[i]))
}

/** The paths below which the parameters of queries and values are. */
const adaptedIn = ({ structure }: Layer, at: Tree.Path): readonly Tree.Path[] => {
  if (structure.kind !== 'composite') return []
  const { flow, parts } = structure
  return parts.flatMap((part, i) => {
    const next = parts[i + 1]?.spec.type === 'rotaryPositions' ? parts[i + 2] : parts[i + 1]
    const isAttended = flow === 'chain' && next?.spec.type === 'dotProductAttention'
    return isAttended && joinsThree(part) ? places.map((place) => [...at, i, place]) : adaptedIn(part, [...at, i])
  })
}

const joinsThree = ({ structure }: Layer): boolean =>
  structure.kind === 'composite' && structure.flow === 'join' && structure.parts.length === 3
