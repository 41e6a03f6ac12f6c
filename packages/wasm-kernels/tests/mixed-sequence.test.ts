import {
  add,
  engine,
  grads,
  matMul,
  mul,
  reshape,
  sum,
  transpose,
  zeros,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { sequenceGradients, sequenceInputs, type MixedSequenceAttrs } from '../src/fused/mixed-sequence.ts'
import { gruSequence, lstmSequence } from '../src/index.ts'
import { composed } from './composed-sequence.ts'
import { constant, fused, inputsOf, toTensor, type Case } from './mixed-sequence-cases.ts'
import { noise, rows, runAll, startKernels, type Numbers } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

/** The value and the gradients of x and of all that learns. */
const valueAndGradients = (c: Case, f: (c: Case, inputs: readonly Tensor[]) => Tensor): readonly Float32Array[] => {
  const results: Float32Array[] = []
  engine().tidy(() => {
    const inputs = inputsOf(c).map(toTensor)
    const learnt = [0, ...sequenceGradients(inputs.length, c.attrs)]
    const [batch, steps, , units] = c.sizes
    const weights = toTensor(noise([batch, steps, units], c.seed + 50))
    const loss = (...given: Tensor[]): Tensor =>
      sum(
        mul(
          f(
            c,
            inputs.map((input, i) => given[learnt.indexOf(i)] ?? input),
          ),
          weights,
        ),
      )
    const gradients = grads(loss)(learnt.map((i) => inputs[i] as Tensor))
    results.push(...[f(c, inputs), ...gradients].map((result) => result.dataSync<'float32'>().slice()))
  })
  return results
}

/** The gradients of the inputs at the given places. */
const stepOf = (c: Case, inputs: readonly Tensor[], places: readonly number[]): readonly Tensor[] => {
  const loss = (...given: Tensor[]): Tensor =>
    sum(
      fused(
        c,
        inputs.map((input, i) => given[places.indexOf(i)] ?? input),
      ),
    )
  return grads(loss)(places.map((i) => inputs[i] as Tensor))
}

const gap = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0) /
  a.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3)

const expectAgreement = (c: Case): void => {
  const expected = valueAndGradients(c, composed)
  const actual = valueAndGradients(c, fused)
  expect(actual).toHaveLength(expected.length)
  expected.forEach((values, i) => {
    expect(gap(values, actual[i] as Float32Array), `result ${i}`).toBeLessThan(1e-5)
  })
}

const size = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max })
const anyAttrs: fc.Arbitrary<MixedSequenceAttrs> = fc
  .record({
    cell: fc.constantFrom('gru' as const, 'lstm' as const),
    mixed: fc.constantFrom('maps' as const, 'states' as const, 'all-states' as const),
    branches: fc.constantFrom(2 as const, 3 as const),
    masked: fc.boolean(),
    given: fc.boolean(),
  })
  .map((attrs) => ({
    ...attrs,
    mixed: attrs.cell === 'gru' && attrs.mixed === 'all-states' ? 'states' : attrs.mixed,
    given: attrs.given && attrs.mixed !== 'maps',
  }))
const anyCase: fc.Arbitrary<Case> = fc.record({
  sizes: fc.tuple(size(6), size(5), size(9), size(13)),
  attrs: anyAttrs,
  perExample: fc.tuple(fc.boolean(), fc.boolean()),
  seed: fc.nat(1000),
})

const base: Case = {
  sizes: [5, 4, 7, 6],
  attrs: { cell: 'gru', mixed: 'maps', branches: 3, masked: false, given: false },
  perExample: [true, true],
  seed: 1,
}

const withAttrs = (attrs: Partial<MixedSequenceAttrs>): Case => ({ ...base, attrs: { ...base.attrs, ...attrs } })

/** Every cell with everything that can be mixed of it. */
const kinds: readonly Case[] = [
  base,
  withAttrs({ cell: 'lstm' }),
  withAttrs({ mixed: 'states' }),
  withAttrs({ cell: 'lstm', mixed: 'states' }),
  withAttrs({ cell: 'lstm', mixed: 'all-states' }),
]

describe('a mixed sequence', () => {
  it('has the values and gradients of single steps that are mixed', () => {
    fc.assert(fc.property(anyCase, expectAgreement), { numRuns: 150, seed: 5 })
  })

  it.each([
    [2, 1, 3, 5],
    [1, 2, 1, 1],
    [140, 2, 5, 12],
    [3, 2, 300, 9],
    [2, 3, 4, 90],
  ] as const)('has them whatever the blocks of its products: %d by %d by %d, %d units', (...sizes) => {
    for (const kind of kinds.slice(0, 2)) expectAgreement({ ...kind, sizes })
  })

  it.each(kinds)('is the same from run to run, and an example whatever the batch: $attrs', (c) => {
    const inputs = inputsOf(c)
    const [y] = runAll('wasm', 'PtuMixedSequence', inputs, c.attrs)
    expect(runAll('wasm', 'PtuMixedSequence', inputs, c.attrs)[0]).toStrictEqual(y)
    const own = inputs.map((input, i) => (i === 0 || input.shape.length === 3 ? rows(input, 3, 4) : input))
    expect(runAll('wasm', 'PtuMixedSequence', own, c.attrs)[0]).toStrictEqual(rows(y as Numbers, 3, 4))
  })

  it('asks for no gradient of the input where none is wanted', () => {
    const runs = vi.spyOn(engine(), 'runKernel')
    engine().tidy(() => {
      const inputs = inputsOf(base).map(toTensor)
      stepOf(base, inputs, sequenceGradients(inputs.length, base.attrs))
    })
    const names = runs.mock.calls.map(([name]) => name)
    runs.mockRestore()
    expect(names).toContain('PtuMixedSequenceGrad')
    expect(names).not.toContain('PtuMixedSequenceInputGrad')
  })
})

/** Gates that let one branch through, and which. */
const limits = [
  { update: 0, fineTune: 0.3, branch: 'source' },
  { update: 1, fineTune: 1, branch: 'fineTuned' },
  { update: 1, fineTune: 0, branch: 'random' },
] as const

describe.each(kinds)('with gates of 0 and 1, $attrs', (c) => {
  it.each(limits)('has the bits of one branch by itself: $branch', ({ update, fineTune, branch }) => {
    const inputs = inputsOf(c, (shape, seed) => constant(shape, seed === c.seed + 1 ? update : fineTune))
    const { source, fineTuned, random } = sequenceInputs(inputs, c.attrs)
    const own = { source, fineTuned, random }[branch] ?? []
    const everywhere = [...inputs.slice(0, 3), ...own, ...own, ...own]
    const [y] = runAll('wasm', 'PtuMixedSequence', inputs, c.attrs)
    const [alone] = runAll('wasm', 'PtuMixedSequence', everywhere, c.attrs)
    expect(y?.values.map((value) => value + 0)).toStrictEqual(alone?.values.map((value) => value + 0))
    const shut = { source: [fineTuned, random], fineTuned: [random], random: [fineTuned] }[branch].flat()
    engine().tidy(() => {
      const places = shut.map((input) => inputs.indexOf(input as Numbers))
      const gradients = stepOf(c, inputs.map(toTensor), places)
      expect(gradients.every((gradient) => gradient.dataSync().every((value) => value === 0))).toBe(true)
    })
  })
})

it.each(['gru', 'lstm'] as const)('with a shut gate, is the plain %s', (cell) => {
  const c = withAttrs({ cell, branches: 2 })
  const inputs = inputsOf(c, (shape) => constant(shape, 0))
  const [x, , kernel, recurrent, bias, more] = inputs as [Numbers, Numbers, ...Numbers[]]
  const [y] = runAll('wasm', 'PtuMixedSequence', inputs, c.attrs)
  const plain: number[] = []
  engine().tidy(() => {
    const [batch, steps, features, units] = c.sizes
    const flat: Tensor2D = reshape(toTensor(x), [batch * steps, features])
    const product = add(matMul(flat, toTensor(kernel as Numbers) as Tensor2D), toTensor(bias as Numbers))
    const projected: Tensor3D = transpose(reshape(product, [batch, steps, -1]), [1, 0, 2])
    const own = toTensor(recurrent as Numbers) as Tensor2D
    const zero: Tensor2D = zeros([batch, units])
    const states =
      cell === 'lstm'
        ? lstmSequence({ projected, recurrent: own, initialHidden: zero, initialCell: zero })
        : gruSequence({
            projected,
            recurrent: own,
            recurrentBias: toTensor(more as Numbers) as Tensor1D,
            initial: zero,
          })
    plain.push(...transpose(states, [1, 0, 2]).dataSync())
  })
  expect(gap(Float32Array.from(plain), y?.values as Float32Array)).toBeLessThan(1e-6)
})

describe('a mixed sequence refuses', () => {
  const refusal =
    (place: number, shape: readonly number[], c = base) =>
    () =>
      runAll(
        'wasm',
        'PtuMixedSequence',
        inputsOf(c).map((input, i) => (i === place ? noise(shape, 1) : input)),
        c.attrs,
      )

  it('inputs, gates and parameters that do not fit', () => {
    expect(refusal(0, [5, 7])).toThrow('Expected an input of shape [batch, steps, features], got [5, 7]')
    expect(refusal(1, [7])).toThrow('Expected update gate of shape [6], got [7]')
    expect(refusal(2, [4, 1, 6])).toThrow('Expected fine-tune gate of shape [6], got [4, 1, 6]')
    expect(refusal(3, [6, 18])).toThrow('Expected kernel of shape [7, 18], got [6, 18]')
    expect(refusal(8, [6, 12])).toThrow('Expected recurrent kernel of shape [6, 18], got [6, 12]')
    expect(refusal(13, [6])).toThrow('Expected bias of shape [18], got [6]')
    expect(refusal(14, [6])).toThrow('Expected recurrent bias of shape [18], got [6]')
  })

  it('states of the source that do not fit', () => {
    const given = withAttrs({ mixed: 'states', given: true })
    expect(refusal(3, [5, 4, 12], given)).toThrow('Expected states of shape [5, 4, 6], got [5, 4, 12]')
  })
})

it('the heap does not grow over 1,000 mixed sequences and their gradients', () => {
  const { wasm } = engine().backend as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } }
  const inputs = inputsOf(base).map(toTensor)
  const step = (): void => {
    engine().tidy(() => {
      stepOf(base, inputs, [0, ...sequenceGradients(inputs.length, base.attrs)])
    })
  }
  for (let i = 0; i < 100; i++) step()
  const [bytes, tensors] = [wasm.HEAPU8.length, engine().memory().numTensors]
  for (let i = 0; i < 1000; i++) step()
  expect(wasm.HEAPU8.length).toBe(bytes)
  expect(engine().memory().numTensors).toBe(tensors)
  for (const input of inputs) input.dispose()
})
