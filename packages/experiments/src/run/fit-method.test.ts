import type { Dataset } from '@ptu/data'
import { disposeParams } from '@ptu/tensor'
import { beforeAll, describe, expect, it } from 'vitest'

import { colours, rightOf, smallComparison, smallNetwork } from '../../tests/small-network.ts'
import { InterruptedError } from '../errors.ts'
import { builtInMethods } from '../methods/built-in.ts'
import type { Method } from '../methods/method.ts'
import { decodeModel } from '../models/model-file.ts'
import { predictExamples } from '../predict/predict-examples.ts'
import { freezePrefix } from '../sources/freeze-prefix.ts'
import type { PortableNetwork } from '../sources/portable-network.ts'
import type { Comparison } from './comparison.ts'
import { fitMethod, type Fitted, type FitRequest } from './fit-method.ts'

const train = colours(3, 6)
const places = Int32Array.from([0, 1, 2, 6, 7, 8, 12, 13, 14])
const held = Int32Array.from([3, 9, 10, 15])

let network: PortableNetwork

beforeAll(async () => {
  network = await smallNetwork()
})

const ptu = builtInMethods.find(({ name }) => name === 'ptu') as Method
const quiet = { signal: new AbortController().signal, onStep: () => undefined }

const fitted = async (changes: Partial<FitRequest> = {}, comparison = smallComparison(network, train)) => {
  const request = {
    ...{ name: 'a', comparison, method: 'ptu', held: { depth: null, rate: 3e-3 }, seed: 0 },
    ...{ train: places, predict: held, keeps: true },
    ...changes,
  }
  return rightOf(await fitMethod(request, ptu, quiet)())
}

/** The data with some examples turned into noise of another label. */
const spoilt = (dataset: Dataset, examples: Int32Array): Dataset => {
  const [features, labels] = [dataset.features.slice(), dataset.labels.slice()]
  for (const i of examples) {
    features.fill(17, i * 192, (i + 1) * 192)
    labels[i] = ((labels[i] ?? 0) + 1) % 3
  }
  return { ...dataset, features, labels }
}

const others = (taken: Int32Array): Int32Array => Int32Array.from(train.labels.keys()).filter((i) => !taken.includes(i))

const predictions = async (model: Fitted['model'], examples: Dataset): Promise<Float32Array> => {
  const loaded = rightOf(await decodeModel(Uint8Array.from(model ?? []))())
  const found = await predictExamples(loaded, examples)
  disposeParams(loaded.params)
  return found
}

describe('a method that is trained on some examples', () => {
  it('is the same bits whatever the examples are that it is not trained on', async () => {
    const [first, second] = [
      await fitted({ predict: null }),
      await fitted({ predict: null }, smallComparison(network, spoilt(train, others(places)))),
    ]
    expect(second.model).toEqual(first.model)
    expect(second.curve).toEqual(first.curve)
    const third = await fitted({ predict: null }, smallComparison(network, spoilt(train, places.subarray(0, 1))))
    expect(third.curve).not.toEqual(first.curve)
  })

  it('gives each held-out example probabilities that sum to 1, those of the model that it keeps', async () => {
    const { probabilities, model } = await fitted()
    const rows = Array.from(held.keys(), (i) => Array.from(probabilities?.subarray(3 * i, 3 * i + 3) ?? []))
    for (const row of rows) expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6)
    const all = await predictions(model, train)
    expect(rows.flat()).toBeAllClose(
      Array.from(held).flatMap((i) => Array.from(all.subarray(3 * i, 3 * i + 3))),
      { absolute: 1e-4, relative: 1e-4 },
    )
  })

  it('trains on all where no places are given, and keeps and predicts nothing that is not asked for', async () => {
    const every = Int32Array.from(train.labels.keys())
    const { curve, model, probabilities } = await fitted({ train: null, predict: null, keeps: false })
    expect([model, probabilities]).toEqual([null, null])
    expect((await fitted({ train: every })).curve).toEqual(curve)
    expect((await fitted({ train: places })).curve).not.toEqual(curve)
  })

  it('trains on changed copies of its own examples, and on none of those that are held out', async () => {
    const whole = Int32Array.from(train.labels.keys())
    const changed = spoilt(train, whole)
    const withViews = (view: Dataset) => fitted({}, { ...smallComparison(network, train), views: [view] })
    const first = await withViews(changed)
    expect(first.curve).not.toEqual((await fitted()).curve)
    const without = spoilt(changed, others(places))
    expect(without.labels).not.toEqual(changed.labels)
    expect((await withViews(without)).model).toEqual(first.model)
  })

  it('predicts held-out examples as they are, whatever their changed copies', async () => {
    const view = spoilt(train, held)
    const { probabilities, model } = await fitted({}, { ...smallComparison(network, train), views: [view] })
    const all = await predictions(model, train)
    expect(Array.from(probabilities ?? [])).toBeAllClose(
      Array.from(held).flatMap((i) => Array.from(all.subarray(3 * i, 3 * i + 3))),
      { absolute: 1e-4, relative: 1e-4 },
    )
  })

  it('is trained at the rate and for the steps that are asked for', async () => {
    const { curve } = await fitted()
    expect(curve).toHaveLength(12)
    expect((await fitted({ held: { depth: null, rate: 1e-4 } })).curve.at(-1)).toBeGreaterThan(curve.at(-1) ?? 0)
    const { facts, params } = rightOf(await decodeModel(Uint8Array.from((await fitted()).model ?? []))())
    disposeParams(params)
    expect(facts).toMatchObject({ method: 'ptu', rate: 3e-3, steps: 12, seed: 0, classes: train.classes })
    expect([facts.accuracy, facts.targetData]).toEqual([null, 'target'])
    expect(facts.gates).toHaveLength(3)
  })

  it('is another one for another seed', async () => {
    expect((await fitted({ seed: 1 })).curve).not.toEqual((await fitted()).curve)
  })

  it('ends where its signal says so', async () => {
    const ended = new AbortController()
    const request: FitRequest = {
      ...{ name: 'a', comparison: smallComparison(network, train), method: 'ptu', held: { depth: null, rate: 3e-3 } },
      ...{ seed: 0, train: null, predict: null, keeps: true },
    }
    const onStep = (done: number): void => {
      if (done === 3) ended.abort()
    }
    const outcome = await fitMethod(request, ptu, { signal: ended.signal, onStep })()
    expect(outcome._tag === 'Left' && outcome.left).toBeInstanceOf(InterruptedError)
  })
})

describe('a model of frozen and of trained blocks', () => {
  it('predicts from pixels what its trained part predicts from features', async () => {
    const quietly = { folder: undefined, onStep: () => undefined, warn: () => undefined }
    const { prefix, rest, datasets } = rightOf(await freezePrefix({ network, count: 2, datasets: [train] }, quietly)())
    const [features = train] = datasets
    const comparison: Comparison = smallComparison(rest, features, { prefix })
    const { model, probabilities } = await fitted({ predict: held }, comparison)
    const { facts, params } = rightOf(await decodeModel(Uint8Array.from(model ?? []))())
    disposeParams(params)
    expect(facts.blocks).toEqual(['one', 'two', 'three'])
    expect([facts.shape, facts.normalisation, facts.image]).toEqual([
      network.input.shape,
      network.input.normalisation,
      network.input.image,
    ])
    const whole = await predictions(model, train)
    expect(Array.from(probabilities ?? [])).toBeAllClose(
      Array.from(held).flatMap((i) => Array.from(whole.subarray(3 * i, 3 * i + 3))),
      { absolute: 1e-4, relative: 1e-4 },
    )
    const plain = await fitted({ predict: null }, { ...comparison, prefix: null })
    expect(await predictions(plain.model, features)).toEqual(whole)
  })
})
