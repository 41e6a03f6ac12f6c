import { key } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import type { LoadedModel } from '@ptu/experiments'
import { dense, flatten, infer, serial } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { softmax, tensor } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { photoFiles } from './page-files.ts'

const layer = serial(flatten, dense(2))
const facts = {
  ...{ image: { size: [2, 2], channels: 1, fit: 'squash' }, normalisation: { mean: 0, deviation: 255 } },
  ...{ classes: ['cat', 'dog'], method: 'ptu' },
}
const pixels = [
  [0, 10, 20, 255],
  [200, 100, 50, 25],
  [1, 2, 3, 4],
]
const inputs: Dataset = {
  shape: [2, 2, 1],
  features: Uint8Array.from(pixels.flat()),
  labels: new Int32Array(3),
  classes: facts.classes,
}

let model: LoadedModel
let expected: number[][]

beforeAll(() => {
  const params = layer.init(key(0), [2, 2, 1])
  model = { facts, layer, params } as unknown as LoadedModel
  const x = tensor(
    pixels.flat().map((p) => p / 255),
    [3, 2, 2, 1],
  )
  const logits = layer.apply(params, x, infer)
  const found = softmax(logits)
  expected = found.arraySync() as number[][]
  disposeParams([x, logits, found])
})
afterAll(() => {
  disposeParams(model.params)
})

const made = (probabilities: readonly (readonly number[])[]) =>
  photoFiles({ models: [model], inputs, expected: probabilities, files: { 'extra.txt': 'more' }, digests: {} })

describe('the folder of a model of pictures', () => {
  it('compares by every picture with the probabilities of the trained network', async () => {
    const files = await made(expected)
    const { examples } = JSON.parse(String(files.get('parity.json'))) as { readonly examples: readonly unknown[] }
    expect(examples).toHaveLength(3)
    expect([files.get('labels.txt'), files.get('extra.txt')]).toEqual(['cat\ndog\n', 'more'])
  })

  it('is not made where a picture has other probabilities', async () => {
    await expect(made([...expected.slice(0, 2), [0.5, 0.5]])).rejects.toThrow('differs from the trained network')
  })

  it('is not made of a model that reads no pictures', async () => {
    const other = { ...model, facts: { ...model.facts, image: null } }
    await expect(photoFiles({ models: [other], inputs, expected, files: {}, digests: {} })).rejects.toThrow(
      'expected a model of images',
    )
  })
})
