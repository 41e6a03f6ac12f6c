import {
  add,
  conv2d,
  engine,
  grads,
  mul,
  reshape,
  sum,
  tensor,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { mixBranches } from '../src/index.ts'
import { noise, rows, run, runAll, sizeOf, startKernels, type Numbers } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

type Pads = [[0, 0], [number, number], [number, number], [0, 0]]

interface Case {
  readonly map: readonly [batch: number, height: number, width: number]
  readonly channels: readonly [input: number, output: number]
  readonly size: number
  readonly stride: number
  readonly pads: readonly [top: number, bottom: number, left: number, right: number]
  readonly branches: 2 | 3
  readonly biased: boolean
  /** The gates that differ from example to example. */
  readonly perExample: readonly [update: boolean, fineTune: boolean]
  readonly seed: number
}

const attrsOf = ({ stride, pads: [top, bottom, left, right], branches }: Case) => ({
  strides: stride,
  pad: [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ] as Pads,
  branches,
})

/** The inputs of the mixed convolution, with gates made by `gate`. */
const inputsOf = (
  c: Case,
  gate: (shape: readonly number[], seed: number) => Numbers = positive,
): readonly Numbers[] => {
  const [batch] = c.map
  const [input, output] = c.channels
  const kernel = (i: number): Numbers => noise([c.size, c.size, input, output], c.seed + i)
  const [update, fineTune] = c.perExample.map((alone, i) =>
    gate(alone ? [batch, 1, 1, output] : [output], c.seed + 10 + i),
  ) as [Numbers, Numbers]
  const three = c.branches === 3 ? [kernel(3), fineTune] : []
  const biases = c.biased ? Array.from({ length: c.branches }, (_, i) => noise([output], c.seed + 20 + i)) : []
  return [noise([...c.map, input], c.seed), kernel(1), kernel(2), update, ...three, ...biases]
}

const positive = (shape: readonly number[], seed: number): Numbers => ({
  shape,
  values: noise(shape, seed).values.map((value) => (value + 1) / 2),
})
const constant =
  (value: (seed: number) => number) =>
  (shape: readonly number[], seed: number): Numbers => ({
    shape,
    values: new Float32Array(sizeOf(shape)).fill(value(seed)),
  })

const outputOf = ({ map: [batch, height, width], channels, size, stride, pads }: Case): readonly number[] => [
  batch,
  Math.floor((height + pads[0] + pads[1] - size) / stride) + 1,
  Math.floor((width + pads[2] + pads[3] - size) / stride) + 1,
  channels[1],
]

const pad = fc.nat(1)
const anyCase: fc.Arbitrary<Case> = fc
  .record({
    map: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 4, max: 18 }), fc.integer({ min: 4, max: 18 })),
    channels: fc.tuple(fc.integer({ min: 1, max: 17 }), fc.integer({ min: 1, max: 11 })),
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    pads: fc.tuple(pad, pad, pad, pad),
    branches: fc.constantFrom(2 as const, 3 as const),
    biased: fc.boolean(),
    perExample: fc.tuple(fc.boolean(), fc.boolean()),
    seed: fc.nat(1000),
  })
  .map((c) => ({ ...c, pads: c.size === 1 ? ([0, 0, 0, 0] as const) : c.pads }))
  .filter((c) => sizeOf(outputOf(c).slice(1, 3)) >= 36)

const toTensor = ({ shape, values }: Numbers): Tensor => tensor(values, [...shape])

const mixed = (c: Case, inputs: readonly Tensor[]): Tensor =>
  engine().runKernel('PtuMixedConv2D', inputs as never, attrsOf(c))

/** Every branch convolved by itself, and the results mixed. */
const composed = (c: Case, [x, source, fineTuned, update, ...rest]: readonly Tensor[]): Tensor => {
  const [random, fineTune] = c.branches === 3 ? rest : []
  const [sourceBias, fineTunedBias, randomBias] = c.branches === 3 ? rest.slice(2) : rest
  const { strides, pad: pads } = attrsOf(c)
  const branch = (kernel: Tensor | undefined, bias: Tensor | undefined): Tensor => {
    const y = conv2d(x as Tensor4D, kernel as Tensor4D, strides, pads)
    return bias ? add(y, bias) : y
  }
  return mixBranches(
    {
      source: branch(source, sourceBias),
      fineTuned: branch(fineTuned, fineTunedBias),
      ...(random && { random: branch(random, randomBias) }),
    },
    { update: update as Tensor, ...(fineTune && { fineTune }) },
  )
}

/** The value and the gradients of all inputs but the source's kernel and bias. */
const valueAndGradients = (c: Case, f: (c: Case, inputs: readonly Tensor[]) => Tensor): readonly Float32Array[] => {
  const results: Float32Array[] = []
  engine().tidy(() => {
    const inputs = inputsOf(c).map(toTensor)
    const frozen = [1, ...(c.biased ? [c.branches === 3 ? 6 : 4] : [])]
    const learnt = inputs.flatMap((_, i) => (frozen.includes(i) ? [] : [i]))
    const weights = toTensor(noise(outputOf(c), c.seed + 30))
    const loss = (...given: Tensor[]): Tensor => {
      const all = inputs.map((input, i) => given[learnt.indexOf(i)] ?? input)
      return sum(mul(f(c, all), weights))
    }
    const gradients = grads(loss)(learnt.map((i) => inputs[i] as Tensor))
    results.push(...[f(c, inputs), ...gradients].map((result) => result.dataSync<'float32'>()))
  })
  return results
}

/** Compares a case with its branches convolved by themselves. */
const expectAlike = (c: Case): void => {
  const expected = valueAndGradients(c, composed)
  const actual = valueAndGradients(c, mixed)
  expect(actual).toHaveLength(expected.length)
  expected.forEach((values, i) => {
    expect(gap(values, actual[i] as Float32Array), `result ${i}`).toBeLessThan(2e-5)
  })
}

const gap = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0) /
  a.reduce((most, value) => Math.max(most, Math.abs(value)), 1)

describe('a mixed convolution', () => {
  it('has the values and gradients of the mix of its branches', () => {
    fc.assert(fc.property(anyCase, expectAlike), { numRuns: 120, seed: 11 })
  })

  // whole panels and others, more numbers than a block is deep, and columns beside those that are spread 16 at a time
  const sizes = [
    [280, 24],
    [24, 280],
    [24, 20],
    [20, 24],
    [40, 44],
  ] as const
  it.each(sizes.flatMap((channels) => ([2, 3] as const).map((branches) => ({ channels, branches }))))(
    'has them where kernels are mixed while they are packed: $channels channels, $branches branches',
    ({ channels, branches }) => {
      for (const perExample of [
        [true, true],
        [false, false],
      ] as const)
        expectAlike({ ...base, map: [2, 7, 7], channels, size: 1, pads: [0, 0, 0, 0], branches, perExample })
    },
  )

  it('asks for no gradient of the input where none is wanted', () => {
    const runs = vi.spyOn(engine(), 'runKernel')
    engine().tidy(() => {
      const [x, source, fineTuned, ...rest] = inputsOf(base).map(toTensor) as [Tensor, Tensor, Tensor, ...Tensor[]]
      grads((kernel) => sum(mixed(base, [x, source, kernel, ...rest])))([fineTuned])
    })
    const names = runs.mock.calls.map(([name]) => name)
    runs.mockRestore()
    expect(names).toContain('PtuMixedConv2DMixtureGrad')
    expect(names).not.toContain('PtuMixedConv2DInputGrad')
  })
})

const base: Case = {
  map: [3, 9, 9],
  channels: [5, 7],
  size: 3,
  stride: 1,
  pads: [1, 1, 1, 1],
  branches: 3,
  biased: true,
  perExample: [true, true],
  seed: 1,
}

const geometries: readonly Case[] = [
  base,
  { ...base, map: [5, 28, 28], channels: [1, 16] },
  { ...base, map: [4, 14, 14], channels: [16, 32] },
  { ...base, map: [6, 6, 6], channels: [8, 8] },
  { ...base, map: [3, 17, 13], stride: 2, pads: [0, 1, 0, 1] },
  { ...base, map: [3, 20, 17], channels: [4, 9], size: 1, pads: [0, 0, 0, 0] },
  { ...base, perExample: [false, false] },
  { ...base, perExample: [true, false] },
]

/** Gate values and which branch they choose: place of its kernel and of its bias among the inputs. */
const limits = [
  { gates: [0, 0.3], kernel: 1, bias: 6 },
  { gates: [1, 1], kernel: 2, bias: 7 },
  { gates: [1, 0], kernel: 4, bias: 8 },
] as const

describe.each(geometries)('with gates of 0 and 1, for $map by $channels, stride $stride', (c) => {
  it.each(limits)('has the bits of one branch, $gates', ({ gates, kernel, bias }) => {
    const inputs = inputsOf(
      c,
      constant((seed) => gates[seed - c.seed - 10] ?? NaN),
    )
    const { strides, pad: pads } = attrsOf(c)
    const plain = { strides, pad: pads, dilations: 1, dataFormat: 'NHWC' }
    const [x, filter, offset] = [inputs[0], inputs[kernel], inputs[bias]] as [Numbers, Numbers, Numbers]
    const convolved = run('wasm', 'Conv2D', { x, filter }, plain)
    expect(run('wasm', 'PtuMixedConv2D', inputs, attrsOf(c))).toStrictEqual(
      run('wasm', 'Add', { a: convolved, b: offset }, {}),
    )
    const dy = noise(outputOf(c), 40)
    const byInput = { inputShape: x.shape }
    const upstream = [dy, ...inputs.slice(1)]
    expect(run('wasm', 'PtuMixedConv2DInputGrad', upstream, { ...attrsOf(c), ...byInput })).toStrictEqual(
      run('wasm', 'Conv2DBackpropInput', { dy, filter }, { ...plain, ...byInput }),
    )
    const filterShape = filter.shape
    const dFilter = run('wasm', 'Conv2DBackpropFilter', { x, dy }, { ...plain, filterShape })
    const dBias = run('wasm', 'Sum', { x: dy }, { axis: [0, 1, 2], keepDims: false })
    const gradients = runAll('wasm', 'PtuMixedConv2DMixtureGrad', [dy, ...inputs], attrsOf(c))
    const learnt = [2, 3, 4, 5, 7, 8]
    for (const [place, full] of [
      [2, dFilter],
      [4, dFilter],
      [7, dBias],
      [8, dBias],
    ] as const) {
      const open = place === kernel || place === bias
      const expected = open ? full.values : new Float32Array(full.values.length)
      // the sign of a zero aside
      const numbers = gradients[learnt.indexOf(place)]?.values.map((value) => value + 0)
      expect(numbers, `input ${place}`).toStrictEqual(expected.map((value) => value + 0))
    }
  })
})

describe('the filter gradient of a convolution', () => {
  it.each([
    [6, 6],
    [7, 7],
    [16, 16],
  ])('is the sum of those of its examples bit for bit, for maps of %i by %i', (height, width) => {
    const x = noise([2, height, width, 3], 1)
    const dy = noise([2, height, width, 9], 2)
    const attrs = { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC', filterShape: [3, 3, 3, 9] }
    const gradient = (from: number, end: number): Numbers =>
      run('wasm', 'Conv2DBackpropFilter', { x: rows(x, from, end), dy: rows(dy, from, end) }, attrs)
    const [first, second] = [gradient(0, 1), gradient(1, 2)]
    expect(gradient(0, 2)).toStrictEqual(run('wasm', 'Add', { a: first, b: second }, {}))
  })
})

describe('a mixed convolution refuses', () => {
  const refusal =
    (c: Case, change: (inputs: Numbers[]) => Numbers[] = (inputs) => inputs) =>
    () =>
      run('wasm', 'PtuMixedConv2D', change([...inputsOf(c)]), attrsOf(c))

  it('maps that are too small', () => {
    expect(refusal({ ...base, map: [3, 5, 5] })).toThrow('at least 36 positions, got 5 by 5')
  })

  it('gates, kernels and biases that do not fit', () => {
    const replace = (place: number, shape: readonly number[]) => (inputs: Numbers[]) =>
      inputs.map((input, i) => (i === place ? noise(shape, 1) : input))
    expect(refusal(base, replace(3, [6]))).toThrow('Expected update gate of shape [7], got [6]')
    expect(refusal(base, replace(5, [2, 1, 1, 7]))).toThrow('Expected fine-tune gate of shape [3, 1, 1, 7]')
    expect(refusal(base, replace(2, [3, 3, 5, 6]))).toThrow('Expected kernel of shape [3, 3, 5, 7]')
    expect(refusal(base, replace(8, [8]))).toThrow('Expected bias of shape [7]')
  })
})

it('the heap does not grow over 1,000 mixed convolutions and their gradients', () => {
  const { wasm } = engine().backend as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } }
  const inputs = inputsOf({ ...base, map: [2, 6, 6] }).map(toTensor)
  const step = (): void => {
    engine().tidy(() => {
      const loss = (x: Tensor, fineTuned: Tensor): Tensor =>
        sum(
          reshape(mixed({ ...base, map: [2, 6, 6] }, [x, inputs[1], fineTuned, ...inputs.slice(3)] as Tensor[]), [-1]),
        )
      grads(loss)([inputs[0], inputs[2]] as Tensor[])
    })
  }
  for (let i = 0; i < 100; i++) step()
  const [bytes, tensors] = [wasm.HEAPU8.length, engine().memory().numTensors]
  for (let i = 0; i < 1000; i++) step()
  expect(wasm.HEAPU8.length).toBe(bytes)
  expect(engine().memory().numTensors).toBe(tensors)
  for (const input of inputs) input.dispose()
})
