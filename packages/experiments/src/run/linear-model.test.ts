import { key, normals } from '@ptu/core'
import { disposeParams } from '@ptu/tensor'
import { fitProbe, probeLogits } from '@ptu/trainer'
import { beforeAll, describe, expect, it } from 'vitest'

import { colours, messageIn, rightOf, smallComparison, smallNetwork } from '../../tests/small-network.ts'
import { decodeModel } from '../models/model-file.ts'
import { freezePrefix } from '../sources/freeze-prefix.ts'
import type { PortableNetwork } from '../sources/portable-network.ts'
import type { Comparison } from './comparison.ts'
import { linearModel } from './linear-model.ts'
import { predictWith } from './predict-request.ts'
import { softmaxRows } from './softmax-rows.ts'

const train = colours(3, 5)
const quiet = { folder: undefined, onStep: () => undefined, warn: () => undefined }
const close = { absolute: 1e-5, relative: 1e-5 }

let network: PortableNetwork
let vectors = new Float32Array(0)

beforeAll(async () => {
  network = await smallNetwork()
  const pooled = rightOf(await freezePrefix({ network, count: 3, datasets: [train], pooled: true }, quiet)())
  vectors = Float32Array.from(pooled.datasets[0]?.features ?? [])
})

const linear = async (weights: Float32Array, bias: Float32Array, comparison?: Comparison): Promise<Uint8Array> =>
  rightOf(
    await linearModel({
      comparison: comparison ?? smallComparison(network, train),
      weights,
      bias,
      reads: 'features',
      seed: 0,
    })(),
  )

const randomHead = (seed: number): readonly [Float32Array, Float32Array] => [
  Float32Array.from(normals(key(seed), 18)),
  Float32Array.from(normals(key(seed + 100), 3)),
]

const predicted = async (...models: readonly Uint8Array[]): Promise<Float32Array> =>
  rightOf(await predictWith({ models, examples: train }, () => undefined)())

describe('a linear classifier on a frozen network', () => {
  it('has the probabilities of the probe', async () => {
    const probe = fitProbe({ features: vectors, size: 6, labels: train.labels, classes: 3, key: key(0) })
    const model = await linear(Float32Array.from(probe.weights), Float32Array.from(probe.bias))
    const wanted = softmaxRows(probeLogits(probe, vectors), 3)
    expect(Array.from(await predicted(model))).toBeAllClose(Array.from(wanted), close)
  })

  it('is the same from pixels where some of its blocks were computed before', async () => {
    const { prefix, rest, datasets } = rightOf(await freezePrefix({ network, count: 2, datasets: [train] }, quiet)())
    const [weights, bias] = randomHead(1)
    const cut = await linear(weights, bias, smallComparison(rest, datasets[0] ?? train, { prefix }))
    expect(await predicted(cut)).toEqual(await predicted(await linear(weights, bias)))
    const { facts, params } = rightOf(await decodeModel(Uint8Array.from(cut))())
    disposeParams(params)
    expect([facts.method, facts.blocks, facts.image]).toEqual(['probe', ['one', 'two', 'three'], network.input.image])
  })
})

describe('several models', () => {
  it('give the mean of their probabilities', async () => {
    const [a, b] = [await linear(...randomHead(1)), await linear(...randomHead(2))]
    const [first, second] = [await predicted(a), await predicted(b)]
    const mean = Array.from(first, (p, i) => (p + (second[i] ?? NaN)) / 2)
    expect(Array.from(await predicted(a, b))).toBeAllClose(mean, close)
    const thrice = Array.from(first, (p, i) => (2 * p + (second[i] ?? NaN)) / 3)
    expect(Array.from(await predicted(a, b, a))).toBeAllClose(thrice, close)
  })

  it('are refused where one is damaged', async () => {
    const model = await linear(...randomHead(1))
    const request = { models: [model, model.slice(0, 99)], examples: train }
    expect(messageIn(await predictWith(request, () => undefined)())).not.toBe('')
  })
})
