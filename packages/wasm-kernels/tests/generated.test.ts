import * as fc from 'fast-check'
import { backend_util } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { explicitPad, type WindowAttrs } from '../src/window.ts'
import { difference, integers, noise, run, runAll, startKernels, type Numbers, type Place } from './support.ts'

beforeAll(async () => {
  await startKernels()
})

const TOLERANCE = 1e-5
const RUNS = 400

type Inputs = Readonly<Record<string, Numbers>> | readonly Numbers[]

const expectAgreement = (place: Place, kernel: string, inputs: Inputs, attrs: object): void => {
  const expected = runAll('cpu', kernel, inputs, attrs)
  const actual = runAll(place, kernel, inputs, attrs)
  expect(actual).toHaveLength(expected.length)
  actual.forEach((result, i) => {
    expect(difference(expected[i] as Numbers, result)).toBeLessThan(TOLERANCE)
  })
}

const check = <A>(arbitrary: fc.Arbitrary<A>, holds: (value: A) => void, numRuns: number = RUNS): void => {
  fc.assert(fc.property(arbitrary, holds), { numRuns, seed: 7 })
}

const size = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max })
const seed = fc.nat(1000)

interface Geometry {
  readonly shape: readonly [number, number, number, number]
  readonly filter: readonly [number, number]
  readonly attrs: WindowAttrs
}

const pad = fc.oneof(
  fc.constantFrom('same' as const, 'valid' as const),
  fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)).map(([t, b, l, r]): backend_util.ExplicitPadding => [
    [0, 0],
    [t, b],
    [l, r],
    [0, 0],
  ]),
)

/** Windows that have at least one output and whose padding is smaller than the filter. */
const geometry = (channels: number): fc.Arbitrary<Geometry> =>
  fc
    .record({
      shape: fc.tuple(size(3), size(9), size(9), size(channels)),
      filter: fc.tuple(size(4), size(4)),
      strides: fc.oneof(size(3), fc.tuple(size(3), size(3))),
      pad,
    })
    .map(({ shape, filter, strides, pad }): Geometry => ({
      shape,
      filter,
      attrs: { strides, pad, dataFormat: 'NHWC' },
    }))
    .filter(({ shape, filter, attrs }) => {
      const [top = [0, 0], left = [0, 0]] = typeof attrs.pad === 'object' ? attrs.pad.slice(1) : []
      const info = poolInfo({ shape, filter, attrs })
      return info.outHeight > 0 && info.outWidth > 0 && Math.max(...top) < filter[0] && Math.max(...left) < filter[1]
    })

const poolInfo = ({ shape, filter, attrs }: Geometry): backend_util.Conv2DInfo =>
  backend_util.computePool2DInfo(
    [...shape],
    [...filter],
    attrs.strides as [number, number],
    1,
    explicitPad(attrs.pad),
    undefined,
  )

const places: readonly Place[] = ['wasm', 'composed']

describe.each(places)('kernels on %s agree with cpu', (place) => {
  it('products of stacks in every layout', () => {
    const batch = fc.constantFrom(
      [[], []],
      [[3], [3]],
      [[3], [1]],
      [[1], [2]],
      [
        [2, 3],
        [2, 3],
      ],
    )
    const flags = fc.tuple(fc.boolean(), fc.boolean())
    check(fc.tuple(batch, size(40), size(70), size(40), flags, seed), ([[left, right], m, k, n, [tA, tB], s]) => {
      const a = noise([...left, ...(tA ? [k, m] : [m, k])], s)
      const b = noise([...right, ...(tB ? [n, k] : [k, n])], s + 1)
      expectAgreement(place, 'BatchMatMul', { a, b }, { transposeA: tA, transposeB: tB })
    })
  })

  it('filter gradients of convolutions', () => {
    check(fc.tuple(geometry(9), size(11), seed), ([g, outChannels, s]) => {
      const { outHeight, outWidth } = poolInfo(g)
      const filterShape = [...g.filter, g.shape[3], outChannels]
      const inputs = { x: noise(g.shape, s), dy: noise([g.shape[0], outHeight, outWidth, outChannels], s + 1) }
      expectAgreement(place, 'Conv2DBackpropFilter', inputs, { ...g.attrs, filterShape })
    })
  })

  it('input gradients of convolutions', () => {
    check(fc.tuple(geometry(9), size(11), seed), ([g, outChannels, s]) => {
      const { outHeight, outWidth } = poolInfo(g)
      const filter = noise([...g.filter, g.shape[3], outChannels], s)
      const dy = noise([g.shape[0], outHeight, outWidth, outChannels], s + 1)
      expectAgreement(place, 'Conv2DBackpropInput', { dy, filter }, { ...g.attrs, inputShape: g.shape })
    })
  })

  it('filter gradients of depthwise convolutions', () => {
    check(fc.tuple(geometry(9), size(3), seed), ([g, multiplier, s]) => {
      const { outHeight, outWidth } = poolInfo(g)
      const filterShape = [...g.filter, g.shape[3], multiplier]
      const dy = noise([g.shape[0], outHeight, outWidth, g.shape[3] * multiplier], s + 1)
      const attrs = { ...g.attrs, dilations: 1, filterShape }
      expectAgreement(place, 'DepthwiseConv2dNativeBackpropFilter', { x: noise(g.shape, s), dy }, attrs)
    })
  })

  it('input gradients of depthwise convolutions', () => {
    check(fc.tuple(geometry(9), size(3), seed), ([g, multiplier, s]) => {
      const { outHeight, outWidth } = poolInfo(g)
      const filter = noise([...g.filter, g.shape[3], multiplier], s)
      const dy = noise([g.shape[0], outHeight, outWidth, g.shape[3] * multiplier], s + 1)
      const attrs = { ...g.attrs, dilations: 1, inputShape: g.shape }
      expectAgreement(place, 'DepthwiseConv2dNativeBackpropInput', { dy, filter }, attrs)
    })
  })

  it('gradients of max pooling, with ties', () => {
    check(fc.tuple(geometry(9), seed), ([g, s]) => {
      const raw = noise(g.shape, s)
      const input = { ...raw, values: raw.values.map((value) => Math.round(4 * value)) }
      const attrs = { ...g.attrs, filterSize: g.filter }
      const output = run('cpu', 'MaxPool', { x: input }, attrs)
      expectAgreement(place, 'MaxPoolGrad', { dy: noise(output.shape, s + 1), input, output }, attrs)
    })
  })

  it('gradients of average pooling without padding', () => {
    check(fc.tuple(geometry(9), seed), ([g, s]) => {
      const valid = { ...g, attrs: { ...g.attrs, pad: 'valid' as const } }
      const { outHeight, outWidth } = poolInfo(valid)
      if (outHeight < 1 || outWidth < 1) return
      const dy = noise([g.shape[0], outHeight, outWidth, g.shape[3]], s)
      expectAgreement(place, 'AvgPoolGrad', { dy, input: noise(g.shape, s) }, { ...valid.attrs, filterSize: g.filter })
    })
  })

  it('sums of rows by segment', () => {
    const row = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 30 })
    check(fc.tuple(row, fc.array(size(5), { maxLength: 2 }), seed), ([ids, rest, s]) => {
      const inputs = { x: noise([ids.length, ...rest], s), segmentIds: integers([ids.length], ids) }
      expectAgreement(place, 'UnsortedSegmentSum', inputs, { numSegments: 5 })
    })
  })
})

describe('kernels of the own module agree with cpu', () => {
  it('products of stacks broadcast on both sides, matrix by matrix', () => {
    // cpu itself pairs such stacks wrongly, so that it serves only for single matrices.
    const plain = { transposeA: false, transposeB: false }
    const a = noise([2, 1, 4, 5], 1)
    const b = noise([1, 3, 5, 6], 2)
    const all = run('wasm', 'BatchMatMul', { a, b }, plain)
    expect(all.shape).toStrictEqual([2, 3, 4, 6])
    for (let i = 0; i < 6; i++) {
      const left = { shape: [4, 5], values: a.values.slice(20 * Math.floor(i / 3), 20 * Math.floor(i / 3) + 20) }
      const right = { shape: [5, 6], values: b.values.slice(30 * (i % 3), 30 * (i % 3) + 30) }
      const one = { shape: [4, 6], values: all.values.slice(24 * i, 24 * i + 24) }
      expect(difference(run('cpu', 'BatchMatMul', { a: left, b: right }, plain), one)).toBeLessThan(TOLERANCE)
    }
  })

  it('convolutions, plain and fused, dilated', () => {
    const dilation = fc.oneof(size(3), fc.tuple(size(2), size(3)))
    check(fc.tuple(geometry(9), size(19), dilation, fc.constantFrom('linear', 'relu'), seed), (value) => {
      const [g, outChannels, dilations, activation, s] = value
      const attrs = { ...g.attrs, dilations, activation }
      const filterShape = [...g.filter, g.shape[3], outChannels] as [number, number, number, number]
      const fixed = [...g.shape] as [number, number, number, number]
      const info = backend_util.computeConv2DInfo(
        fixed,
        filterShape,
        g.attrs.strides as number,
        dilations,
        explicitPad(g.attrs.pad),
      )
      if (info.outHeight < 1 || info.outWidth < 1) return
      const inputs = { x: noise(g.shape, s), filter: noise(filterShape, s + 1) }
      expectAgreement('wasm', 'Conv2D', inputs, attrs)
      expectAgreement('wasm', 'FusedConv2D', { ...inputs, bias: noise([outChannels], s + 2) }, attrs)
    })
  })

  it('3×3 convolutions of many channels and their gradients', () => {
    const channels = fc.oneof(fc.constantFrom(8, 12, 20), size(14))
    const side = fc.integer({ min: 2, max: 9 })
    check(
      fc.oneof(
        fc.tuple(size(3), side, side, channels, channels, pad, seed),
        fc.tuple(size(1), side, fc.constant(3), fc.constant(132), fc.constant(8), pad, seed),
        fc.tuple(size(1), side, fc.constant(3), fc.constant(8), fc.constant(132), pad, seed),
      ),
      ([batch, height, width, inChannels, outChannels, padding, s]) => {
        const attrs = { strides: 1, pad: padding, dilations: 1, dataFormat: 'NHWC' }
        const shape = [batch, height, width, inChannels] as [number, number, number, number]
        const filterShape = [3, 3, inChannels, outChannels] as [number, number, number, number]
        const { outHeight, outWidth } = backend_util.computeConv2DInfo(shape, filterShape, 1, 1, explicitPad(padding))
        if (outHeight < 1 || outWidth < 1) return
        const [x, filter] = [noise(shape, s), noise(filterShape, s + 1)]
        const dy = noise([batch, outHeight, outWidth, outChannels], s + 2)
        expectAgreement('wasm', 'Conv2D', { x, filter }, attrs)
        expectAgreement('wasm', 'Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape })
        expectAgreement('wasm', 'Conv2DBackpropInput', { dy, filter }, { ...attrs, inputShape: shape })
      },
      40,
    )
  })

  it('long sums of convolutions and products', () => {
    check(
      fc.tuple(fc.integer({ min: 250, max: 520 }), size(9), size(9), seed),
      ([depth, m, n, s]) => {
        const inputs = { a: noise([m, depth], s), b: noise([depth, n], s + 1) }
        expectAgreement('wasm', 'BatchMatMul', inputs, { transposeA: false, transposeB: false })
        const images = { x: noise([2, 3, m, depth], s), filter: noise([1, 1, depth, n], s + 1) }
        expectAgreement('wasm', 'Conv2D', images, { strides: 1, pad: 'same', dilations: 1, dataFormat: 'NHWC' })
      },
      40,
    )
  })

  const shape = fc.array(size(5), { minLength: 1, maxLength: 5 })

  it('sums and means over any axes', () => {
    check(fc.tuple(shape, fc.nat(31), fc.boolean(), seed), ([sizes, mask, keepDims, s]) => {
      const axis = sizes.flatMap((_, i) => ((mask >> i) % 2 === 1 ? [i] : []))
      if (axis.length === 0) return
      expectAgreement('wasm', 'Sum', { x: noise(sizes, s) }, { axis, keepDims })
      expectAgreement('wasm', 'Mean', { x: noise(sizes, s) }, { axis, keepDims })
    })
  })

  it('sums over many rows', () => {
    check(
      fc.tuple(fc.integer({ min: 200, max: 800 }), size(40), seed),
      ([rows, columns, s]) => {
        expectAgreement('wasm', 'Sum', { x: noise([rows, columns], s) }, { axis: [0], keepDims: false })
      },
      40,
    )
  })

  it('sums with one row, from either side, and sums of equal or scalar shapes', () => {
    check(fc.tuple(shape, fc.constantFrom('row', 'flat row', 'scalar', 'same'), fc.boolean(), seed), (drawn) => {
      const [sizes, kind, swapped, s] = drawn
      const columns = sizes.at(-1) ?? 1
      const others = {
        row: sizes.map((n, i) => (i === sizes.length - 1 ? n : 1)),
        'flat row': [columns],
        scalar: [],
        same: sizes,
      }
      const [x, y] = [noise(sizes, s), noise(others[kind], s + 1)]
      expectAgreement('wasm', 'Add', swapped ? { a: y, b: x } : { a: x, b: y }, {})
    })
  })

  it('transpositions', () => {
    const permuted = shape.chain((sizes) =>
      fc.tuple(
        fc.constant(sizes),
        fc.shuffledSubarray(
          sizes.map((_, i) => i),
          { minLength: sizes.length },
        ),
      ),
    )
    check(fc.tuple(permuted, seed), ([[sizes, perm], s]) => {
      expectAgreement('wasm', 'Transpose', { x: noise(sizes, s) }, { perm })
    })
    check(fc.tuple(size(80), size(80), seed), ([m, n, s]) => {
      expectAgreement('wasm', 'Transpose', { x: noise([m, n], s) }, { perm: [1, 0] })
    })
  })

  it('slices', () => {
    const cut = fc.tuple(size(6), fc.nat(5), fc.nat(5)).map(([full, a, b]) => {
      const begin = a % full
      return { full, begin, take: 1 + (b % (full - begin)) }
    })
    check(fc.tuple(fc.array(cut, { minLength: 1, maxLength: 6 }), seed), ([cuts, s]) => {
      const x = noise(
        cuts.map(({ full }) => full),
        s,
      )
      expectAgreement('wasm', 'Slice', { x }, { begin: cuts.map((c) => c.begin), size: cuts.map((c) => c.take) })
    })
  })

  it('repetitions, and zeros around maps', () => {
    const around = fc.tuple(fc.nat(2), fc.nat(2))
    check(fc.tuple(fc.array(fc.tuple(size(4), size(3)), { minLength: 1, maxLength: 4 }), seed), ([axes, s]) => {
      const [sizes, reps] = [axes.map(([length]) => length), axes.map(([, count]) => count)]
      expectAgreement('wasm', 'Tile', { x: noise(sizes, s) }, { reps })
      expectAgreement('wasm', 'Tile', { x: noise([1, 1, ...sizes], s) }, { reps: [3, 2, ...sizes.map(() => 1)] })
    })
    const sides = fc.tuple(fc.tuple(size(3), size(6), size(6), size(9)), around, around, fc.constantFrom(0, 0, 2), seed)
    check(sides, ([sizes, rows, columns, constantValue, s]) => {
      const paddings = [[0, 0], rows, columns, [0, 0]]
      expectAgreement('wasm', 'PadV2', { x: noise(sizes, s) }, { paddings, constantValue })
    })
  })

  it('depthwise convolutions, with several outputs of a channel, dilated', () => {
    const dilation = fc.oneof(fc.constant(1), size(3), fc.tuple(size(2), size(3)))
    check(fc.tuple(geometry(40), fc.constantFrom(1, 1, 2, 3), dilation, seed), ([g, multiplier, dilations, s]) => {
      const filterShape = [...g.filter, g.shape[3], multiplier] as [number, number, number, number]
      const inputs = { x: noise(g.shape, s), filter: noise(filterShape, s + 1) }
      const sizes = [...g.shape] as [number, number, number, number]
      // cpu strides or dilates, never both
      const strides = (dilations === 1 ? g.attrs.strides : 1) as number
      const info = backend_util.computeConv2DInfo(
        sizes,
        filterShape,
        strides,
        dilations,
        explicitPad(g.attrs.pad),
        undefined,
        true,
      )
      if (info.outHeight < 1 || info.outWidth < 1) return
      expectAgreement('wasm', 'DepthwiseConv2dNative', inputs, { ...g.attrs, strides, dilations })
    })
  })

  it('splits and unstacks', () => {
    check(fc.tuple(shape, fc.nat(4), seed), ([sizes, a, s]) => {
      const axis = a % sizes.length
      const numOrSizeSplits = sizes[axis] === 1 ? [1] : [1, (sizes[axis] ?? 1) - 1]
      expectAgreement('wasm', 'SplitV', { x: noise(sizes, s) }, { numOrSizeSplits, axis })
      expectAgreement('wasm', 'Unpack', { value: noise(sizes, s) }, { axis })
    })
  })

  it('joins', () => {
    check(
      fc.tuple(shape, fc.nat(4), fc.array(size(40), { minLength: 1, maxLength: 4 }), seed),
      ([sizes, a, parts, s]) => {
        const axis = a % sizes.length
        const inputs = parts.map((part, i) =>
          noise(
            sizes.map((full, j) => (j === axis ? part : full)),
            s + i,
          ),
        )
        expectAgreement('wasm', 'Concat', inputs, { axis })
      },
    )
  })
})
