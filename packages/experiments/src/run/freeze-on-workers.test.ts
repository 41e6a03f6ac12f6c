import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { embedding } from '@ptu/layers'
import { initBody } from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import { beforeAll, describe, expect, it } from 'vitest'

import { colours, rightOf, smallNetwork } from '../../tests/small-network.ts'
import { freezePrefix, type FrozenPrefix, type PrefixRequest } from '../sources/freeze-prefix.ts'
import { portable, type PortableNetwork } from '../sources/portable-network.ts'
import { freezeOnWorkers } from './freeze-on-workers.ts'
import type { Worker } from './worker.ts'

let network: PortableNetwork
/** More than two batches, and fewer than one. */
const [many, few] = [colours(3, 60, 1), colours(2, 3, 2)]

beforeAll(async () => {
  network = await smallNetwork()
})

const bug = (): never => {
  throw new Error('not asked for')
}

/** A worker that writes down the examples that it gets. */
const worker = (asked: number[] = [], folder?: string): Worker => ({
  ...{ start: bug, trainSource: bug, run: bug, make: bug, fit: bug, linear: bug, predict: bug, weigh: bug, close: bug },
  freeze: (request, onStep) => {
    asked.push(...request.datasets.map(({ labels }) => labels.length))
    return freezePrefix(request, { folder, onStep, warn: bug })
  },
})

const frozen = async (workers: readonly Worker[], changes: Partial<PrefixRequest> = {}): Promise<FrozenPrefix> =>
  rightOf(await freezeOnWorkers(workers, { network, count: 2, datasets: [many, few], ...changes }, () => undefined)())

/** The same by one worker, without pieces. */
const whole = async (changes: Partial<PrefixRequest> = {}): Promise<FrozenPrefix> =>
  rightOf(await worker().freeze({ network, count: 2, datasets: [many, few], ...changes }, () => undefined)())

describe('the frozen blocks of a network on several workers', () => {
  it('give the bits that one gives, for any number of workers', async () => {
    const expected = await whole()
    for (const count of [1, 2, 3, 9])
      expect(await frozen(Array.from({ length: count }, () => worker()))).toEqual(expected)
    const pooled = { count: 3, pooled: true }
    expect(await frozen([worker(), worker()], pooled)).toEqual(await whole(pooled))
  })

  it('share the examples among them, whole batches each', async () => {
    const [first, second]: readonly [number[], number[]] = [[], []]
    await frozen([worker(first), worker(second)])
    expect([first, second]).toEqual([
      [64, 52],
      [64, 6],
    ])
  })

  it('put examples that end early back in their places', async () => {
    const body = [{ name: 'words', layer: embedding(9, 4) }]
    const params = initBody(body, key(0), [24])
    const texts: Dataset = {
      shape: [24],
      features: Float32Array.from({ length: 24 * 150 }, (_, i) =>
        i % 24 < 1 + (((i / 24) * 7) % 24) ? 1 + (i % 8) : 0,
      ),
      labels: Int32Array.from({ length: 150 }, (_, i) => i % 2),
      ...{ classes: ['a', 'b'], padding: 0 },
    }
    const own = await portable(body, params, {
      ...{ shape: [24], normalisation: { mean: 0, deviation: 1 }, vocabulary: null, image: null },
    })
    disposeParams(params)
    const request = { network: own, count: 1, datasets: [texts] }
    expect(await frozen([worker(), worker()], request)).toEqual(await whole(request))
  })

  it('keep the numbers to predict with their examples', async () => {
    const values = Float64Array.from(many.labels, (_, i) => i / 7)
    const labels = new Int32Array(values.length)
    const datasets = [{ ...many, labels, classes: ['size'], targets: { kind: 'regress' as const, values } }]
    const [found] = (await frozen([worker(), worker()], { datasets })).datasets
    expect(found?.targets).toEqual({ kind: 'regress', values })
    expect(found?.features).toEqual((await whole({ datasets })).datasets[0]?.features)
  })

  it('keep files that any other number of workers finds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ptu-freeze-'))
    await frozen([worker([], folder)])
    const names = (await readdir(folder)).toSorted()
    await frozen([worker([], folder), worker([], folder)])
    expect((await readdir(folder)).toSorted()).toEqual(names)
    expect(names).toHaveLength(4)
    await rm(folder, { recursive: true })
  })

  it('ask workers once that have one way to do it', async () => {
    const asked: number[] = []
    const one = worker(asked)
    let busy = 0
    const freeze: Worker['freeze'] = (request, onStep) => async () => {
      expect(++busy).toBe(1)
      const made = await one.freeze(request, onStep)()
      busy--
      return made
    }
    await frozen([
      { ...one, freeze },
      { ...one, freeze },
    ])
    expect(asked).toEqual([64, 64, 52, 6])
  })

  it('report the examples of all of them, up to the last', async () => {
    const told: (readonly [number, number])[] = []
    const request = { network, count: 1, datasets: [many, few] }
    rightOf(await freezeOnWorkers([worker(), worker()], request, (done, total) => told.push([done, total]))())
    expect(told.at(-1)).toEqual([186, 186])
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b))
  })
})
