import { infer, serial } from '@ptu/layers'
import { toTensors } from '@ptu/data'
import { adam, type Optimizer } from '@ptu/optim'
import { cloneParams, disposeParams, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import {
  div,
  maximum,
  mean,
  mul,
  slice,
  sqrt,
  square,
  sub,
  sum,
  tensor1d,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core'

import type { ContrastivePair } from './contrastive-pairs.ts'
import type { LabelledTask } from './method.ts'

/** The pairs of each step. */
const batchSize = 16

/** A length below this is taken for it, so that a vector of zeros has a cosine. */
const shortest = 1e-8

/**
 * The mean square of the difference between the cosine of two vectors and 1 for a pair of one class, 0 for others.
 *
 * `[2 · pairs, features]`, the first of all pairs before the second of all; `alike` `[pairs]`.
 *
 * References:
 *   Reimers & Gurevych, "Sentence-BERT", EMNLP 2019, §3, https://arxiv.org/abs/1908.10084
 */
export const cosineLoss = (vectors: Tensor, alike: Tensor): Scalar =>
  scope(() => {
    const [rows = 0, features = 0] = vectors.shape
    const pairs = rows / 2
    const [first, second] = [0, pairs].map((from) => slice(vectors, [from, 0], [pairs, features])) as [Tensor, Tensor]
    const lengthOf = (x: Tensor): Tensor => sqrt(maximum(sum(square(x), 1), shortest ** 2))
    const cosines = div(sum(mul(first, second), 1), mul(lengthOf(first), lengthOf(second)))
    return mean<Scalar>(square(sub(cosines, alike)))
  })

/**
 * Trains the blocks of a source on pairs of examples, so that vectors of one class point one way: one pass over the pairs by
 * Adam. The caller owns the result, one tree a block.
 */
export const contrasted = async (
  { source: { blocks }, labelled, normalisation }: Pick<LabelledTask, 'source' | 'labelled' | 'normalisation'>,
  pairs: readonly ContrastivePair[],
  rate: number,
): Promise<readonly ParamTree[]> => {
  const network = serial(...blocks.map(({ layer }) => layer))
  const optimizer: Optimizer = adam(rate)
  let params: ParamTree = cloneParams(blocks.map((block) => block.params))
  let state = optimizer.init(params)
  for (let step = 0; step * batchSize < pairs.length; step++) {
    const some = pairs.slice(step * batchSize, (step + 1) * batchSize)
    const places = [...some.map(({ first }) => first), ...some.map(({ second }) => second)]
    const next = scope(() => {
      const { x } = toTensors(labelled, normalisation, places)
      const alike = tensor1d(some.map((pair) => pair.alike))
      const lossOf = (p: ParamTree): Scalar =>
        scope(() => cosineLoss(network.apply(p as readonly ParamTree[], x, infer), alike))
      return optimizer.update(valueAndGrad(lossOf)(params).grads, state, params, step)
    })
    disposeParams([params, state])
    params = next.params
    state = next.state
    await Promise.resolve()
  }
  disposeParams(state)
  return params as readonly ParamTree[]
}
