import { disposeSource, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { scope } from '@ptu/tensor'
import '@tensorflow/tfjs'
import { grad, square, sum, tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

import { cutPoints, decodeOnnx, fromLayersModel } from '../src/index.ts'
import { opened } from './keras-files.ts'
import { onnxBytes, type OnnxCase } from './onnx-files.ts'

/** A model, its output by onnxruntime, and the inputs that are always one number. */
interface Case extends OnnxCase {
  readonly fixed?: Readonly<Record<string, number>>
}

const cases = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/onnx/transformers/cases.json', import.meta.url)), 'utf8'),
) as readonly Case[]

const caseOf = (name: string): Case => {
  const found = cases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no case of ${name}`)
  return found
}

const modelOf = (name: string, fixed = cases.find((one) => one.name === name)?.fixed) =>
  opened(decodeOnnx({ name: `${name}.onnx`, bytes: onnxBytes(`transformers/${name}`) }, { ...(fixed && { fixed }) }))

const lastOf = (source: SourceNetwork<OpenBlock>, x: Tensor): Tensor => {
  const last = source.activations(x).at(-1)
  if (last === undefined) throw new Error('no blocks')
  return last
}

const expectNumbers = (found: Tensor, wanted: readonly number[]): void => {
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  expect(found.size).toBe(wanted.length)
  expect(found.flatten()).toBeAllClose([...wanted], { absolute: 2e-5 * largest, relative: 1e-4 })
}

/** The types of all layers in a spec, the outer ones first. */
const typesIn = (spec: unknown): readonly string[] => {
  if (typeof spec !== 'object' || spec === null) return []
  const own = 'type' in spec ? [String(spec.type)] : []
  return [...own, ...Object.values(spec).flatMap(typesIn)]
}

const typesOf = (source: SourceNetwork<OpenBlock>): readonly string[] =>
  source.blocks.flatMap(({ layer }) => typesIn(layer.spec))

const countOf = (list: readonly string[], wanted: string): number => list.filter((one) => one === wanted).length

describe('a network that torch.onnx has written', () => {
  it.each(cases.map(({ name }) => name))('%s computes what onnxruntime does, with every weight used', (name) => {
    const { shape, x, y } = caseOf(name)
    const used = new Set<string>()
    const model = modelOf(name).watched((one) => used.add(one))
    const source = opened(fromLayersModel(model, []))
    scope(() => {
      expectNumbers(lastOf(source, tensor([...x], [...shape])), y)
    })
    disposeSource(source)
    const weights = model.weights.filter((weight) => weight.shape.length > 0 && weight.shape.some((size) => size > 8))
    expect(weights.map((weight) => weight.name).filter((one) => !used.has(one))).toEqual([])
  })

  it.each(cases.flatMap(({ name, gradient }) => (gradient ? [name] : [])))('%s has the gradient of PyTorch', (name) => {
    const { shape, x, gradient } = caseOf(name)
    const source = opened(fromLayersModel(modelOf(name), []))
    scope(() => {
      const slope = grad((input: Tensor) => sum(square(lastOf(source, input))))
      expectNumbers(slope(tensor([...x], [...shape])), gradient ?? [])
    })
    disposeSource(source)
  })

  it.each([
    ['vit-timm', 2, []],
    ['vit-hugging-face', 1, []],
    ['vit-eager', 1, []],
    ['attention', 1, []],
    ['attention-weights', 1, []],
    ['bert', 2, []],
    ['bert-classifier', 2, []],
    ['vit-new', 2, []],
  ] as const)('%s has its attention as a layer, of which nothing is left beside it', (name, count) => {
    const source = opened(fromLayersModel(modelOf(name), []))
    const types = typesOf(source)
    expect(countOf(types, 'dotProductAttention')).toBe(count)
    expect(types.filter((one) => ['slice', 'permute', 'softmax', 'fixedAffine'].includes(one))).toEqual([])
    disposeSource(source)
  })

  it('splits channels by slices, and moves numbers where they are shuffled', () => {
    const source = opened(fromLayersModel(modelOf('shuffled'), []))
    const types = typesOf(source)
    expect([countOf(types, 'slice'), countOf(types, 'permute')]).toEqual([4, 3])
    disposeSource(source)
  })

  it('can be cut where a block of a transformer ends', () => {
    const model = modelOf('vit-timm')
    const ends = ['/blocks/blocks.0/Add_1', '/blocks/blocks.1/Add_1']
    expect(opened(cutPoints(model))).toEqual(expect.arrayContaining(ends))
    const source = opened(fromLayersModel(model, ends))
    expect(source.blocks.map(({ name }) => name).slice(0, 2)).toEqual(ends)
    expect(source.blocks[1]?.output([5, 8])).toEqual([5, 8])
    disposeSource(source)
  })
})

describe('a model with several inputs', () => {
  it('is refused with the numbers to give', () => {
    const found = fromLayersModel(modelOf('bert', {}), [])
    expect(E.isLeft(found) && found.left.message).toContain('decodeOnnx(file, { fixed: { "attention_mask": 1, "token_type_ids": 0 } })')
  }) // prettier-ignore

  it.each([
    [{ masks: 1 }, 'expected fixed to name inputs of the model, x, attention_mask, token_type_ids, got "masks"'],
    [{ attention_mask: NaN }, 'expected fixed.attention_mask to be a finite number, got NaN'],
  ])('and %o as fixed is refused', (fixed, message) => {
    const found = decodeOnnx({ name: 'x', bytes: onnxBytes('transformers/bert') }, { fixed })
    expect(E.isLeft(found) && found.left.message).toContain(message)
  })

  it('says which are always which number', () => {
    expect(modelOf('bert').facts['inputs that are always']).toBe('attention_mask: 1, token_type_ids: 0')
  })

  it('reads the numbers: other types of tokens add another vector, and a mask of zeros is refused', () => {
    const { shape, x, y } = caseOf('bert')
    const source = opened(fromLayersModel(modelOf('bert', { attention_mask: 1, token_type_ids: 1 }), []))
    scope(() => {
      const found = lastOf(source, tensor([...x], [...shape])).dataSync()
      expect(Math.max(...found.map((one, i) => Math.abs(one - (y[i] ?? 0))))).toBeGreaterThan(0.1)
    })
    disposeSource(source)
    const masked = fromLayersModel(modelOf('bert', { attention_mask: 0, token_type_ids: 0 }), [])
    expect(E.isLeft(masked) && masked.left.message).toContain('(Attention): expected a mask that lets every step read every step') // prettier-ignore
  })
})
