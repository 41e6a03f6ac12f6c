import { readFileSync } from 'node:fs'

import { recombined } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { blurred } from './blur.ts'
import { turned } from './image-shifts.ts'
import { compressed, tablesAt } from './jpeg.ts'
import { areaUnderRoc } from './area-under-roc.ts'
import { energyScores, mahalanobisScores, maxSoftmaxScores, neighbourScores } from './out-of-distribution.ts'

interface Golden {
  readonly logits: readonly number[]
  readonly classes: number
  readonly image: Readonly<Record<'height' | 'width', number>> & Readonly<Record<'pixels' | 'other', readonly number[]>>
  readonly blurred: readonly number[]
  readonly turned: readonly number[]
  readonly jpeg: Readonly<Record<string, readonly number[]>>
  readonly recombined: readonly number[]
  readonly features: { readonly size: number } & Readonly<Record<'values' | 'labels' | 'strange', readonly number[]>>
  readonly mahalanobis: readonly number[]
  readonly neighbours: readonly number[]
  readonly energy: readonly number[]
  readonly maxSoftmax: readonly number[]
  readonly usual: readonly number[]
  readonly odd: readonly number[]
  readonly roc: number
}

const golden = JSON.parse(readFileSync(new URL('../../fixtures/uncertainty.json', import.meta.url), 'utf8')) as Golden

const { height, width } = golden.image
const size = { height, width, channels: 3 }
const pixels = Uint8Array.from(golden.image.pixels)

/** The largest difference between two lists of numbers. */
const apart = (found: ArrayLike<number>, expected: readonly number[]): number => {
  expect(found).toHaveLength(expected.length)
  return Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? NaN))))
}

describe('images of other libraries', () => {
  it('SciPy blurs them alike', () => {
    expect(apart(blurred(pixels, size, 1.3), golden.blurred)).toBeLessThan(1e-9)
  })

  it('SciPy turns them alike', () => {
    expect(apart(turned(pixels, size, 20), golden.turned)).toBeLessThan(1e-9)
  })

  it('Pillow compresses them alike, up to the rounding of its whole-number transform', () => {
    for (const [quality, expected] of Object.entries(golden.jpeg)) {
      const found = compressed(pixels, size, Number(quality))
      const mean = expected.reduce((sum, value, i) => sum + Math.abs(value - (found[i] ?? NaN)), 0) / expected.length
      expect(mean, quality).toBeLessThan(0.5)
    }
  })

  it('Pillow divides by the same tables at every quality', () => {
    const path = new URL('../../fixtures/jpeg-tables.json', import.meta.url)
    const { tables } = JSON.parse(readFileSync(path, 'utf8')) as { readonly tables: Readonly<Record<string, unknown>> }
    expect(Object.keys(tables)).toHaveLength(5)
    for (const [quality, expected] of Object.entries(tables))
      expect(tablesAt(Number(quality)), quality).toEqual(expected)
  })

  it('NumPy recombines phase and amplitude alike', () => {
    expect(apart(recombined(pixels, golden.image.other, size), golden.recombined)).toBeLessThan(1e-9)
  })
})

const rows = (values: readonly number[], width: number) => ({ values: Float64Array.from(values), size: width })

describe('scores of strangeness of other libraries', () => {
  it('SciPy gives the same energy and largest probability', () => {
    const logits = rows(golden.logits, golden.classes)
    expect(apart(energyScores(logits, 2), golden.energy)).toBeLessThan(1e-12)
    expect(apart(maxSoftmaxScores(logits), golden.maxSoftmax)).toBeLessThan(1e-12)
  })

  it('NumPy and scikit-learn give the same distances', () => {
    const { size: width, values, labels, strange } = golden.features
    const labelled = { ...rows(values, width), labels: Int32Array.from(labels), classes: 3 }
    expect(apart(mahalanobisScores(labelled, rows(strange, width)), golden.mahalanobis)).toBeLessThan(1e-9)
    expect(apart(neighbourScores(labelled, rows(strange, width), 3), golden.neighbours)).toBeLessThan(1e-12)
  })

  it('scikit-learn gives the same area under the ROC curve, ties included', () => {
    const found = areaUnderRoc(Float64Array.from(golden.usual), Float64Array.from(golden.odd))
    expect(found).toBeCloseTo(golden.roc, 12)
  })
})
