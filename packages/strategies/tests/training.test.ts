import { foldIn, Tree } from '@ptu/core'
import { dense, infer, type Mode } from '@ptu/layers'
import { disposeSource, withHead, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { disposeParams, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { describeOnBackends, fetched, type Values } from '@ptu/testing'
import { losses, mul, oneHot, sub, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { fineTune, fold, ptu, share, transfer, type TransferModel, type TransferParams } from '../src/index.ts'
import { everyExample, examplesOf, initKey, noiseKey, sourceOf } from './example-source.ts'

const steps = 8
const example = everyExample.pictures

const weightsOf = async (source: SourceNetwork<OpenBlock>): Promise<readonly Values[]> =>
  Promise.all(source.blocks.flatMap(({ params }) => Tree.leaves(params)).map(async (leaf) => leaf.data()))

/** Gradient descent, written out; the loss of each step and the parameters at the end. */
const train = async (model: TransferModel, x: Tensor): Promise<{ losses: number[]; params: TransferParams }> => {
  const y = scope(() => oneHot([0, 1, 2, 0, 1, 2], 3))
  const told: number[] = []
  let params: ParamTree = model.init(initKey, example.inputShape)
  for (let step = 0; step < steps; step++) {
    const mode: Mode = { kind: 'train', key: foldIn(noiseKey, step), progress: step / steps }
    const { value, grads } = valueAndGrad((p: ParamTree) =>
      scope(() => losses.softmaxCrossEntropy<Tensor, Scalar>(y, model.apply(p as TransferParams, x, mode))),
    )(params)
    const next = scope(() => Tree.zipWith(params, grads, (p, g) => sub(p, mul(g, 0.1))) as ParamTree)
    told.push(...(await value.data()))
    disposeParams([params, value, grads])
    params = next
  }
  y.dispose()
  return { losses: told, params: params as TransferParams }
}

await describeOnBackends(
  'training a transfer model',
  ({ tolerance }) => {
    it('lowers the loss, comes to the same bits from the same seed, leaves the source alone, and folds', async () => {
      const source = sourceOf(example)
      const before = await weightsOf(source)
      const model = transfer(source, { blocks: [share, ptu(), fineTune], head: dense(3) })
      const x = examplesOf(example, 6)
      const [first, again] = [await train(model, x), await train(model, x)]
      expect(first.losses.at(-1)).toBeLessThan(first.losses[0] ?? 0)
      expect(again.losses).toEqual(first.losses)
      expect(await weightsOf(source)).toEqual(before)
      const network = fold(model, first.params)
      const [mixed = [], folded = []] = await fetched(() => [
        model.apply(first.params, x, infer),
        withHead(network.body, network.head).apply(network.params, x, infer),
      ])
      expect(folded).toBeAllClose(mixed, tolerance)
      disposeParams([x, first.params, again.params, ...network.params])
      disposeSource(source)
    })
  },
  { readsLater: true },
)
