import { key, type Key } from '@ptu/core'
import { disposeParams, mapParams, scope } from '@ptu/tensor'
import { numbersOf } from '@ptu/testing'
import { mul, ones, tensor, zerosLike, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import {
  bidirectional,
  concatenate,
  glorotUniform,
  gru,
  infer,
  lstm,
  maximum,
  residual,
  serial,
  simpleRnn,
  timeDistributed,
  type Layer,
  type Mode,
} from '../src/index.ts'

const train: Mode = { kind: 'train', key: key(4) }

/** A layer that notes the keys it is given, and passes its input on. */
const noting = (seen: Key[]): Layer => ({
  spec: { type: 'noting' },
  structure: { kind: 'opaque' },
  output: (input) => input,
  init: (from) => {
    seen.push(from)
    return []
  },
  apply: (_params, x, mode) => {
    if (mode.kind === 'train') seen.push(mode.key)
    return x.clone()
  },
})

const distinct = (seen: readonly Key[]): number => new Set(seen.map(({ high, low }) => `${high} ${low}`)).size

describe('a layer made of several', () => {
  it.each<readonly [string, (part: Layer) => Layer]>([
    ['serial', (part) => serial(part, part)],
    ['residual', (part) => residual(part, part)],
    ['maximum', (part) => maximum(part, part)],
    ['bidirectional', (part) => bidirectional(part)],
    ['concatenate', (part) => concatenate(part, part)],
  ])('gives each part a key of its own, at the start and in training: %s', (_name, made) => {
    const [first, run]: [Key[], Key[]] = [[], []]
    made(noting(first)).init(key(1), [3, 2])
    scope(() => {
      made(noting(run)).apply([[], []], ones([1, 3, 2]), train)
    })
    expect([first.length, distinct([...first, key(1)])]).toEqual([2, 3])
    expect([run.length, distinct([...run, key(4)])]).toEqual([2, 3])
  })

  it('of one part passes its key on', () => {
    const seen: Key[] = []
    timeDistributed(noting(seen)).init(key(1), [3, 2])
    expect(seen).toEqual([key(1)])
  })
})

describe('a recurrent layer', () => {
  const options = { initializer: glorotUniform, recurrentInitializer: glorotUniform }

  it.each([simpleRnn(3, options), gru(3, options), lstm(3, options)])(
    'draws its two kernels from two keys: %#',
    (layer) => {
      const params = layer.init(key(1), [5, 3])
      expect(params.kernel.shape).toEqual(params.recurrentKernel.shape)
      expect(numbersOf(params.kernel)).not.toEqual(numbersOf(params.recurrentKernel))
      disposeParams(params)
    },
  )

  it('that is a long short-term memory starts with its forget gate open', () => {
    const params = lstm(2).init(key(1), [5, 3])
    expect(numbersOf(params.bias)).toEqual([0, 0, 1, 1, 0, 0, 0, 0])
    disposeParams(params)
  })

  it('other than that starts with biases of 0', () => {
    for (const layer of [simpleRnn(2), gru(2)]) {
      const { kernel, recurrentKernel, ...biases } = layer.init(key(1), [5, 3])
      for (const bias of Object.values(biases)) expect(numbersOf(bias).every((value) => value === 0)).toBe(true)
      disposeParams([kernel, recurrentKernel, biases])
    }
  })

  const step = (t: number): readonly number[] => [Math.sin(t), Math.cos(3 * t)]
  const sequence = (...steps: readonly number[]): Tensor =>
    tensor([steps.map((t) => (t === 0 ? [0, 0] : [...step(t)]))], [1, steps.length, 2])

  it.each<readonly [string, (masked: boolean) => Layer]>([
    ['simpleRnn', (masked) => simpleRnn(3, { masked })],
    ['gru', (masked) => gru(3, { masked })],
    ['lstm', (masked) => lstm(3, { masked })],
    ['bidirectional lstm', (masked) => bidirectional(lstm(2, { masked }))],
  ])('passes by padding before and after its steps: %s', (_name, made) => {
    scope(() => {
      const params = made(true).init(key(2), [3, 2])
      const width = made(true).output([3, 2])[1] ?? 0
      const [first, second, third] = [0, 1, 2].map((t) => {
        const all = numbersOf(made(false).apply(params, sequence(1, 2, 3), infer))
        return all.slice(t * width, (t + 1) * width)
      })
      const nothing = Array.from({ length: width }, () => 0)
      const padded = made(true).apply(params, sequence(0, 1, 2, 3, 0, 0), infer)
      expect(padded).toBeAllClose(
        [nothing, first, second, third, nothing, nothing].flatMap((x) => x ?? []),
        {
          absolute: 1e-6,
        },
      )
    })
  })

  it.each<readonly [string, (masked: boolean) => Layer, readonly string[]]>([
    ['gru', (masked) => gru(3, { masked }), []],
    // the output that an LSTM feeds back is made anew at each step; what it remembers is kept
    ['lstm that feeds nothing back', (masked) => lstm(3, { masked }), ['recurrentKernel']],
  ])('keeps what it remembers over padding between its steps: %s', (_name, made, silent) => {
    scope(() => {
      const params = mapParams(made(true).init(key(2), [2, 2]), (leaf, path) =>
        silent.includes(String(path[0])) ? zerosLike(leaf) : leaf.clone(),
      )
      const whole = numbersOf(made(false).apply(params, sequence(1, 2), infer))
      const padded = made(true).apply(params, sequence(1, 0, 0, 2), infer)
      const nothing = [0, 0, 0, 0, 0, 0]
      expect(padded).toBeAllClose([...whole.slice(0, 3), ...nothing, ...whole.slice(3)], { absolute: 1e-6 })
    })
  })

  it('keeps what it remembers, however long the padding is that it feeds itself outputs over: lstm', () => {
    scope(() => {
      const units = 3
      // outputs are fed back into what would be remembered, and into no gate
      const params = mapParams(lstm(units).init(key(2), [2, 2]), (leaf, path) =>
        path[0] === 'recurrentKernel'
          ? mul(leaf, tensor([0, 0, 1, 0].flatMap((open) => Array.from({ length: units }, () => open))))
          : leaf.clone(),
      )
      const last = (...steps: readonly number[]): readonly number[] =>
        numbersOf(lstm(units, { masked: true }).apply(params, sequence(...steps), infer)).slice(-units)
      const once = last(1, 0, 2)
      expect(tensor([...last(1, 0, 0, 0, 2)])).toBeAllClose(once, { absolute: 1e-6 })
      expect(tensor([...last(1, 2)])).not.toBeAllClose(once, { absolute: 1e-3 })
    })
  })
})
