import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key } from '@ptu/core'
import { moments } from '@ptu/data'
import { dense, relu, serial } from '@ptu/layers'
import { disposeParams, saveParams, scope, type ParamTree } from '@ptu/tensor'
import { add, mul, reshape, slice, square, type Tensor } from '@tensorflow/tfjs-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { asIs, blobs } from '../tests/blobs.ts'
import { encodeFeatures, encoderOf, type Encoder, type FeatureOptions, type Features } from './features.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-features-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** `[batch, 4] -> [batch, 2, 2]`, in which each number tells its place. */
const squares: Encoder = {
  digest: 'squares',
  encode: (x: Tensor) => scope(() => reshape(add(square(x), mul(x, 0.1)), [-1, 2, 2])),
}

const features = (
  encoder: Encoder = squares,
  options: Partial<FeatureOptions> = {},
  dataset = blobs(),
): Promise<Features> => encodeFeatures(encoder, dataset, asIs, { folder, ...options })

/** The file that features are kept in. */
const pathOf = ({ path }: Features): string => {
  if (path === undefined) throw new Error('expected a file')
  return path
}

describe('features of a frozen network', () => {
  it('are what the network gives for each example, with the labels as they were', async () => {
    const { dataset, origin, warnings } = await features()
    expect([dataset.shape, dataset.labels, dataset.classes]).toEqual([[2, 2], blobs().labels, blobs().classes])
    const expected = Array.from(blobs().features, (x) => x * x + 0.1 * x)
    dataset.features.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 5)
    })
    expect([origin, warnings]).toEqual(['computed', []])
  })

  it('are read back bit for bit, and not computed again', async () => {
    const first = await features()
    const again = await features({ ...squares, encode: () => expect.fail('it was computed again') })
    expect([again.origin, again.warnings, pathOf(again)]).toEqual(['file', [], pathOf(first)])
    expect(again.dataset).toEqual(first.dataset)
  })

  it('are the same whatever the chunk, and tell how far they are', async () => {
    const [whole, told] = [await features(squares, { folder: join(folder, 'a') }), [] as number[]]
    const inParts = await features(squares, {
      folder: join(folder, 'b'),
      chunk: 7,
      onProgress: (done, total) => told.push(done, total),
    })
    expect(inParts.dataset).toEqual(whole.dataset)
    expect(told).toEqual([7, 30, 14, 30, 21, 30, 28, 30, 30, 30])
  })

  it('are computed for 64 examples at once unless told otherwise', async () => {
    const told: number[] = []
    await features(squares, { onProgress: (done) => told.push(done) }, blobs(25))
    expect(told).toEqual([64, 75])
  })

  it('let timers have their turn while they are computed', async () => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 50))
    const seen: string[] = []
    const onProgress = (done: number): void => {
      seen.push(String(done))
      if (done === 10) setTimeout(() => seen.push('timer'))
    }
    await features(squares, { chunk: 10, onProgress })
    vi.restoreAllMocks()
    expect(seen).toEqual(['10', 'timer', '20', '30'])
  })

  it('have a file for each network, each set of examples and each normalisation', async () => {
    const others = [
      await features(),
      await features({ ...squares, digest: 'others' }),
      await features(squares, {}, blobs(9)),
      await features(squares, {}, { ...blobs(), shape: [2, 2] }),
      await encodeFeatures(squares, blobs(), moments(blobs()), { folder }),
    ]
    expect(others.map(({ origin }) => origin)).toEqual(others.map(() => 'computed'))
    expect(new Set(others.map(({ path }) => path)).size).toBe(5)
    expect((await readdir(folder)).length).toBe(5)
  })

  it('are no other where the labels alone differ', async () => {
    await features()
    const relabelled = await features(squares, {}, { ...blobs(), labels: blobs().labels.toReversed() })
    expect([relabelled.origin, relabelled.dataset.labels]).toEqual(['file', blobs().labels.toReversed()])
  })

  it('need examples, a chunk of some and a row for each example', async () => {
    const none = { ...blobs(), features: new Float32Array(0), labels: new Int32Array(0) }
    await expect(features(squares, {}, none)).rejects.toThrow('expected a data set with examples, got none')
    await expect(features(squares, { chunk: 0 })).rejects.toThrow('from 1, got 0')
    const short: Encoder = { digest: 'short', encode: (x) => slice(x, 0, 1) }
    await expect(features(short)).rejects.toThrow('expected [30, 4] of the encoder, got [1, 4]')
  })
})

describe('a file of features', () => {
  it('that is cut or changed is written again, with a warning', async () => {
    const first = await features()
    const bytes = await readFile(pathOf(first))
    for (const damaged of [
      bytes.subarray(0, 20),
      bytes.subarray(0, -1),
      bytes.map((byte, i) => (i === bytes.length - 5 ? ~byte : byte)),
    ]) {
      await writeFile(pathOf(first), damaged)
      const again = await features()
      expect([again.origin, again.dataset]).toEqual(['computed', first.dataset])
      expect(again.warnings).toEqual([expect.stringMatching(/cannot load .*; the features are computed again/)])
      expect(await readFile(pathOf(first))).toEqual(bytes)
    }
  })

  it('of something else is written again, with a warning', async () => {
    const first = await features()
    const other = await features({ ...squares, digest: 'others' })
    await writeFile(pathOf(first), await readFile(pathOf(other)))
    const again = await features()
    expect(again.warnings).toEqual([expect.stringContaining('holds something else')])
    expect([again.origin, (await features()).origin]).toEqual(['computed', 'file'])

    const params: ParamTree = dense(2).init(key(0), [3])
    await saveParams(pathOf(first), params)()
    disposeParams(params)
    expect((await features()).warnings).toEqual([expect.stringContaining('holds something else')])
  })

  it('is not written where the folder would hold more than its budget, and others stay', async () => {
    const path = pathOf(await features())
    const { size } = await readFile(path).then(({ length }) => ({ size: length }))
    const other = await features({ ...squares, digest: 'others' }, { budget: size + 10 })
    expect(other.warnings).toEqual([expect.stringMatching(/together more than the budget of \d+: they are not kept/)])
    expect(other.origin).toBe('computed')
    expect((await readdir(folder)).length).toBe(1)
    const numbers = 4 * 4 * 30
    const budget = size + numbers
    expect((await features({ ...squares, digest: 'others' }, { budget: budget - 1 })).warnings).toHaveLength(1)
    expect((await features({ ...squares, digest: 'others' }, { budget })).warnings).toEqual([])
    expect((await readdir(folder)).length).toBe(2)
  })

  it('that cannot be written costs a warning', async () => {
    await writeFile(join(folder, 'file'), '')
    const { dataset, warnings } = await features(squares, { folder: join(folder, 'file') })
    expect(dataset.shape).toEqual([2, 2])
    expect(warnings).toEqual([expect.stringMatching(/cannot write .*the features are not kept/)])
  })
})

describe('an encoder of a layer', () => {
  it('computes the layer, and its digest tells layers and parameters apart', async () => {
    const layer = serial(dense(5), relu)
    const [params, others] = [layer.init(key(0), [4]), layer.init(key(1), [4])]
    const encoders = await Promise.all([
      encoderOf(layer, params),
      encoderOf(layer, others),
      encoderOf(serial(dense(5)), [params[0] as ParamTree]),
    ])
    expect(new Set(encoders.map(({ digest }) => digest)).size).toBe(3)
    expect((await encoderOf(layer, params)).digest).toBe(encoders[0].digest)
    const { dataset } = await features(encoders[0])
    expect([dataset.shape, Math.min(...dataset.features)]).toEqual([[5], 0])
    disposeParams([params, others])
  })
})
