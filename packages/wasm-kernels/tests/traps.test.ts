import { engine, getKernel, type KernelBackend, type TensorInfo } from '@tensorflow/tfjs-core'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { difference, noise, run, runAll, sizeOf, startKernels, type Numbers, type Place } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

const dot = (a: Numbers, b: Numbers): number => {
  expect(a.shape).toStrictEqual(b.shape)
  return Array.from(a.values).reduce((sum, value, i) => sum + value * (b.values[i] ?? NaN), 0)
}

const total = ({ values }: Numbers): number => Array.from(values).reduce((sum, value) => sum + value, 0)

const expectClose = (actual: number, expected: number): void => {
  expect(Math.abs(actual - expected)).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected)))
}

const places: readonly Place[] = ['wasm', 'composed']

describe.each(places)('on %s', (place) => {
  const dilated = fc.record({
    sizes: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 7, max: 10 }), fc.integer({ min: 7, max: 10 })),
    channels: fc.integer({ min: 1, max: 5 }),
    outputs: fc.integer({ min: 1, max: 5 }),
    filter: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    dilations: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    strides: fc.integer({ min: 1, max: 2 }),
    pad: fc.constantFrom('same', 'valid', 1),
    seed: fc.nat(1000),
  })

  it('dilated convolutions have adjoint gradients (cpu ignores the dilation)', () => {
    const property = fc.property(dilated, ({ sizes, channels, outputs, filter, dilations, strides, pad, seed }) => {
      const attrs = { strides, pad, dilations, dataFormat: 'NHWC' }
      const inputs = { x: noise([...sizes, channels], seed), filter: noise([...filter, channels, outputs], seed + 1) }
      const y = run('wasm', 'Conv2D', inputs, attrs)
      const dy = noise(y.shape, seed + 2)
      const { shape: inputShape } = inputs.x
      const { shape: filterShape } = inputs.filter
      const dx = run(place, 'Conv2DBackpropInput', { dy, filter: inputs.filter }, { ...attrs, inputShape })
      const dw = run(place, 'Conv2DBackpropFilter', { x: inputs.x, dy }, { ...attrs, filterShape })
      expectClose(dot(dx, inputs.x), dot(dy, y))
      expectClose(dot(dw, inputs.filter), dot(dy, y))
    })
    fc.assert(property, { numRuns: 150, seed: 3 })
  })

  it('dilated depthwise convolutions have adjoint gradients (cpu ignores the dilation)', () => {
    const property = fc.property(dilated, ({ sizes, channels, outputs, filter, dilations, strides, pad, seed }) => {
      const alone = dilations.every((dilation) => dilation === 1) ? strides : 1
      const attrs = { strides: alone, pad: pad === 1 ? 'same' : pad, dilations, dataFormat: 'NHWC' }
      const inputs = { x: noise([...sizes, channels], seed), filter: noise([...filter, channels, outputs], seed + 1) }
      const y = run('cpu', 'DepthwiseConv2dNative', inputs, attrs)
      const dy = noise(y.shape, seed + 2)
      const { shape: inputShape } = inputs.x
      const { shape: filterShape } = inputs.filter
      const byInput = { ...attrs, inputShape }
      const dx = run(place, 'DepthwiseConv2dNativeBackpropInput', { dy, filter: inputs.filter }, byInput)
      const dw = run(place, 'DepthwiseConv2dNativeBackpropFilter', { x: inputs.x, dy }, { ...attrs, filterShape })
      expectClose(dot(dx, inputs.x), dot(dy, y))
      expectClose(dot(dw, inputs.filter), dot(dy, y))
    })
    fc.assert(property, { numRuns: 150, seed: 4 })
  })

  it('average pooling at padded edges has an adjoint gradient (cpu divides by the whole window)', () => {
    const pooling = fc.record({
      sizes: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 3, max: 8 }), fc.integer({ min: 3, max: 8 })),
      channels: fc.integer({ min: 1, max: 6 }),
      filterSize: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      strides: fc.integer({ min: 1, max: 3 }),
      pad: fc.constantFrom('same', 'valid'),
      seed: fc.nat(1000),
    })
    const property = fc.property(pooling, ({ sizes, channels, filterSize, strides, pad, seed }) => {
      const attrs = { filterSize, strides, pad }
      const x = noise([...sizes, channels], seed)
      const y = run('wasm', 'AvgPool', { x }, attrs)
      expect(difference(run('cpu', 'AvgPool', { x }, attrs), y)).toBeLessThan(1e-5)
      const dy = noise(y.shape, seed + 1)
      expectClose(dot(run(place, 'AvgPoolGrad', { dy, input: x }, attrs), x), dot(dy, y))
    })
    fc.assert(property, { numRuns: 150, seed: 5 })
  })

  it('a NaN in a pooling window takes the gradient that it made', () => {
    const input: Numbers = { shape: [1, 2, 2, 1], values: Float32Array.of(1, NaN, 3, 2) }
    const output: Numbers = { shape: [1, 1, 1, 1], values: Float32Array.of(NaN) }
    const dy: Numbers = { shape: [1, 1, 1, 1], values: Float32Array.of(5) }
    for (const [strides, pad] of [
      [2, 'valid'],
      [1, 'valid'],
    ] as const) {
      const dx = run(place, 'MaxPoolGrad', { dy, input, output }, { filterSize: 2, strides, pad })
      expect([...dx.values]).toStrictEqual([0, 5, 0, 0])
    }
  })

  it.each([
    [
      'windows that tile the input, four channels at a time',
      [2, 6, 4, 8],
      { filterSize: [3, 2], strides: [3, 2], pad: 'valid' },
    ],
    ['windows that tile the input, channel by channel', [2, 4, 4, 3], { filterSize: 2, strides: 2, pad: 'valid' }],
    ['windows that overlap', [1, 5, 5, 6], { filterSize: 3, strides: 1, pad: 'same' }],
    ['windows that leave gaps', [1, 7, 7, 4], { filterSize: 2, strides: 3, pad: 'valid' }],
  ] as const)('of equal inputs only the first takes the gradient of max pooling: %s', (_case, shape, attrs) => {
    const size = sizeOf(shape)
    const flat: Numbers = { shape, values: new Float32Array(size) }
    const few: Numbers = { shape, values: noise(shape, 6).values.map((value) => Math.sign(Math.round(value))) }
    for (const input of [flat, few]) {
      const output = run('cpu', 'MaxPool', { x: input }, attrs)
      const dy: Numbers = {
        shape: output.shape,
        values: new Float32Array(sizeOf(output.shape)).map((_, i) => 1 + (i % 7)),
      }
      const dx = run(place, 'MaxPoolGrad', { dy, input, output }, attrs)
      expect([...dx.values]).toStrictEqual([...run('cpu', 'MaxPoolGrad', { dy, input, output }, attrs).values])
      expect(total(dx)).toBe(total(dy))
    }
  })

  it('padding given as a number means the same as explicit padding, also where nothing is square', () => {
    const explicit = [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]
    const filter = noise([3, 2, 5, 4], 1)
    const x = noise([2, 6, 12, 5], 2)
    const attrs = { strides: [2, 1], dilations: 1, dataFormat: 'NHWC' }
    const wide = run('cpu', 'Conv2D', { x, filter }, { ...attrs, pad: explicit })
    expect(wide.shape).toStrictEqual([2, 3, 13, 4])
    const dy = noise(wide.shape, 3)
    const cases: readonly (readonly [string, Readonly<Record<string, Numbers>>, object])[] = [
      ['Conv2DBackpropInput', { dy, filter }, { inputShape: x.shape }],
      ['Conv2DBackpropFilter', { x, dy }, { filterShape: filter.shape }],
    ]
    for (const [name, inputs, more] of cases) {
      const expected = run('cpu', name, inputs, { ...attrs, ...more, pad: explicit })
      expect(difference(expected, run(place, name, inputs, { ...attrs, ...more, pad: 1 })), name).toBeLessThan(1e-5)
    }
    expect(difference(wide, run('wasm', 'Conv2D', { x, filter }, { ...attrs, pad: 1 }))).toBeLessThan(1e-5)
    for (const name of ['MaxPool', 'AvgPool']) {
      const pooled = run('cpu', name, { x }, { filterSize: [3, 2], strides: [2, 1], pad: explicit })
      const numeric = run(
        place === 'wasm' ? 'wasm' : 'composed',
        name,
        { x },
        { filterSize: [3, 2], strides: [2, 1], pad: 1 },
      )
      expect(difference(pooled, numeric), name).toBeLessThan(1e-5)
    }
  })

  it('depthwise convolutions take padding given as a number', () => {
    const explicit = [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]
    const inputs = { x: noise([2, 6, 12, 5], 2), filter: noise([3, 2, 5, 2], 1) }
    const attrs = { strides: [2, 2], dilations: [1, 1] }
    const expected = run('cpu', 'DepthwiseConv2dNative', inputs, { ...attrs, pad: explicit })
    expect(difference(expected, run(place, 'DepthwiseConv2dNative', inputs, { ...attrs, pad: 1 }))).toBeLessThan(1e-5)
  })
})

describe('a slice', () => {
  it.each([
    ['Slice', { x: noise([4, 5, 6], 1) }, { begin: [1, 1, 1], size: [2, 3, 4] }],
    ['SplitV', { x: noise([4, 6], 1) }, { numOrSizeSplits: 3, axis: 1 }],
    ['Unpack', { value: noise([4, 6], 1) }, { axis: 1 }],
  ] as const)('%s reads no whole tensor out of the backend', (name, inputs, attrs) => {
    const reads = vi.spyOn(engine().findBackend('wasm'), 'readSync')
    const outputs = runAll('wasm', name, inputs, attrs)
    expect(reads).toHaveBeenCalledTimes(outputs.length)
    reads.mockRestore()
  })
})

describe('what need not be copied', () => {
  it.each([
    ['Identity', {}],
    ['Cast', { dtype: 'float32' }],
    ['Reshape', { shape: [3, 2] }],
    ['Transpose', { perm: [0, 1] }],
    ['Slice', { begin: [0, 0], size: [2, 3] }],
  ])('%s shares the numbers', (name, attrs) => {
    const backend: KernelBackend = engine().findBackend('wasm')
    const x: TensorInfo = {
      dataId: backend.write(new Float32Array(6), [2, 3], 'float32'),
      shape: [2, 3],
      dtype: 'float32',
    }
    const result = getKernel(name, 'wasm').kernelFunc({ inputs: { x }, attrs, backend }) as TensorInfo
    expect(result.dataId).toBe(x.dataId)
    backend.disposeData(result.dataId)
    backend.disposeData(x.dataId)
  })
})

describe('what the own module cannot do', () => {
  it('goes to the stock kernel', () => {
    const bool = run('wasm', 'Less', { a: noise([6], 1), b: noise([6], 2) }, {})
    expect(bool.shape).toStrictEqual([6])
    const x = noise([2, 3, 4, 5], 3)
    const perm = [3, 1, 0, 2]
    expect(run('wasm', 'Transpose', { x }, { perm })).toStrictEqual(run('cpu', 'Transpose', { x }, { perm }))
    const sums = { axis: [1, 3], keepDims: false }
    expect(difference(run('cpu', 'Sum', { x }, sums), run('wasm', 'Sum', { x }, sums))).toBeLessThan(1e-6)
    const elu = { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC', activation: 'relu6' }
    const inputs = { x, filter: noise([2, 2, 5, 3], 4), bias: noise([3], 5) }
    expect(difference(run('cpu', 'FusedConv2D', inputs, elu), run('wasm', 'FusedConv2D', inputs, elu))).toBeLessThan(
      1e-5,
    )
  })

  it('is refused where there is no stock kernel', () => {
    const ints: Numbers = { shape: [1, 2, 2, 1], values: new Int32Array(4) }
    const attrs = { strides: 1, pad: 'same', filterShape: [1, 1, 1, 1] }
    expect(() => run('wasm', 'Conv2DBackpropFilter', { x: ints, dy: ints }, attrs)).toThrow('float32')
  })
})
