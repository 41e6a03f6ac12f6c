import { corruptParams } from '@ptu/analysis'
import { key, normals } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { dense } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { encodeEachBatch, evaluate, lossOf } from '@ptu/trainer'
import { expect, it } from 'vitest'

import { corruptionMeasure } from './corruption.ts'

/** Points of two classes that overlap. */
const examples = (count: number): Dataset => {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  const noise = normals(key(count), 2 * count)
  const features = noise.map((x, i) => x + (labels[Math.floor(i / 2)] === 0 ? -1 : 1))
  return { shape: [2], labels, features, classes: ['left', 'right'] }
}

it('corruption is measured on every example once, also on those of a last batch that is not full', async () => {
  const network = dense(2)
  const params = network.init(key(0), [2])
  const normalisation = { mean: 0, deviation: 1 }
  const some = examples(70)
  const measured = await corruptionMeasure.measure({ network, params, examples: some, normalisation } as never)
  const all = encodeEachBatch(network, some, normalisation).batch(Array.from({ length: 70 }, (_, i) => i))
  const risk = { model: network, loss: lossOf(some), batches: [all] }
  const attack = { set: { p: 2, epsilon: 0.02, relative: true }, steps: 3 } as const
  const { params: moved, change } = await corruptParams(risk, params, attack)
  const { accuracy } = await evaluate(network, moved, some, normalisation)
  expect(measured[0]).toBe(accuracy)
  expect(measured[1]).toBeCloseTo(change, 5)
  disposeParams([params, moved, all.x, all.y])
})
