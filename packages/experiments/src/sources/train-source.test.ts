import { foldIn, key } from '@ptu/core'
import { moments } from '@ptu/data'
import { mlp, withHead } from '@ptu/networks'
import { adam, cosine } from '@ptu/optim'
import { disposeParams } from '@ptu/tensor'
import { encodeEachBatch, fit, lossOf, start } from '@ptu/trainer'
import { describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { right } from '../../tests/right.ts'
import { taskData } from '../tasks/task-data.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import { portable } from './portable-network.ts'
import { trainSource, type TrainedNetwork } from './train-source.ts'

const recipe = { name: 'mlp', kind: 'classify', body: () => mlp([8]) }
const train = blobs(key(1), 60)

const trained = async (labels: (label: number, i: number) => number, seed = 0): Promise<TrainedNetwork> => {
  const examples = blobs(key(2), 30)
  const test = { ...examples, labels: examples.labels.map(labels) }
  const data = await taskData({ train, test })
  const told: number[] = []
  const options = {
    signal: new AbortController().signal,
    onStep: (done: number, total: number) => {
      told.push(done / total)
    },
  }
  const found = right(await trainSource(recipe, { epochs: 150, seed, data, record: {} }, options)())
  expect(told.at(-1)).toBe(1)
  return found
}

describe('a source network', () => {
  it('is judged on its test data, not on those that it was trained on', async () => {
    const [fair, flipped] = [await trained((label) => label), await trained((label) => 1 - label)]
    expect(fair.network.digest).toBe(flipped.network.digest)
    expect(fair.facts.accuracy).toBeGreaterThan(0.7)
    expect(flipped.facts.accuracy).toBeCloseTo(1 - (fair.facts.accuracy ?? NaN), 6)
  })

  it('is trained by Adam with a cosine to 2 % of its rate, on batches of 128', async () => {
    const { network } = await trained((label) => label)
    const steps = 150
    const model = withHead(mlp([8]), taskKindOf(train).head(2, [8]))
    const objective = { model, loss: lossOf(train), optimizer: adam(cosine({ from: 2e-3, to: 0.02, steps })) }
    const data = encodeEachBatch(model, train, moments(train))
    const run = fit(objective, { data, key: foldIn(key(0), 1), steps, batchSize: 128 })
    const { params } = right(await run(start(objective, foldIn(key(0), 0), [4]))())
    expect((await portable(mlp([8]), params.slice(0, -1), network.input)).digest).toBe(network.digest)
    disposeParams(params)
  })

  it('has the chance of the commonest class among its test labels', async () => {
    const { facts } = await trained((label, i) => (i < 45 ? 0 : label))
    expect(facts.chance).toBeCloseTo((45 + 7) / 60, 6)
    expect(facts.parameters).toBe(4 * 8 + 8)
  })

  it('follows from its seed', async () => {
    const [first, other] = [await trained((label) => label, 1), await trained((label) => label, 2)]
    expect(first.network.digest).not.toBe(other.network.digest)
  })

  it('is trained for as long as validation asks for where no number of epochs is given, on all its data', async () => {
    const data = await taskData({ train, test: blobs(key(2), 30) })
    const told: string[] = []
    const options = {
      ...{ signal: new AbortController().signal, onStep: () => undefined },
      tell: (text: string) => told.push(text),
    }
    const found = right(await trainSource(recipe, { epochs: null, seed: 0, data, record: {} }, options)())
    expect(told).toEqual([
      expect.stringMatching(/^the source network is trained for 300 steps: right for [\d.]+ % of a/),
    ])
    const same = right(await trainSource(recipe, { epochs: 300, seed: 0, data, record: {} }, options)())
    expect(found.network.digest).toBe(same.network.digest)
  })
})
