import { infer, type Layer } from '@ptu/layers'
import { cloneParams, disposeParams, scope, type ParamTree } from '@ptu/tensor'
import { mean, sqrt, square, type Tensor } from '@tensorflow/tfjs-core'

import { freeze } from './freeze.ts'
import type { OpenBlock, SourceNetwork } from './source.ts'

/** A block whose function cannot be kept while its output is scaled. */
export class NotHomogeneousError extends Error {
  override readonly name = 'NotHomogeneousError'
}

/** A block whose root mean square is below this counts as silent: it is multiplied by one over this, and no more. */
const silent = 1e-3

/** The options of {@link rescale}. */
export interface RescaleOptions {
  /** Is told of each block that is silent; nobody unless given. */
  readonly warn?: (text: string) => void
}

/**
 * The same source with every block's output scaled to unit root mean square on the examples `x`.
 *
 * `W_l ← W_l·ρ_{l-1}/ρ_l`, `b_l ← b_l/ρ_l`, with `ρ_l` the root mean square of block `l`'s output and `ρ_0 = 1`: the
 * function of each block is kept up to one positive factor, because ReLU, pooling and the like pass factors on. Random
 * branches that start by He's rule then meet inputs and branches of their own scale.
 *
 * A silent block, whose `ρ_l` is below .001, is taken as if it were .001: one that gives nothing but zeros stays finite, and
 * rounding is not blown up to unit size. Its output stays below unit size, and `warn` is told.
 *
 * The caller owns the new parameters (see `disposeSource`). Throws a {@link NotHomogeneousError} that names the block
 * which passes no factor on (tanh, a normalisation, an identity shortcut); {@link rescaleProblem} tells beforehand.
 *
 * @example
 * ```ts
 * const body = mlp([8, 4])
 * const source = freeze(body, initBody(body, key(0), [3]))
 * const unit = await rescale(source, normal(key(1), [32, 3])) // on examples of the new task
 * ```
 */
export const rescale = async (
  source: SourceNetwork<OpenBlock>,
  x: Tensor,
  { warn = () => undefined }: RescaleOptions = {},
): Promise<SourceNetwork<OpenBlock>> => {
  const problem = rescaleProblem(source)
  if (problem !== undefined) throw new NotHomogeneousError(problem)
  const sizes = await rootMeanSquares(source, x)
  source.blocks.forEach(({ name }, l) => {
    if ((sizes[l] ?? 0) < silent)
      warn(
        `block ${name} of the source is silent, its outputs are below ${silent} in root mean square: they are multiplied by ${1 / silent} and stay below unit size`,
      )
  })
  const scales = sizes.map((size) => 1 / Math.max(size, silent))
  const params = source.blocks.map((block, l) => scaled(block.layer, block.params, scales[l - 1] ?? 1, scales[l] ?? 1))
  return freeze(source.blocks, params)
}

/** The reason why a source cannot be rescaled, or undefined if it can. */
export const rescaleProblem = ({ blocks }: SourceNetwork<OpenBlock>): string | undefined => {
  for (const { name, layer } of blocks) {
    const found = problemOf(layer)
    if (found !== undefined)
      return `block ${name}: ${found} cannot be rescaled without changing its function; compare without rescaling`
    if (!canScale(layer)) return `block ${name} has no convolution or dense layer to take the factor`
  }
  return undefined
}

const problemOf = (layer: Layer): string | undefined => {
  const { structure, spec } = layer
  if (structure.kind === 'composite') {
    if (structure.flow === 'product') return `${spec.type}, of whose paths each would take the factor,`
    if (structure.flow !== 'chain' && !structure.parts.every(canScale))
      return structure.flow === 'sum'
        ? `${spec.type} with an identity shortcut`
        : `${spec.type} with a path of no factor`
    return structure.parts.map(problemOf).find((problem) => problem !== undefined)
  }
  if (structure.kind === 'homogeneous') return undefined
  return structure.kind === 'affine' && structure.rescale ? undefined : spec.type
}

/** Tells whether a layer has an affine part through which its output can be brought to any scale. */
const canScale = ({ structure }: Layer): boolean => {
  if (structure.kind !== 'composite') return structure.kind === 'affine' && structure.rescale !== undefined
  if (structure.flow === 'product') return false
  return structure.flow === 'chain' ? structure.parts.some(canScale) : structure.parts.every(canScale)
}

/** Parameters of the layer `g` with `g(before·x) = after·f(x)`. */
const scaled = (layer: Layer, params: ParamTree, before: number, after: number): ParamTree => {
  const { structure } = layer
  if (structure.kind === 'affine' && structure.rescale) return structure.rescale(params, before, after)
  if (structure.kind !== 'composite') return cloneParams(params)
  const parts = params as readonly ParamTree[]
  if (structure.flow !== 'chain') return structure.parts.map((part, i) => scaled(part, parts[i] ?? [], before, after))
  let at = before
  return structure.parts.map((part, i) => {
    const next = canScale(part) ? after : at
    const made = scaled(part, parts[i] ?? [], at, next)
    at = next
    return made
  })
}

const rootMeanSquares = async ({ blocks }: SourceNetwork<OpenBlock>, x: Tensor): Promise<readonly number[]> => {
  const found = scope(() => {
    let h = x
    return blocks.map(({ layer, params }) => {
      h = layer.apply(params, h, infer)
      return sqrt(mean(square(h)))
    })
  })
  const numbers = await Promise.all(found.map(async (size) => (await size.data())[0] ?? 0))
  disposeParams(found)
  return numbers
}
