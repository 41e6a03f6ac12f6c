import { OptionError, split, Tree, type Key } from '@ptu/core'
import type { Layer } from '@ptu/layers'
import { normal, scope, type ParamTree, type Shape } from '@ptu/tensor'
import { add, matMul, mul, reshape, zeros, type Tensor } from '@tensorflow/tfjs-core'

import type { Strategy } from './strategy.ts'

/** The options of {@link lora}. */
export interface LoraOptions {
  /** The rank `r` of what is added to each matrix. Default 4. */
  readonly rank?: number
  /** The scale α; what is added is multiplied by `α/r`. Default the rank. */
  readonly alpha?: number
  /** The matrices of a layer that are adapted, by the path of their parameter. Default all. */
  readonly select?: (layer: Layer) => (path: Tree.Path) => boolean
}

/** The two factors of what is added to one matrix. */
export type LoraParams = {
  /** `A`, `[in, r]`, random at the start. */
  readonly down: Tensor
  /** `B`, `[r, out]`, 0 at the start. */
  readonly up: Tensor
}

/**
 * Keeps the source's parameters and learns a matrix of low rank to add to each: LoRA.
 *
 * `W = W_S + α/r·A·B`, `A` `[in, r]` from `N(0, 1/in)`, `B` `[r, out]` from 0
 *
 * for every parameter of two axes or more that is selected, of which all but the last together are `in`. The rank is at most the smaller
 * of `in` and `out`. Other parameters, such as biases, stay the source's. At the start the block equals the source's
 * bit for bit; folded, it is the source's layer with `W`.
 *
 * Throws `OptionError` for a rank that is no positive integer, or an alpha that is not above 0.
 *
 * @example
 * ```ts
 * const source = freeze(mlp([8]), initBody(mlp([8]), key(0), [4]))
 * const model = transfer(source, { blocks: [lora({ rank: 2 })], head: dense(3) })
 * expect(countParams(model.init(key(1), [4]).blocks)).toBe(4 * 2 + 2 * 8)
 * ```
 *
 * References:
 *   Hu et al., "LoRA: low-rank adaptation of large language models", ICLR 2022, §4.1, https://arxiv.org/abs/2106.09685
 */
export const lora = ({ rank = 4, alpha = rank, select = everyMatrix }: LoraOptions = {}): Strategy => {
  if (!Number.isInteger(rank) || rank < 1)
    throw new OptionError(`lora: expected the rank to be a positive integer, got ${rank}`)
  if (!(alpha > 0 && alpha < Infinity)) throw new OptionError(`lora: expected alpha above 0, got ${alpha}`)
  return ({ name, layer, params: pretrained }) => {
    const isSelected = select(layer)
    const isAdapted = (matrix: Tensor, path: Tree.Path): boolean => isMatrix(matrix) && isSelected(path)
    const matrices = Tree.entries(pretrained).flatMap(([path, leaf]) => (isAdapted(leaf, path) ? [leaf] : []))
    const adapted = (params: ParamTree): ParamTree =>
      mergedWith(pretrained, params as readonly LoraParams[], { alpha, isAdapted })
    return {
      name,
      strategy: 'lora',
      learns: matrices.length > 0,
      observes: false,
      output: (input: Shape) => layer.output(input),
      init: (key) => startsOf(matrices, rank, key),
      apply: (params, { x }, mode) => scope(() => layer.apply(adapted(params), x, mode)),
      fold: (params) => ({ layer, params: adapted(params) }),
    }
  }
}

const everyMatrix = () => (): boolean => true

const isMatrix = ({ rank }: Tensor): boolean => rank >= 2

/** The axes of a parameter as a matrix. */
const sidesOf = ({ shape, size }: Tensor): readonly [number, number] => {
  const out = shape.at(-1) ?? 1
  return [size / out, out]
}

const startsOf = (matrices: readonly Tensor[], rank: number, key: Key): readonly LoraParams[] => {
  const keys = split(key, matrices.length)
  return matrices.map((matrix, i) => {
    const [from, out] = sidesOf(matrix)
    const own = Math.min(rank, from, out)
    return { down: normal(keys[i] ?? key, [from, own], 1 / Math.sqrt(from)), up: zeros([own, out]) }
  })
}

/** The scale of what is added, and the parameters that it is added to. */
interface Merging {
  readonly alpha: number
  readonly isAdapted: (matrix: Tensor, path: Tree.Path) => boolean
}

/** `W_S + α/r·A·B` for every adapted matrix, in the order of the leaves. */
const mergedWith = (pretrained: ParamTree, pairs: readonly LoraParams[], { alpha, isAdapted }: Merging): ParamTree =>
  scope(() => {
    let next = 0
    return Tree.map<Tensor, Tensor>(pretrained, (leaf, path) => {
      const pair = isAdapted(leaf, path) ? pairs[next++] : undefined
      if (pair === undefined) return leaf.clone()
      const added = matMul(pair.down as never, pair.up as never)
      return add(leaf, mul(reshape(added, leaf.shape), alpha / pair.up.shape[0]))
    })
  })
