import { Tree } from '@ptu/core'
import { hierarchicalGate, type BranchCount } from '@ptu/gates'
import { gru, infer, lstm } from '@ptu/layers'
import { scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { describeOnBackends, numbersOf, readFixture, tensorsOf, type Stored, type StoredTree } from '@ptu/testing'
import { mul, sum, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { ptu, type HiddenMix } from '../src/index.ts'

interface Case {
  readonly name: string
  readonly options: {
    readonly type: 'gru' | 'lstm'
    readonly units: number
    readonly masked: boolean
    readonly branches: BranchCount
    readonly update: number
    readonly fineTune: number
    readonly mix: HiddenMix
  }
  readonly source: StoredTree
  readonly params: StoredTree
  readonly input: Stored
  readonly output: Stored
  readonly cotangent: Stored
  readonly gradients: { readonly params: StoredTree; readonly input: Stored }
}

const { cases } = readFixture('hidden-mixing') as { readonly cases: readonly Case[] }

const allNumbers = (tree: ParamTree): readonly number[] => Tree.leaves(tree).flatMap(numbersOf)

await describeOnBackends('PyTorch agrees with a unit that mixes states', ({ tolerance }) => {
  it.each(cases.map((golden) => [golden.name, golden] as const))('of a %s, and its gradients', (_name, golden) => {
    const { type, units, masked, mix, ...gate } = golden.options
    const layer = { gru, lstm }[type](units, { masked })
    scope(() => {
      const params = tensorsOf(golden.source)
      const output = layer.output.bind(layer)
      const block = ptu({ gate: hierarchicalGate(gate), mix })({ name: 'block', layer, params, output })
      const at = { params: tensorsOf(golden.params), x: tensorsOf(golden.input) as Tensor }
      const cotangent = tensorsOf(golden.cotangent)
      expect(block.apply(at.params, { x: at.x }, infer)).toBeAllClose(golden.output.values, tolerance)
      const { grads } = valueAndGrad((point: typeof at) =>
        sum<Scalar>(mul(block.apply(point.params, { x: point.x }, infer), cotangent as Tensor)),
      )(at)
      expect(grads.x).toBeAllClose(golden.gradients.input.values, tolerance)
      expect(allNumbers(grads.params)).toBeAllClose(allNumbers(tensorsOf(golden.gradients.params)), tolerance)
    })
  })
})
