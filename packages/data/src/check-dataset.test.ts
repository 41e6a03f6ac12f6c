import { key } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { checkDataset } from './check-dataset.ts'
import type { Dataset } from './dataset.ts'
import { fewShot, splitStratified } from './draw.ts'
import { toTensors } from './normalise.ts'

const set: Dataset = {
  shape: [2],
  features: Float32Array.of(1, 2, 3, 4),
  labels: Int32Array.of(0, 1),
  classes: ['a', 'b'],
}

const tagged: Dataset = {
  shape: [2],
  features: Float32Array.of(2, 1, 3, 0),
  labels: Int32Array.of(0, 1, 1, -1),
  classes: ['a', 'b'],
  vocabulary: ['<padding>', '<unknown>', 'go', 'on'],
  tagged: true,
}

/** A data set as callers without types may give it. */
const unchecked = (changes: Readonly<Record<string, unknown>>): Dataset => ({ ...set, ...changes })

describe('checkDataset', () => {
  it('gives a data set back as it is', () => {
    expect(checkDataset(set)).toBe(set)
    expect(checkDataset(tagged)).toBe(tagged)
    const bytes = { ...set, features: Uint8Array.of(0, 255, 3, 4) }
    expect(checkDataset(bytes)).toBe(bytes)
    const none = { ...set, features: new Float32Array(0), labels: new Int32Array(0) }
    expect(checkDataset(none)).toBe(none)
  })

  it.each([
    ['labels that count from 1', { labels: Int32Array.of(1, 2) }, 'label 1 is 2, expected a class from 0 to 1'],
    ['-1', { labels: Int32Array.of(0, -1) }, 'label 1 is -1, expected a class from 0 to 1'],
    [
      'NaN among labels',
      { labels: Float32Array.of(0, NaN) },
      'expected labels as an Int32Array of class numbers, got a Float32Array',
    ],
    [
      'one-hot labels',
      { labels: Int32Array.of(1, 0, 0, 1) },
      'expected 2 labels, one for each example of [2], got 4; of one-hot labels, give the place of the 1 in each row',
    ],
    [
      'labels that are texts',
      { labels: ['a', 'b'] },
      'expected labels as an Int32Array of class numbers, got an Array',
    ],
    ['no labels', { labels: undefined }, 'expected labels as an Int32Array of class numbers, got undefined'],
    ['too few labels', { labels: Int32Array.of(0) }, 'expected 2 labels, one for each example of [2], got 1'],
    [
      'too few features',
      { features: Float32Array.of(1, 2, 3) },
      'expected features for whole examples of [2] = 2 numbers, got 3 numbers',
    ],
    ['NaN', { features: Float32Array.of(1, 2, 3, NaN) }, 'example 1, number 1 is NaN, expected a finite number'],
    ['Infinity', { features: Float32Array.of(1, -Infinity, 3, 4) }, 'example 0, number 1 is -Infinity'],
    [
      'doubles',
      { features: Float64Array.of(1, 2, 3, 4) },
      'expected features as a Uint8Array or a Float32Array, got a F',
    ],
    ['features in lists', { features: [1, 2, 3, 4] }, 'got an Array; Float32Array.from makes one'],
    ['a shape of zero', { shape: [2, 0] }, 'expected the shape of one example, such as [28, 28, 1], got [2, 0]'],
    ['no axis', { shape: [] }, 'expected the shape of one example, such as [28, 28, 1], got []'],
    ['half an entry', { shape: [0.5] }, 'got [0.5]'],
    ['a shape that is a number', { shape: 2 }, 'such as [28, 28, 1], got a number'],
    ['no class', { classes: [] }, 'expected classes as a list of at least one name, got []'],
    ['a class twice', { classes: ['a', 'a'] }, 'expected classes that differ, numbers 0 and 1 are both "a"'],
    ['a class that is no text', { classes: ['a', 1] }, 'expected classes to be texts, number 1 is a number'],
    [
      'a token twice',
      { vocabulary: ['p', 'p'] },
      'expected tokens of the vocabulary that differ, numbers 0 and 1 are both "p"',
    ],
    [
      'a token beyond the vocabulary',
      { vocabulary: ['p', 'u', 'a', 'b'] },
      'example 1, number 1 is 4, expected a token from 0 to 3 of the vocabulary',
    ],
    ['half a token', { vocabulary: ['p', 'u'], features: Float32Array.of(0, 1, 0.5, 0) }, 'example 1, number 0 is 0.5'],
    ['a token below 0', { vocabulary: ['p', 'u'], features: Float32Array.of(-1, 1, 0, 0) }, 'number 0 is -1'],
  ])('refuses %s', (_, changes, message) => {
    expect(() => checkDataset(unchecked(changes))).toThrow(message)
  })

  it('takes class names that objects have as fields', () => {
    const named = { ...set, classes: ['constructor', '__proto__', 'toString', 'length'] }
    expect(checkDataset(named)).toBe(named)
  })

  it('counts labels by step where examples are tagged', () => {
    expect(() => checkDataset({ ...tagged, labels: Int32Array.of(0, 1) })).toThrow(
      'expected 4 labels, one for each step of 2 examples of [2], got 2',
    )
    expect(() => checkDataset({ ...tagged, labels: Int32Array.of(0, 1, 1, -2) })).toThrow(
      'label 3 is -2, expected a class from 0 to 1, or -1 at padding',
    )
    expect(() => checkDataset({ ...tagged, labels: Int32Array.of(0, 2, 1, -1) })).toThrow('label 1 is 2')
  })
})

describe('the functions that take a data set', () => {
  const bad = { ...set, labels: Int32Array.of(1, 2) }

  it('refuse one that is none', () => {
    expect(() => fewShot(key(0), bad, 1)).toThrow('label 1 is 2')
    expect(() => splitStratified(key(0), bad)).toThrow('label 1 is 2')
    expect(() => toTensors(bad, { mean: 0, deviation: 1 })).toThrow('label 1 is 2')
  })

  it('look at the examples of a batch alone', () => {
    const { x, y } = toTensors(bad, { mean: 0, deviation: 1 }, [0])
    expect(y.arraySync()).toEqual([[0, 1]])
    x.dispose()
    y.dispose()
    const nan = { ...set, features: Float32Array.of(1, 2, 3, NaN) }
    expect(() => toTensors(nan, { mean: 0, deviation: 1 }, [0, 1])).toThrow('example 1, number 1 is NaN')
  })
})
