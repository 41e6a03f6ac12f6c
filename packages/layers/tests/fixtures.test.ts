import { Tree } from '@ptu/core'
import { valueAndGrad } from '@ptu/tensor'
import {
  describeOnBackends,
  fetched,
  layerFixtures,
  readFixture,
  tensorsOf,
  type Stored,
  type StoredTree,
} from '@ptu/testing'
import { mul, sum, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'

import { foldBatchNorm, fromSpec, frozenBatchNorm, infer, type BatchNormStatistics } from '../src/index.ts'
import { everyLayer } from './every-layer.ts'

const fixtures = layerFixtures()

it('every layer has a fixture', () => {
  const covered = new Set(fixtures.map(([, { spec }]) => (spec as { readonly type: string }).type))
  expect(everyLayer.filter(([, layer]) => !covered.has(layer.spec.type))).toEqual([])
})

await describeOnBackends(
  'PyTorch agrees',
  ({ tolerance }) => {
    it.each(fixtures)('with %s and its gradients', async (_name, fixture) => {
      const made = fromSpec(fixture.spec)
      if (E.isLeft(made)) throw made.left
      const layer = made.right
      expect(layer.output(fixture.input.shape.slice(1))).toEqual(fixture.output.shape.slice(1))
      const [output = [], input = [], ...params] = await fetched(() => {
        const at = { params: tensorsOf(fixture.params), x: tensorsOf(fixture.input) as Tensor }
        const cotangent = tensorsOf(fixture.cotangent) as Tensor
        const { grads } = valueAndGrad(({ params, x }: typeof at) =>
          sum<Scalar>(mul(layer.apply(params, x, infer), cotangent)),
        )(at)
        return [layer.apply(at.params, at.x, infer), grads.x, ...Tree.leaves(grads.params)]
      })
      const wanted = await fetched(() => Tree.leaves(tensorsOf(fixture.gradients.params)))
      expect(output).toBeAllClose(fixture.output.values, tolerance)
      expect(input).toBeAllClose(fixture.gradients.input.values, tolerance)
      expect(params.flatMap((x) => [...x])).toBeAllClose(
        wanted.flatMap((x) => [...x]),
        tolerance,
      )
    })

    it('with folded batch normalisation', async () => {
      const { statistics, epsilon, input, output } = readFixture('fold-batch-norm') as {
        readonly statistics: StoredTree
        readonly epsilon: number
        readonly input: Stored
        readonly output: Stored
      }
      const [result = []] = await fetched(() => {
        const given = tensorsOf(statistics) as unknown as Omit<BatchNormStatistics, 'epsilon'>
        return [frozenBatchNorm.apply(foldBatchNorm({ ...given, epsilon }), tensorsOf(input) as Tensor, infer)]
      })
      expect(result).toBeAllClose(output.values, tolerance)
    })
  },
  { readsLater: true },
)
