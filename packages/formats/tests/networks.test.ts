import { infer } from '@ptu/layers'
import { scope } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { setBackend, slice, softmax, tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { disposeModel, openModel, type ModelFile, type OpenOptions } from '../src/index.ts'
import { centre, pictureOf } from './photograph.ts'
import { differenceFrom, generated, type Sampled } from './sampled.ts'

interface Golden {
  readonly blocks: readonly (Sampled & { readonly name: string })[]
  readonly logits: readonly number[]
  readonly small: Sampled & { readonly input: readonly number[] }
  readonly chelsea: { readonly class: number; readonly probability: number }
}

const cache = new URL('../../../node_modules/.cache/ptu-weights/', import.meta.url)
const goldenOf = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as Golden

const opened = (file: string, options: OpenOptions = {}): ModelFile => {
  const model = openModel({ name: file, bytes: readFileSync(new URL(file, cache)) }, options)
  if (E.isLeft(model)) throw model.left
  return model.right
}

const photograph = (mean: readonly number[], deviation: readonly number[]): Tensor => {
  const { values } = centre(pictureOf(readFileSync(new URL('chelsea.png', cache))), 256, 224)
  const normal = Float32Array.from(values, (v, i) => (v / 255 - (mean[i % 3] ?? 0)) / (deviation[i % 3] ?? 1))
  return tensor(normal, [1, 224, 224, 3])
}

const logitsOf = ({ source, head }: ModelFile, x: Tensor): Tensor =>
  scope(() => {
    const map = source.activations(x).at(-1) as Tensor
    return head === undefined ? map : head.layer.apply(head.params, map, infer)
  })

const networks = [
  {
    file: 'mobilenet_v2-b0353104.pth',
    architecture: 'torchvision mobilenet_v2',
    golden: goldenOf('mobilenet-v2'),
    pixels: [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], // prettier-ignore
    facts: { 'batch normalisation': 'epsilon 1e-5, folded into the convolutions before it' },
  },
  {
    file: 'efficientnet-lite0-57934424.pth',
    architecture: 'EfficientNet-Lite0',
    golden: goldenOf('efficientnet-lite0'),
    pixels: [Array.from({ length: 3 }, () => 127 / 255), Array.from({ length: 3 }, () => 128 / 255)],
    facts: { 'batch normalisation': 'epsilon 1e-3, folded into the convolutions before it' },
  },
] as const

// Real weights, trained on ImageNet.
describe.each(networks)(
  '$architecture of its file (skipped where npm run fetch-weights did not bring it)',
  ({ file, architecture, golden, pixels, facts }) => {
    const has = existsSync(new URL(file, cache)) && existsSync(new URL('chelsea.png', cache))
    beforeAll(async () => {
      await useBackend('wasm')()
    })
    afterAll(() => setBackend('cpu'))

    it.skipIf(!has)('computes in each block and in its head what PyTorch computes', () => {
      const model = opened(file)
      expect(model).toMatchObject({ architecture, input: [224, 224, 3], leftOver: [], facts })
      expect(model.format).toBe('PyTorch state_dict (legacy container)')
      expect(model.source.blocks.map(({ name }) => name)).toEqual(golden.blocks.map(({ name }) => name))
      scope(() => {
        const x = generated(224)
        for (const [i, y] of model.source.activations(x).entries())
          expect(differenceFrom(y, golden.blocks[i] as Sampled)).toBeLessThan(1e-4)
        const logits = logitsOf(model, x).dataSync()
        const largest = Math.max(...golden.logits.map(Math.abs))
        const differences = golden.logits.map((value, i) => Math.abs(value - (logits[i] ?? NaN)))
        expect(Math.max(...differences) / largest).toBeLessThan(1e-4)
      })
      disposeModel(model)
    })

    it.skipIf(!has)('is rebuilt for another size of image', () => {
      const input = [96, 96, 3]
      const model = opened(file, { input })
      expect(model.input).toEqual(input)
      scope(() => {
        const small = slice(generated(224), [0, 0, 0, 0], [1, ...input])
        expect(differenceFrom(model.source.activations(small).at(-1) as Tensor, golden.small)).toBeLessThan(1e-4)
      })
      disposeModel(model)
    })

    it.skipIf(!has)('sees a cat in a photograph of one', () => {
      const model = opened(file)
      const probabilities = scope(() => softmax(logitsOf(model, photograph(pixels[0], pixels[1]))).dataSync())
      const best = probabilities.indexOf(Math.max(...probabilities))
      expect(best).toBe(golden.chelsea.class)
      expect(probabilities[best]).toBeCloseTo(golden.chelsea.probability, 2)
      disposeModel(model)
    })
  },
)
