import { key, uniforms } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { breaksOf, type ExampleShift } from './breaks.ts'
import { certaintyOf } from './certainty.ts'
import type { Classify } from './classifier.ts'
import { columnLeaning, columnSpans } from './column-leaning.ts'
import { occlusionMap, withCovered } from './heat-map.ts'
import { pictureLeaning } from './picture-leaning.ts'
import { tableShifts, textShifts, type RowShift } from './row-shifts.ts'

const [height, width] = [12, 12]

/** Pictures of noise with one bright corner cell where the label is 1. */
const pictures = (count: number): Dataset => {
  const noise = uniforms(key(1), count * height * width)
  return {
    shape: [height, width, 1],
    features: Uint8Array.from(noise, (u, i) => {
      const [example, pixel] = [Math.floor(i / (height * width)), i % (height * width)]
      const isCorner = Math.floor(pixel / width) < 3 && pixel % width < 3
      return isCorner && example % 2 === 1 ? 250 : 100 * u
    }),
    labels: Int32Array.from({ length: count }, (_, i) => i % 2),
    classes: ['plain', 'corner'],
  }
}

/** Reads the mean of the first 3 × 3 pixels and nothing else. */
const readsCorner: Classify = ({ features, labels }) => {
  const size = height * width
  return Promise.resolve(
    Float32Array.from(
      Array.from(labels.keys()).flatMap((example) => {
        let sum = 0
        for (let y = 0; y < 3; y++)
          for (let x = 0; x < 3; x++) sum += (features[example * size + y * width + x] ?? 0) / 9
        const p = 1 / (1 + Math.exp((120 - sum) / 20))
        return [1 - p, p]
      }),
    ),
  )
}

describe('a heat map by covering', () => {
  it('lies where the classifier reads, and nowhere else', async () => {
    const { rows, columns, values } = await occlusionMap(4)(readsCorner, { ...pictures(2), ...cut(pictures(2), 1) }, 1)
    expect([rows, columns]).toEqual([4, 4])
    expect(values[0]).toBeGreaterThan(0.8)
    expect(values.slice(1).every((value) => Math.abs(value) < 1e-6)).toBe(true)
  })

  it('is the mean over all squares that hold a cell: a third of a side each', async () => {
    const { values } = await occlusionMap(6)(readsCorner, { ...pictures(2), ...cut(pictures(2), 1) }, 1)
    const [corner = NaN, next = NaN] = [values[0], values[1]]
    // The corner is in one square of 2 x 2 cells; the cell beside it in that and in one that covers half of what is read.
    expect(corner).toBeGreaterThan(next)
    expect(next).toBeGreaterThan(corner / 2 - 0.01)
    expect(values.slice(18).every((value) => Math.abs(value) < 1e-6)).toBe(true)
  })

  it('covers by the mean colour of the picture, each channel its own', () => {
    const picture: Dataset = {
      shape: [1, 2, 3],
      features: Uint8Array.of(0, 10, 20, 100, 30, 20),
      labels: Int32Array.of(1),
      classes: ['a', 'b'],
    }
    const { features, labels } = withCovered(picture, 2, [[], [0, 1, 2, 3]])
    expect([...features]).toEqual([0, 10, 20, 100, 30, 20, 50, 20, 20, 50, 20, 20])
    expect([...labels]).toEqual([1, 1])
  })
})

const cut = ({ features, labels }: Dataset, place: number) => ({
  features: features.slice(place * height * width, (place + 1) * height * width),
  labels: labels.slice(place, place + 1),
})

describe('what a classifier leans on in pictures', () => {
  it('is checked against random covers, and tells how much lies at the edges', async () => {
    const examples = pictures(12)
    const probabilities = await readsCorner(examples)
    const request = { examples, names: [], probabilities, mapper: occlusionMap(4), side: 4, count: 12 }
    const { leaning, shown } = await pictureLeaning(key(0), readsCorner, request)
    expect(shown.labels).toHaveLength(12)
    expect(leaning.pictures.map(({ given }) => given).slice(0, 4)).toEqual(['plain', 'corner', 'plain', 'corner'])
    expect(leaning.edge).toMatchObject({ value: expect.closeTo(1, 5) as number, area: 0.75 })
    expect(leaning.most.value).toBeGreaterThan(0.4)
    expect(leaning.difference.value).toBeCloseTo(leaning.most.value - leaning.elsewhere.value, 10)
    expect(leaning.elsewhere.value).toBeLessThan(leaning.most.value / 2)
  })
})

/** Rows of three numbers and a category of two: the class is the sign of the second number. */
const rows: Dataset = {
  shape: [5],
  features: Float32Array.from(uniforms(key(2), 60 * 5), (u, i) =>
    i % 5 < 3 ? u - 0.5 : u < 0.5 === (i % 5 === 3) ? 1 : 0,
  ),
  labels: Int32Array.from({ length: 60 }, (_, i) => ((uniforms(key(2), 60 * 5)[i * 5 + 1] ?? 0) > 0.5 ? 1 : 0)),
  classes: ['low', 'high'],
}
const readsSecond: Classify = ({ features, labels }) =>
  Promise.resolve(
    Float32Array.from(
      Array.from(labels.keys()).flatMap((i) => ((features[i * 5 + 1] ?? 0) > 0 ? [0.1, 0.9] : [0.9, 0.1])),
    ),
  )
const spans = [...columnSpans(3, undefined), { name: 'colour', from: 3, length: 2 }]

describe('what a classifier leans on in rows', () => {
  it('is the column whose values it reads; the others are worth nothing', async () => {
    const right = rows.labels.length
    const found = await columnLeaning(key(0), readsSecond, rows, {
      ...{ spans, repeats: 3, right: Array.from({ length: right }, () => 1) },
    })
    const [first, ...others] = found.columns
    expect(first?.name).toBe('number 2')
    expect(first?.drop.value).toBeCloseTo(0.5, 0)
    expect(first?.drop.interval?.low).toBeGreaterThan(0.2)
    expect(others.map(({ drop }) => drop.value)).toEqual([0, 0, 0])
  })

  it('is told by the names of the columns of a table', () => {
    const columns = [
      { kind: 'number', name: 'age', mean: 3 },
      { kind: 'category', name: 'colour', categories: ['red', 'blue'] },
      { kind: 'number', name: 'size', mean: 1 },
    ] as const
    expect(columnSpans(4, { kind: 'table', label: 'kind', columns, missing: 'refuse' })).toEqual([
      { name: 'age', from: 0, length: 1 },
      { name: 'colour', from: 1, length: 2 },
      { name: 'size', from: 3, length: 1 },
    ])
  })
})

const changedBy = (shifts: readonly RowShift[], name: string, strength: number): Dataset => {
  const shift = shifts.find((one) => one.name === name)
  if (shift === undefined) throw new Error(`no shift is called ${name}`)
  return shift.change(key(0), rows, strength)
}

describe('changes of rows', () => {
  const normalisation = { mean: [1, 2, 3, 0, 0], deviation: [1, 2, 4, 1, 1] }
  it('put noise on numbers in their deviations, and leave categories', () => {
    const { features } = changedBy(tableShifts(spans, normalisation), 'noise', 1)
    const spread = (column: number): number => {
      const moved = Array.from(
        rows.labels,
        (_, i) => (features[i * 5 + column] ?? 0) - (rows.features[i * 5 + column] ?? 0),
      )
      return Math.sqrt(moved.reduce((sum, x) => sum + x * x, 0) / moved.length)
    }
    expect(spread(2) / spread(0)).toBeCloseTo(4, -0.5)
    expect([spread(3), spread(4)]).toEqual([0, 0])
  })

  it('leave cells out: numbers become their mean, categories none; words become 0', () => {
    const all = changedBy(tableShifts(spans, normalisation), 'missing cells', 1).features
    expect([...all.subarray(0, 5)]).toEqual([1, 2, 3, 0, 0])
    const words = changedBy(textShifts(columnSpans(5, undefined), normalisation), 'missing words', 1).features
    expect([...words.subarray(0, 5)]).toEqual([0, 0, 0, 0, 0])
    const none = changedBy(tableShifts(spans, normalisation), 'missing cells', 0).features
    expect([...none]).toEqual([...rows.features])
  })
})

describe('what breaks a classifier', () => {
  /** Flips the sign of the second number of a part of the rows. */
  const parts = [0, 0.02, 0.5, 0.8, 1]
  const flipping = (name: string, column: number): ExampleShift => ({
    name,
    words: (strength) => `flipped by ${strength}`,
    strengths: parts,
    change: (_, examples, severity) => ({
      ...examples,
      features: Float32Array.from(examples.features, (x, i) =>
        i % 5 === column && Math.floor(i / 5) % 16 < 16 * (parts[severity - 1] ?? 0) ? -x : x,
      ),
    }),
  })

  it('is told from the lowest severity whose loss is more than chance, the most harmful first', async () => {
    const shifts = [flipping('harmless', 0), flipping('harmful', 1)]
    const found = await breaksOf(readsSecond, { examples: rows, shifts, severities: [1, 2, 3, 5], seed: 0 })
    expect(found).toMatchObject({ count: 60, accuracy: 1 })
    expect(found.shifts.map(({ name, breaksAt }) => [name, breaksAt])).toEqual([
      ['harmful', 3],
      ['harmless', null],
    ])
    const drops = found.shifts[0]?.points.map(({ drop }) => drop.value) ?? []
    expect(drops[0]).toBe(0)
    expect(drops[3]).toBe(1)
  })
})

describe('how sure a classifier is', () => {
  /** A classifier of two classes that says 95 % and is right for three of four. */
  const tooSure = (count: number) => {
    const labels = Int32Array.from({ length: count }, (_, i) => (i % 4 === 0 ? 1 : 0))
    const probabilities = Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 0.95 : 0.05))
    return certaintyOf(key(0), probabilities, { ...rows, labels, features: new Float32Array(count * 5) })
  }

  it('is judged on examples that nothing was fitted to', () => {
    const { accuracy, calibration, temperature, selective, sets } = tooSure(200)
    expect(accuracy.value).toBe(0.75)
    expect(calibration.value).toBeCloseTo(0.2, 5)
    expect(calibration.interval?.low).toBeGreaterThan(0.1)
    expect(temperature?.value).toBeCloseTo(Math.log(19) / Math.log(3), 1)
    expect(temperature?.calibration.value).toBeLessThan(0.05)
    expect(selective).toMatchObject({ threshold: null, accuracy: null, coverage: { value: 0 } })
    expect(sets?.coverage.value).toBeGreaterThanOrEqual(0.9)
  })

  it('is not divided where there are too few examples', () => {
    expect(tooSure(12)).toMatchObject({ temperature: null, selective: null, sets: null })
  })
})
