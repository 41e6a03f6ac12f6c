import { OptionError, Tree } from '@ptu/core'
import { infer, type Layer, type StagedLayer } from '@ptu/layers'
import { disposeParams, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { staged, type Batch, type Loss } from '@ptu/trainer'
import { tensor, type Scalar } from '@tensorflow/tfjs-core'

/** A model's mean loss over examples, as a function of its parameters, at inference. */
export interface Risk {
  readonly model: Layer | StagedLayer
  readonly loss: Loss
  /** The examples, encoded, a batch at a time: memory is that of one batch. Their mean is weighed by their sizes. */
  readonly batches: readonly Batch[]
}

/** The parts of all examples that each batch holds. Throws `OptionError` where there are none. */
const partsOf = ({ batches }: Risk): readonly number[] => {
  const sizes = batches.map(({ y }) => y.shape[0])
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total === 0) throw new OptionError('risk: expected at least one example, got none')
  return sizes.map((size) => size / total)
}

const lossOn =
  ({ model, loss }: Risk, { x, y }: Batch): ((params: ParamTree) => Scalar) =>
  (params) =>
    scope(() => loss(staged(model).decode(params, x, infer), y))

/** The mean loss over all examples. Borrows the parameters. Rejects with `OptionError` where it is not finite. */
export const riskAt = async (risk: Risk, params: ParamTree): Promise<number> => {
  let mean = 0
  for (const [i, part] of partsOf(risk).entries()) {
    const value = lossOn(risk, risk.batches[i] as Batch)(params)
    mean += part * ((await value.data())[0] ?? NaN)
    value.dispose()
  }
  if (!Number.isFinite(mean))
    throw new OptionError(`risk: expected a finite loss, got ${mean}; check the inputs and the parameters`)
  return mean
}

/** The mean loss over all examples and its gradient by every parameter, in the order of `Tree.leaves`. */
export interface RiskGradient {
  readonly value: number
  readonly gradient: Float64Array
}

/** The mean loss and its gradient. Borrows the parameters. Throws `OptionError` for a model without parameters. */
export const riskGradient = async (risk: Risk, params: ParamTree): Promise<RiskGradient> => {
  const gradient = new Float64Array(sizeOf(params))
  let mean = 0
  for (const [i, part] of partsOf(risk).entries()) {
    const { value, grads } = valueAndGrad(lossOn(risk, risk.batches[i] as Batch))(params)
    mean += part * ((await value.data())[0] ?? NaN)
    const own = await numbersOf(grads)
    own.forEach((g, j) => (gradient[j] = (gradient[j] as number) + part * g))
    disposeParams([value, grads])
  }
  return { value: mean, gradient }
}

const sizeOf = (params: ParamTree): number => {
  const size = Tree.leaves(params).reduce((sum, leaf) => sum + leaf.size, 0)
  if (size === 0)
    throw new OptionError(
      'corruption: expected a model with parameters, got none; a black box or a model that shares all blocks has nothing to corrupt',
    )
  return size
}

/** All numbers of a tree, leaf after leaf. */
export const numbersOf = async (params: ParamTree): Promise<Float64Array> => {
  const parts = await Promise.all(Tree.leaves(params).map((leaf) => leaf.data()))
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0)
  return all
}

/** A tree shaped like `like` of the given numbers, leaf after leaf. The caller owns it. */
export const treeOf = (like: ParamTree, numbers: Float64Array): ParamTree => {
  let at = 0
  return Tree.map(like, (leaf) => {
    const own = numbers.subarray(at, (at += leaf.size))
    return tensor(Float32Array.from(own), leaf.shape, 'float32')
  })
}

/** The sums of two lists of numbers, place by place. */
export const added = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => x + (b[i] as number))
