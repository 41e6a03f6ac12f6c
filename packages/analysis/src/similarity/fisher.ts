import { OptionError, ShapeError, Tree } from '@ptu/core'
import { infer, type Layer, type StagedLayer } from '@ptu/layers'
import { mapParams, scope, valueAndGrad, zipParams, type ParamTree } from '@ptu/tensor'
import { staged, type Objective } from '@ptu/trainer'
import {
  add,
  exp,
  gather,
  logSoftmax,
  mul,
  slice,
  square,
  sub,
  sum,
  zerosLike,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core'

/** The options of {@link fisherDiagonal}. */
export interface FisherOptions {
  readonly model: Layer | StagedLayer
  readonly params: ParamTree
  /** The examples as the model encodes them, each tensor `[examples, ...]`. */
  readonly x: ParamTree
  /** The classes of the examples: the empirical Fisher, of one gradient for each example. Without: the mean over the model's own. */
  readonly labels?: ArrayLike<number>
}

/**
 * The diagonal of the Fisher information: how much a model's predictions change with each parameter, a tree shaped like the
 * parameters. The caller owns it.
 *
 * `F_j = (1/n) · Σ_i Σ_c p_ic · (∂ log p_ic / ∂w_j)²` with the model's own probabilities `p`, one gradient for each example and
 * class; with `labels` only the term of the label, with weight 1. NaN where an output is not finite. Borrows all. Throws `OptionError` for no examples, a model
 * without parameters or labels that do not fit, `ShapeError` for outputs that are no `[batch, classes]`.
 *
 * @example
 * ```ts
 * const model = dense(2)
 * const params = { kernel: tensor2d([[0, 0]]), bias: tensor1d([0, 0]) }
 * const { bias } = fisherDiagonal({ model, params, x: tensor2d([[3]]) }) as typeof params
 * expect([...bias.dataSync()]).toEqual([0.25, 0.25]) // p · (1 - p)
 * ```
 *
 * References:
 *   Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", PNAS 114, 2017, eq. 3, https://arxiv.org/abs/1612.00796
 */
export const fisherDiagonal = ({ model, params, x, labels }: FisherOptions): ParamTree => {
  const examples = Tree.leaves(x)[0]?.shape[0] ?? 0
  if (examples === 0) throw new OptionError('fisherDiagonal: expected at least one example, got none')
  if (Tree.leaves(params).length === 0)
    throw new OptionError('fisherDiagonal: expected a model with parameters, got none')
  if (labels !== undefined && labels.length !== examples)
    throw new OptionError(`fisherDiagonal: expected a label for each of ${examples} examples, got ${labels.length}`)
  const stages = staged(model)
  return scope(() => {
    let total: ParamTree = mapParams(params, (leaf) => zerosLike(leaf))
    for (let i = 0; i < examples; i++) {
      const own = exampleOf(x, i)
      const logs = (at: ParamTree): Tensor => logSoftmax(stages.decode(at, own, infer))
      for (const [label, weight] of classesOf(
        scope(() => logs(params)),
        labels?.[i],
      ))
        total = scope(() => {
          const { grads } = valueAndGrad<ParamTree>((at) => sum<Scalar>(gather(logs(at), [label], 1)))(params)
          return zipParams(total, grads, (before, g) => add(before, mul(square(g), mul(weight, 1 / examples))))
        })
    }
    return total
  })
}

/** The classes whose gradients count for an example, and by how much. */
const classesOf = (logs: Tensor, label: number | undefined): readonly (readonly [number, Tensor | number])[] => {
  const [, classes = 0] = logs.shape
  if (logs.rank !== 2)
    throw new ShapeError(`fisherDiagonal: expected outputs [batch, classes], got [${logs.shape.join(', ')}]`)
  if (label !== undefined) {
    if (!(Number.isSafeInteger(label) && label >= 0 && label < classes))
      throw new OptionError(`fisherDiagonal: expected labels from 0 to ${classes - 1}, got ${label}`)
    return [[label, 1]]
  }
  const probabilities = exp(logs)
  return Array.from({ length: classes }, (_, c) => [c, sum(slice(probabilities, [0, c], [1, 1]))])
}

const exampleOf = (x: ParamTree, i: number): ParamTree =>
  mapParams(x, (leaf) => slice(leaf, [i, ...leaf.shape.slice(1).map(() => 0)], [1, ...leaf.shape.slice(1)]))

/** The options of {@link anchored}. */
export interface AnchorOptions {
  /** The parameters `w*` that are held to, a tree shaped like the model's. Borrowed for the life of the objective. */
  readonly anchor: ParamTree
  /** The weight of each parameter, shaped like `anchor`; 1 for all unless given, which is L2-SP. */
  readonly fisher?: ParamTree
  /** λ, from 0. */
  readonly strength: number
}

/**
 * Holds parameters near those they had: training descends `L + λ/2 · Σ_j F_j · (w_j - w*_j)²`. With the Fisher diagonal this
 * is elastic weight consolidation, without it L2-SP over all parameters. The reported loss is `L`.
 *
 * Any objective can be wrapped. Throws `OptionError` for a strength below 0; a step throws `StructureError` or `ShapeError`
 * where the trees differ.
 *
 * @example
 * ```ts
 * const anchor = { kernel: tensor2d([[0, 0]]), bias: tensor1d([0, 0]) }
 * const plain = { model: dense(2), loss: crossEntropy, optimizer: adam(0.01) }
 * expect(anchored(plain, { anchor, strength: 0.1 }).optimizer).toBe(plain.optimizer)
 * ```
 *
 * References:
 *   Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", PNAS 114, 2017, eq. 3, https://arxiv.org/abs/1612.00796
 *   Li, Grandvalet & Davoine, "Explicit inductive bias for transfer learning with convolutional networks", ICML 2018, §3, https://arxiv.org/abs/1802.01483
 */
export const anchored = <P extends ParamTree>(
  objective: Objective<P>,
  { anchor, fisher, strength }: AnchorOptions,
): Objective<P> => {
  if (!(strength >= 0 && strength < Infinity))
    throw new OptionError(`anchored: expected a strength from 0, got ${strength}`)
  const differentiate = objective.differentiate ?? valueAndGrad
  return {
    ...objective,
    differentiate: (loss) => (params) =>
      scope(() => {
        const { value, grads } = differentiate(loss)(params)
        const away = zipParams(params, anchor, (w, held) => sub(w, sameShape(held, w)))
        const pull = fisher === undefined ? away : zipParams(away, fisher, (d, f) => mul(d, sameShape(f, d)))
        return { value, grads: zipParams(grads, pull, (g, p) => add(g, mul(p, strength))) }
      }),
  }
}

const sameShape = (tensor: Tensor, like: Tensor): Tensor => {
  if (tensor.shape.join() !== like.shape.join())
    throw new ShapeError(
      `anchored: expected a tensor of the parameter's shape [${like.shape.join(', ')}], got [${tensor.shape.join(', ')}]`,
    )
  return tensor
}
