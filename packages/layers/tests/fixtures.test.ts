import { Tree } from '@ptu/core'
import { scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { describeOnBackends, layerFixtures, readFixture, tensorsOf, type Stored, type StoredTree } from '@ptu/testing'
import { mul, sum, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'

import { foldBatchNorm, fromSpec, frozenBatchNorm, infer, type BatchNormStatistics } from '../src/index.ts'
import { everyLayer } from './every-layer.ts'

const fixtures = layerFixtures()

const numbersOf = (tree: ParamTree): readonly number[] => Tree.leaves(tree).flatMap((leaf) => [...leaf.dataSync()])

it('every layer has a fixture', () => {
  const covered = new Set(fixtures.map(([, { spec }]) => (spec as { readonly type: string }).type))
  expect(everyLayer.filter(([, layer]) => !covered.has(layer.spec.type))).toEqual([])
})

await describeOnBackends('PyTorch agrees', ({ tolerance }) => {
  it.each(fixtures)('with %s and its gradients', (_name, fixture) => {
    const made = fromSpec(fixture.spec)
    if (E.isLeft(made)) throw made.left
    const layer = made.right
    scope(() => {
      const at = { params: tensorsOf(fixture.params), x: tensorsOf(fixture.input) as Tensor }
      const cotangent = tensorsOf(fixture.cotangent) as Tensor
      expect(layer.output(fixture.input.shape.slice(1))).toEqual(fixture.output.shape.slice(1))
      expect(layer.apply(at.params, at.x, infer)).toBeAllClose(fixture.output.values, tolerance)
      const { grads } = valueAndGrad(({ params, x }: typeof at) =>
        sum<Scalar>(mul(layer.apply(params, x, infer), cotangent)),
      )(at)
      expect(grads.x).toBeAllClose(fixture.gradients.input.values, tolerance)
      expect(numbersOf(grads.params)).toBeAllClose(numbersOf(tensorsOf(fixture.gradients.params)), tolerance)
    })
  })

  it('with folded batch normalisation', () => {
    const { statistics, epsilon, input, output } = readFixture('fold-batch-norm') as {
      readonly statistics: StoredTree
      readonly epsilon: number
      readonly input: Stored
      readonly output: Stored
    }
    scope(() => {
      const given = tensorsOf(statistics) as unknown as Omit<BatchNormStatistics, 'epsilon'>
      const folded = foldBatchNorm({ ...given, epsilon })
      expect(frozenBatchNorm.apply(folded, tensorsOf(input) as Tensor, infer)).toBeAllClose(output.values, tolerance)
    })
  })
})
