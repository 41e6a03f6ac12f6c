import { OptionError, ShapeError } from '@ptu/core'

import { labelsEach, sizeOf, type Dataset } from './dataset.ts'
import { quoted } from './errors.ts'

/**
 * Returns a data set as it is, or throws if it is not a valid one.
 *
 * Shape: whole numbers from 1. Features: finite bytes or floats, as many as whole examples take; tokens are places in
 * the vocabulary. Labels: an `Int32Array` of numbers below the count of classes, one for each example; if examples are
 * tagged, one for each step, and -1 only there. Classes, and the tokens of a vocabulary, are texts that differ.
 *
 * Takes time linear in the size of the set. Throws `ShapeError` for a shape or a count, `OptionError` for a value, with
 * the place of the first.
 *
 * @example
 * ```ts
 * const set = checkDataset({ shape: [1], features: Float32Array.of(3, 5), labels: Int32Array.of(0, 1), classes: ['a', 'b'] })
 * expect(countOf(set)).toBe(2)
 * expect(() => checkDataset({ ...set, labels: Int32Array.of(1, 2) })).toThrow('label 1 is 2, expected a class from 0 to 1')
 * ```
 */
export const checkDataset = (dataset: Dataset): Dataset => {
  checkForm(dataset)
  checkTexts('classes', dataset.classes)
  if (dataset.vocabulary !== undefined) checkTexts('tokens of the vocabulary', dataset.vocabulary)
  checkFeatures(dataset, 0, dataset.features.length)
  checkLabels(dataset, 0, dataset.labels.length)
  return dataset
}

/** Checks the kinds and counts of a data set and the values of some examples: linear in these, not in the set. */
export const checkExamples = (dataset: Dataset, indices: ArrayLike<number>): void => {
  checkForm(dataset)
  const [size, each] = [sizeOf(dataset.shape), labelsEach(dataset)]
  for (const index of Array.from(indices)) {
    checkFeatures(dataset, index * size, (index + 1) * size)
    checkLabels(dataset, index * each, (index + 1) * each)
  }
}

/** Names what a value is: `an Int32Array`, `a string`, `undefined`. */
const kindOf = (value: unknown): string => {
  if (typeof value !== 'object') return value === undefined ? 'undefined' : `a ${typeof value}`
  const name = Object.prototype.toString.call(value).slice(8, -1)
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`
}

/** A data set as it may come from callers without types, who do not keep what types promise. */
type Unchecked = Readonly<Record<keyof Dataset, unknown>>

const checkForm = (dataset: Dataset): void => {
  const { shape, features, labels, classes } = dataset as Unchecked
  if (!Array.isArray(shape) || shape.length === 0 || !shape.every((n) => Number.isSafeInteger(n) && n > 0))
    throw new ShapeError(`expected the shape of one example, such as [28, 28, 1], got ${textOf(shape)}`)
  if (!(features instanceof Uint8Array) && !(features instanceof Float32Array))
    throw new OptionError(
      `expected features as a Uint8Array or a Float32Array, got ${kindOf(features)}; Float32Array.from makes one`,
    )
  if (!(labels instanceof Int32Array))
    throw new OptionError(
      `expected labels as an Int32Array of class numbers, got ${kindOf(labels)}; give each example the place of its class ` +
        'in `classes`',
    )
  if (!Array.isArray(classes) || classes.length === 0)
    throw new OptionError(`expected classes as a list of at least one name, got ${textOf(classes)}`)
  checkCounts(dataset)
}

const textOf = (value: unknown): string => (Array.isArray(value) ? `[${value.map(String).join(', ')}]` : kindOf(value))

const checkCounts = (dataset: Dataset): void => {
  const { shape, features, labels, classes, tagged } = dataset
  const [size, each] = [sizeOf(shape), labelsEach(dataset)]
  const count = features.length / size
  const shown = `[${shape.join(', ')}]`
  if (!Number.isInteger(count))
    throw new ShapeError(
      `expected features for whole examples of ${shown} = ${String(size)} numbers, got ${String(features.length)} numbers`,
    )
  checkTargets(dataset, count)
  if (labels.length === count * each) return
  const oneHot =
    labels.length === count * classes.length ? '; of one-hot labels, give the place of the 1 in each row' : ''
  throw new ShapeError(
    tagged === true
      ? `expected ${String(count * each)} labels, one for each step of ${String(count)} examples of ${shown}, got ${String(labels.length)}`
      : `expected ${String(count)} labels, one for each example of ${shown}, got ${String(labels.length)}${oneHot}`,
  )
}

const checkTargets = ({ targets, classes, tagged }: Dataset, count: number): void => {
  if (targets === undefined) return
  const { values } = targets
  if (tagged === true || values.length !== count * classes.length)
    throw new ShapeError(
      `expected ${String(count * classes.length)} targets, ${String(classes.length)} for each of ${String(count)} examples, ` +
        `got ${String(values.length)}`,
    )
  const broken = values.findIndex((value) => !Number.isFinite(value))
  if (broken >= 0)
    throw new OptionError(`target ${String(broken)} is ${String(values[broken])}, expected a finite number`)
}

const checkTexts = (name: string, texts: readonly unknown[]): void => {
  const places = new Map<unknown, number>()
  texts.forEach((text, i) => {
    if (typeof text !== 'string')
      throw new OptionError(`expected ${name} to be texts, number ${String(i)} is ${kindOf(text)}`)
    const before = places.get(text)
    if (before !== undefined)
      throw new OptionError(
        `expected ${name} that differ, numbers ${String(before)} and ${String(i)} are both ${quoted(text)}`,
      )
    places.set(text, i)
  })
}

const checkFeatures = ({ shape, features, vocabulary }: Dataset, from: number, to: number): void => {
  // Every byte is a measurement; only tokens have a bound.
  if (vocabulary === undefined && features instanceof Uint8Array) return
  const tokens = vocabulary?.length
  for (let i = from; i < to; i++) {
    const value = features[i] as number
    if (tokens === undefined ? Number.isFinite(value) : value >= 0 && value < tokens && Number.isInteger(value))
      continue
    const size = sizeOf(shape)
    const place = `example ${String(Math.floor(i / size))}, number ${String(i % size)}`
    throw new OptionError(
      tokens === undefined
        ? `${place} is ${String(value)}, expected a finite number; leave the example out or fill it in`
        : `${place} is ${String(value)}, expected a token from 0 to ${String(tokens - 1)} of the vocabulary`,
    )
  }
}

const checkLabels = ({ labels, classes, tagged }: Dataset, from: number, to: number): void => {
  const least = tagged === true ? -1 : 0
  for (let i = from; i < to; i++) {
    const label = labels[i] as number
    if (label >= least && label < classes.length) continue
    throw new OptionError(
      `label ${String(i)} is ${String(label)}, expected a class from 0 to ${String(classes.length - 1)}` +
        (tagged === true ? ', or -1 at padding' : ''),
    )
  }
}
