import { key } from '@ptu/core'
import { fixedGate, hierarchicalGate } from '@ptu/gates'
import {
  conv2d,
  dense,
  depthwiseConv2d,
  frozenBatchNorm,
  globalAveragePool,
  infer,
  relu6,
  residual,
  serial,
  type Layer,
  type Mode,
} from '@ptu/layers'
import { disposeSource, foldNormalisations, freeze, initBody, withHead, type Body } from '@ptu/networks'
import { disposeParams, mapParams, normal, scope, type ParamTree } from '@ptu/tensor'
import { describeOnBackends, gradientCheck, numbersOf } from '@ptu/testing'
import { add, mul } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { fineTune, fold, ptu, scratch, share, transfer, type Strategy, type TransferParams } from '../src/index.ts'

const plain = { bias: false } as const

/** The path of an inverted residual, as MobileNetV2 has them: wider, each channel by itself, narrow again. */
const path = (width: number, stride: number): Layer =>
  serial(
    conv2d(6, 1, plain),
    frozenBatchNorm,
    relu6,
    depthwiseConv2d(3, { ...plain, stride }),
    frozenBatchNorm,
    relu6,
    conv2d(width, 1, plain),
    frozenBatchNorm,
  )

const body: Body = [
  { name: 'smaller', layer: path(3, 2) },
  // Groups of channels under a window of one row.
  { name: 'added', layer: serial(residual(path(3, 1)), conv2d(6, [1, 3], { ...plain, groups: 3 }), frozenBatchNorm) },
]
const shape = [5, 5, 2]
const head = serial(globalAveragePool, dense(2))
const train: Mode = { kind: 'train', key: key(4), progress: 0.5 }

/** A source with normalisations that do something, and the same with them folded. */
const sources = () => {
  const fresh = initBody(body, key(1), shape)
  const params = scope(() => moved(fresh, 2)) as readonly ParamTree[]
  disposeParams(fresh)
  const source = freeze(body, params)
  return { source, folded: foldNormalisations(source) }
}

const moved = (params: ParamTree, seed: number): ParamTree => {
  let next = seed * 1000
  return mapParams<ParamTree>(params, (leaf) => add(leaf, mul(normal(key(next++), leaf.shape), 0.2)))
}

const mixtures: Readonly<Record<string, readonly Strategy[]>> = {
  'share, then fine-tune': [share, fineTune],
  'scratch, then ptu': [scratch, ptu()],
  ptu: [ptu(), ptu()],
  'ptu of three branches': [share, ptu({ gate: hierarchicalGate({ branches: 3 }) })],
}

await describeOnBackends('a strategy over inverted residuals', ({ tolerance }) => {
  it.each(Object.entries(mixtures))('%s folds into a plain network of the same function', (_name, blocks) => {
    const { source, folded } = sources()
    const x = normal(key(5), [3, ...shape])
    for (const from of [source, folded]) {
      const model = transfer(from, { blocks, head })
      const start = model.init(key(6), shape)
      const params = scope(() => moved(start, 3)) as TransferParams
      const network = fold(model, params)
      const [made, expected] = [
        withHead(network.body, network.head).apply(network.params, x, infer),
        model.apply(params, x, infer),
      ]
      expect(made).toBeAllClose(expected, tolerance)
      disposeParams([start, params, network.params, made, expected])
    }
    disposeParams(x)
    disposeSource(source)
    disposeSource(folded)
  })

  it.each([
    ['share', share, 0],
    ['fine-tune', fineTune, 1],
  ] as const)('ptu with gates at their limit is %s, bit for bit, in training too', (_name, strategy, update) => {
    const { source, folded } = sources()
    const x = normal(key(5), [3, ...shape])
    for (const from of [source, folded])
      for (const mode of [infer, train]) {
        const outputs = [strategy, ptu({ gate: fixedGate({ update }) })].map((each) => {
          const model = transfer(from, { blocks: [each, each], head })
          const params = model.init(key(6), shape)
          const y = model.apply(params, x, mode)
          const numbers = numbersOf(y)
          disposeParams([params, y])
          return numbers
        })
        expect(outputs[1]).toEqual(outputs[0])
      }
    disposeParams(x)
    disposeSource(source)
    disposeSource(folded)
  })

  it('has the gradient of its values in every weight and gate', () => {
    const { source, folded } = sources()
    disposeSource(source)
    const x = normal(key(5), [2, ...shape])
    const model = transfer(folded, { blocks: [ptu(), ptu()], head })
    const params = model.init(key(6), shape)
    const problems = gradientCheck((p: ParamTree) => model.apply(p as TransferParams, x, infer), params, {
      entries: 2,
      step: 2e-3,
      tolerance: { absolute: 1e-2, relative: 3e-2 },
    })
    expect(problems).toEqual([])
    disposeParams([params, x])
    disposeSource(folded)
  })
})
