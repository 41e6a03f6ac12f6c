import { readFileSync } from 'node:fs'

import { disposeParams, scope, valueAndGrad } from '@ptu/tensor'
import { numbersOf } from '@ptu/testing'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import * as exported from './losses.ts'
import {
  binaryCrossEntropy,
  crossEntropy,
  huber,
  lossOf,
  meanSquaredError,
  stepCrossEntropy,
  type Loss,
} from './losses.ts'

interface Numbers {
  readonly shape: number[]
  readonly values: number[]
}

interface Golden {
  readonly predictions: Numbers
  readonly targets: Numbers
  readonly value: number
  readonly gradient: Numbers
}

const golden = JSON.parse(
  readFileSync(new URL('../../testing/fixtures/losses.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Golden>>

const losses: Readonly<Record<string, Loss>> = {
  softmaxCrossEntropy: crossEntropy,
  softmaxCrossEntropySmoothed: (y, t) => crossEntropy(y, t, { smoothing: 0.1 }),
  meanSquaredError,
  binaryCrossEntropyWithLogits: binaryCrossEntropy,
  huber,
  stepCrossEntropy,
}

describe('the golden losses', () => {
  it('hold every loss that is exported', () => {
    const others: readonly unknown[] = [lossOf]
    const wanted = Object.values(exported).filter((loss) => !others.includes(loss))
    expect(wanted.filter((loss) => !Object.values<unknown>(losses).includes(loss))).toEqual([])
    expect(Object.keys(losses).toSorted()).toEqual(Object.keys(golden).toSorted())
  })

  it.each(Object.entries(golden))('%s has the value and the gradient of PyTorch', (name, expected) => {
    const { predictions, targets, value, gradient } = expected
    const [y, t] = [tensor(predictions.values, predictions.shape), tensor(targets.values, targets.shape)]
    const found = valueAndGrad((outputs: Tensor) => (losses[name] as Loss)(outputs, t))(y)
    expect(found.value).toBeAllClose([value])
    expect(found.grads).toBeAllClose(gradient.values, { absolute: 1e-7, relative: 1e-5 })
    disposeParams([y, t, found.value, found.grads])
  })
})

/** A loss's value, with nothing left behind. */
const valueOf = (loss: Loss, outputs: readonly number[], targets: readonly number[]): number => {
  const value = scope(() => loss(tensor([outputs as number[]]), tensor([targets as number[]])))
  const [number = NaN] = numbersOf(value)
  value.dispose()
  return number
}

describe('by hand', () => {
  it.each([
    ['crossEntropy of a sure mistake', crossEntropy, [1000, 0], [0, 1], 1000],
    ['crossEntropy of a sure hit', crossEntropy, [1000, 0], [1, 0], 0],
    ['binaryCrossEntropy of sure mistakes', binaryCrossEntropy, [-500, 500], [1, 0], 500],
    ['binaryCrossEntropy of sure hits', binaryCrossEntropy, [-500, 500], [0, 1], 0],
    ['meanSquaredError', meanSquaredError, [3, 0], [1, 1], 2.5],
    ['huber, linear and squared', huber, [-500, 0.5], [0, 0], (499.5 + 0.125) / 2],
    ['huber with delta 2', (y: Tensor, t: Tensor) => huber(y, t, { delta: 2 }), [3, 1], [0, 0], (4 + 0.5) / 2],
  ] as const)('%s is right', (_name, loss, outputs, targets, expected) => {
    expect(valueOf(loss, outputs, targets)).toBe(expected)
  })
})

describe('stepCrossEntropy', () => {
  const [logits, targets] = [
    [
      [5, 0],
      [0, 5],
    ] as const,
    [
      [1, 0],
      [1, 0],
    ] as const,
  ]
  const [hit, miss] = [Math.log(1 + Math.exp(-5)), 5 + Math.log(1 + Math.exp(-5))]

  /** The loss of sequences, each a list of steps. */
  const ofSteps = (outputs: number[][][], wanted: number[][][]): number => {
    const value = scope(() => stepCrossEntropy(tensor(outputs), tensor(wanted)))
    const [number = NaN] = numbersOf(value)
    value.dispose()
    return number
  }

  it('is the mean over steps with a target, not over the batch and its length', () => {
    const [right, wrong] = logits.map((step) => [...step])
    const target = [...targets[0]]
    const nothing = [0, 0]
    const value = ofSteps(
      [
        [right, right, right],
        [wrong, [900, -900], [900, -900]],
      ] as number[][][],
      [
        [target, target, target],
        [target, nothing, nothing],
      ],
    )
    expect(value).toBeCloseTo((3 * hit + miss) / 4, 5)
  })

  it('is that of the steps alone, however long the padding', () => {
    const one = ofSteps([[[5, 0]]], [[[1, 0]]])
    expect(
      ofSteps(
        [
          [
            [5, 0],
            [3, 3],
            [-4, 9],
          ],
        ],
        [
          [
            [1, 0],
            [0, 0],
            [0, 0],
          ],
        ],
      ),
    ).toBe(one)
  })

  it('is 0 where there is no target, and then without a gradient', () => {
    const [y, t] = [tensor([[[1, 2]]]), tensor([[[0, 0]]])]
    const { value, grads } = valueAndGrad((outputs: Tensor) => stepCrossEntropy(outputs, t))(y)
    expect([...numbersOf(value), ...numbersOf(grads)].map(Math.abs)).toEqual([0, 0, 0])
    disposeParams([y, t, value, grads])
  })

  it('is the loss of tagged examples, crossEntropy that of others', () => {
    expect([lossOf({ tagged: true }), lossOf({})]).toEqual([stepCrossEntropy, crossEntropy])
  })
})

describe('bad input', () => {
  it.each([
    ['crossEntropy', crossEntropy],
    ['meanSquaredError', meanSquaredError],
    ['binaryCrossEntropy', binaryCrossEntropy],
    ['huber', huber],
    ['stepCrossEntropy', stepCrossEntropy],
  ] as const)('%s refuses targets that would only broadcast', (name, loss) => {
    expect(() => valueOf(loss, [1, 2], [1])).toThrow(
      `${name}: expected targets of the shape of the outputs, [1, 2], got [1, 1]`,
    )
  })

  it('options outside of their range are refused', () => {
    expect(() => valueOf((y, t) => crossEntropy(y, t, { smoothing: 1 }), [1], [1])).toThrow(
      'expected smoothing in [0, 1), got 1',
    )
    expect(() => valueOf((y, t) => huber(y, t, { delta: 0 }), [1], [1])).toThrow('expected delta above 0, got 0')
  })
})
