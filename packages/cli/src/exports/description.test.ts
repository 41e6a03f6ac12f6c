import type { ModelFacts } from '@ptu/experiments'
import { describe, expect, it } from 'vitest'

import {
  documentOf,
  inputName,
  inputShape,
  inputWords,
  labelLines,
  metadataOf,
  normalisationWords,
} from './description.ts'

const facts: ModelFacts = {
  ...{ format: 'ptu-model/2', spec: {}, blocks: ['head'], shape: [8, 6, 3], vocabulary: null, classes: ['a', 'b'] },
  image: { size: [8, 6], channels: 3, fit: 'crop' },
  normalisation: { mean: 127.5, deviation: [120, 121, 122] },
  ...{ method: 'ptu', rate: 1e-3, seed: 0, steps: 5, sourceData: null, targetData: '', accuracy: null, gates: [] },
}
const rows: ModelFacts = {
  ...{ ...facts, image: null, shape: [2] },
  encoding: { kind: 'text', label: 'l', text: 't', unit: 'word', vocabulary: ['x', 'y'] },
}
const tokens: ModelFacts = { ...facts, image: null, shape: [40], vocabulary: ['x'] }
const plain: ModelFacts = { ...facts, image: null }

describe('the input of an export', () => {
  it('is named by what it is', () => {
    expect([facts, rows, tokens, plain].map(inputName)).toEqual(['pixels', 'features', 'tokens', 'pixels'])
    expect(inputName({ ...facts, shape: [48] })).toBe('pixels')
  })

  it('has its channels last, or first where it is an image', () => {
    expect([inputShape(facts, 'nhwc'), inputShape(facts, 'nchw'), inputShape(rows, 'nchw')]).toEqual([
      ...[[8, 6, 3], [3, 8, 6], [2]],
    ])
  })

  it('is told in words', () => {
    const picture = (changes: Partial<NonNullable<ModelFacts['image']>>): string =>
      inputWords({ ...facts, image: { size: [8, 6], channels: 3, fit: 'crop', ...changes } })
    const end = 'bilinear, smoothed where it shrinks; transparent parts on white'
    expect(picture({})).toBe(
      `a picture of 8 × 6 pixels, red, green, blue, resized until it covers that size, and the middle cut out; ${end}`,
    )
    expect(picture({ channels: 1, fit: 'pad', shorter: 9 })).toBe(
      `a picture of 8 × 6 pixels, grey, resized to fit in that size, with a border around it (the shorter side first becomes 9); ${end}`,
    )
    expect(picture({ fit: 'squash', background: [1, 2, 3] })).toContain('whatever its shape; ')
    expect(picture({ background: [1, 2, 3] })).toContain('transparent parts on 1, 2, 3')
    expect(inputWords(rows)).toContain('; export.json says how they become 2 numbers')
    expect(inputWords(tokens)).toContain('the places of 40 tokens in the vocabulary of export.json')
    expect(inputWords(plain)).toBe('8 × 6 × 3 numbers in the form that the training data have')
  })

  it('is normalised as it was in training', () => {
    expect(normalisationWords(facts)).toBe('(x - mean) / deviation with mean 127.5 and deviation [120,121,122]')
  })
})

describe('what lies beside an export', () => {
  it('has the classes and the way to the input, in the metadata and in a document', () => {
    expect(Object.keys(metadataOf(facts))).toEqual(['labels', 'input', 'image', 'method', 'ptu'])
    expect(Object.keys(metadataOf(rows))).toEqual(['labels', 'input', 'encoding', 'method', 'ptu'])
    expect(metadataOf(tokens)).toMatchObject({ labels: '["a","b"]', vocabulary: '["x"]', method: 'ptu' })
    expect(JSON.parse(documentOf(rows, { more: 1 }))).toMatchObject({
      ...{ schema: 'ptu-export/1', method: 'ptu', labels: ['a', 'b'], image: null, vocabulary: null, more: 1 },
      ...{ encoding: { kind: 'text' }, normalisation: { mean: 127.5 } },
    })
    expect(documentOf(facts, {})).toMatch(/^\{\n {2}"schema"[^]*"encoding": null[^]*\}\n$/)
  })

  it('has a class a line, without characters that would break it', () => {
    expect(labelLines({ ...facts, classes: ['cat', 'small\ndog', 'x\u2028y\u0007'] })).toBe('cat\nsmall dog\nx y \n')
  })
})
