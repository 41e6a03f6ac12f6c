import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { toTensors, type Dataset } from '@ptu/data'
import { disposeSource } from '@ptu/networks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { colours, messageIn, rightOf, smallNetwork } from '../../tests/small-network.ts'
import { freezePrefix, type FrozenPrefix, type PrefixOptions, type PrefixRequest } from './freeze-prefix.ts'
import { openNetwork, type PortableNetwork } from './portable-network.ts'

const quiet: PrefixOptions = { folder: undefined, onStep: () => undefined, warn: () => undefined }

let network: PortableNetwork
const [some, others] = [colours(3, 5, 1), colours(2, 3, 2)]

beforeAll(async () => {
  network = await smallNetwork()
})

const frozen = async (changes: Partial<PrefixRequest>, options = quiet): Promise<FrozenPrefix> =>
  rightOf(await freezePrefix({ network, count: 2, datasets: [some], ...changes }, options)())

/** The last activations of a network for a data set. */
const outputs = async (of: PortableNetwork, dataset: Dataset): Promise<readonly number[]> => {
  const source = rightOf(await openNetwork(of)())
  const { x, y } = toTensors(dataset, of.input.normalisation)
  const found = source.activations(x)
  const values = Array.from((await found.at(-1)?.data()) ?? [])
  for (const tensor of [x, y, ...found]) tensor.dispose()
  disposeSource(source)
  return values
}

describe('the frozen blocks of a network', () => {
  it('and the rest after them are the whole, bit for bit', async () => {
    for (const count of [1, 2]) {
      const { prefix, rest, datasets } = await frozen({ count, datasets: [some, others] })
      expect([prefix.blocks.length, rest.blocks.length]).toEqual([count, 3 - count])
      expect(prefix.input).toEqual(network.input)
      for (const [i, dataset] of [some, others].entries()) {
        const features = datasets[i] as Dataset
        expect(features.shape).toEqual(rest.input.shape)
        expect(await outputs(rest, features)).toEqual(await outputs(network, dataset))
        expect([features.labels, features.classes]).toEqual([dataset.labels, dataset.classes])
      }
    }
  })

  it('are averaged over positions where that is asked for', async () => {
    const { datasets } = await frozen({ count: 3, pooled: true })
    const [vectors] = datasets as readonly [Dataset]
    expect(vectors.shape).toEqual([6])
    const maps = await outputs(network, some)
    const mean = (example: number, channel: number): number => {
      const values = Array.from({ length: 4 }, (_, at) => maps[(example * 4 + at) * 6 + channel] ?? NaN)
      return values.reduce((sum, x) => sum + x, 0) / 4
    }
    const wanted = Array.from({ length: 15 * 6 }, (_, i) => mean(Math.floor(i / 6), i % 6))
    expect(Array.from(vectors.features)).toBeAllClose(wanted, { absolute: 1e-5, relative: 1e-5 })
  })

  it('lie in memory that threads share, and their progress counts all data sets', async () => {
    const told: (readonly [number, number])[] = []
    const { datasets } = await frozen(
      { datasets: [some, others] },
      { ...quiet, onStep: (done, total) => told.push([done, total]) },
    )
    expect(datasets.every(({ features }) => features.buffer instanceof SharedArrayBuffer)).toBe(true)
    expect(told.at(-1)).toEqual([21, 21])
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b))
  })

  it('are at least one and at most all', async () => {
    for (const count of [0, -1, 4])
      expect(messageIn(await freezePrefix({ network, count, datasets: [some] }, quiet)())).toBe(
        `expected to freeze 1 to 3 blocks of the source, got ${count}`,
      )
  })
})

describe('the folder of outputs', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptu-prefix-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('gives the same bits the second time, and nothing to another network', async () => {
    const options = { ...quiet, folder }
    const first = await frozen({}, options)
    const files = await readdir(folder)
    expect(files.length).toBe(1)
    expect(await frozen({}, options)).toEqual(first)
    expect(await readdir(folder)).toEqual(files)
    const other = await frozen({ network: await smallNetwork(1) }, options)
    expect(other.datasets[0]?.features).not.toEqual(first.datasets[0]?.features)
    expect((await readdir(folder)).length).toBe(2)
  })
})
