import { key } from '@ptu/core'
import { bucketIndices, lengthsOf, moments, take, type Dataset } from '@ptu/data'
import { embedding, gru, serial, timeDistributed, dense } from '@ptu/layers'
import { adam } from '@ptu/optim'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { runCandidate } from './compare.ts'
import { encodeDataset, encodeEachBatch, type BatchSource } from './encodings.ts'
import { evaluate, predict } from './evaluate.ts'
import { fit } from './fit.ts'
import { stepCrossEntropy } from './losses.ts'
import { start } from './step.ts'

const steps = 10

/** Sequences of different lengths whose tag says whether the token before was an `a`. */
const sequences = (count: number): Dataset => {
  const [features, labels] = [new Float32Array(count * steps), new Int32Array(count * steps).fill(-1)]
  for (let i = 0; i < count; i++)
    for (let step = 0; step < 2 + ((5 * i) % 9); step++) {
      const at = i * steps + step
      features[at] = 2 + ((i * step + step * step + i) % 2)
      labels[at] = step > 0 && features[at - 1] === 2 ? 1 : 0
    }
  const vocabulary = ['<padding>', '<unknown>', 'a', 'b']
  return { shape: [steps], features, labels, classes: ['no', 'yes'], vocabulary, tagged: true }
}

const set = sequences(24)
const model = serial(
  embedding(4, 4, { masked: true }),
  gru(4, { masked: true }),
  timeDistributed(dense(2), { masked: true }),
)

describe('a tagger', () => {
  it('is judged on real steps alone, the same for every batch size', async () => {
    const params = model.init(key(3), [steps])
    const whole = await evaluate(model, params, set, moments(set))
    const real = set.labels.filter((label) => label >= 0)
    expect(whole.count).toBe(real.length)
    expect(whole.confusion.map((row) => row.reduce((sum, n) => sum + n, 0))).toEqual(
      [0, 1].map((label) => real.filter((own) => own === label).length),
    )
    const each = await evaluate(model, params, set, moments(set), { batchSize: 1 })
    expect(each.loss).toBeCloseTo(whole.loss, 5)
    expect(each.predictions).toEqual(whole.predictions)
    disposeParams(params)
  })

  it('has outputs and labels in the order of the data', async () => {
    const own = embedding(4, 2, { masked: true })
    const two = take(set, [0, 1])
    const params = own.init(key(1), [steps])
    const { labels, logits } = await predict(own, params, encodeEachBatch(own, two, moments(two)))
    expect([...labels]).toEqual([...two.labels].filter((label) => label >= 0))
    expect(logits).toHaveLength(2 * labels.length)
    disposeParams(params)
  })

  it('trains on batches of similar length, encoded as long as each needs', async () => {
    const lengths: number[][] = []
    const data = await encodeDataset(model, set, moments(set))
    expect(data.isCached).toBe(false)
    const watched: BatchSource = {
      ...data,
      batch: (indices) => {
        lengths.push(Array.from(indices, (i) => lengthsOf(set)?.[i] ?? 0))
        return data.batch(indices)
      },
    }
    const objective = { model, loss: stepCrossEntropy, optimizer: adam(0.02) }
    const options = { data: watched, key: key(5), steps: 3, batchSize: 8 }
    const trained = await fit(objective, options)(start(objective, key(6), [steps]))()
    if (E.isLeft(trained)) throw trained.left
    const own = lengthsOf(set) as Int32Array
    expect(lengths.slice(0, 3)).toEqual(
      Array.from({ length: 3 }, (_, step) => Array.from(bucketIndices(key(5), step, own, 8), (i) => own[i])),
    )
    disposeParams(trained.right.params)
    data.dispose()
  })

  it('is compared by accuracy per token, on a split of whole sequences', async () => {
    const trials = [1e-4, 0.1].map((rate) => ({ label: `rate ${rate}`, model, optimizer: () => adam(rate) }))
    const options = { train: set, normalisation: moments(set), key: key(0), steps: 25, batchSize: 12 }
    const outcome = await runCandidate({ name: 'tagger', trials }, options)()
    if (E.isLeft(outcome)) throw outcome.left
    const { chosen, params, trials: results } = outcome.right
    expect(chosen.label).toBe('rate 0.1')
    const { accuracy } = await evaluate(model, params, set, moments(set))
    expect(accuracy).toBeGreaterThan(0.95)
    expect(results[1]?.accuracy).toBeGreaterThan(results[0]?.accuracy ?? 1)
    disposeParams(params)
  })
})
