import { key, normals, uniforms } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { breaksOf, ofRows, pictureShifts } from './breaks.ts'
import { certaintyOf } from './certainty.ts'
import type { Classify } from './classifier.ts'
import { columnLeaning } from './column-leaning.ts'
import { occlusionMap, occlusionPasses, withCovered } from './heat-map.ts'
import { passesEach, pictureLeaning } from './picture-leaning.ts'
import { rightOf } from './right.ts'
import { tableShifts, textShifts } from './row-shifts.ts'

/** A document with five decimals of each number, as its golden has it. */
const rounded = (value: unknown): string =>
  `${JSON.stringify(value, (_, member: unknown) => (typeof member === 'number' ? Number(member.toFixed(5)) : member), 1)}\n`

const golden = (name: string): string => new URL(`../../fixtures/explained/${name}.json`, import.meta.url).pathname

const softmax = (logits: readonly number[]): readonly number[] => {
  const powers = logits.map((logit) => Math.exp(logit))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / sum)
}

/** A classifier whose logits are linear in the numbers of an example. */
const linear =
  (seed: number, scale: number): Classify =>
  ({ features, labels, classes }) => {
    const size = features.length / labels.length
    const weights = normals(key(seed), size * classes.length)
    const logits = (example: number): readonly number[] =>
      classes.map((_, c) =>
        Array.from(features.subarray(example * size, (example + 1) * size)).reduce(
          (sum, x, i) => sum + scale * x * (weights[c * size + i] ?? 0),
          0,
        ),
      )
    return Promise.resolve(Float32Array.from(Array.from(labels.keys()).flatMap((example) => softmax(logits(example)))))
  }

/** Examples whose labels are often those that a linear classifier names. */
const labelled = async (examples: Dataset, classify: Classify, right: number): Promise<Dataset> => {
  const { length } = examples.classes
  const probabilities = await classify(examples)
  const luck = uniforms(key(9), examples.labels.length)
  const labels = Int32Array.from(examples.labels, (_, i) => {
    const own = probabilities.subarray(i * length, (i + 1) * length)
    const named = own.indexOf(own.reduce((a, b) => Math.max(a, b)))
    return (luck[i] ?? 0) < right ? named : (named + 1) % length
  })
  return { ...examples, labels }
}

const rowsOf = (count: number): Dataset => ({
  shape: [6],
  features: Float32Array.from(normals(key(3), count * 6)),
  labels: new Int32Array(count),
  classes: ['a', 'b', 'c'],
})

const spans = [
  ...[0, 1, 2].map((from) => ({ name: `n${from}`, from, length: 1 })),
  { name: 'kind', from: 3, length: 3 },
]

const pictures = (count: number): Dataset => ({
  shape: [10, 14, 3],
  features: Uint8Array.from(uniforms(key(4), count * 10 * 14 * 3), (u) => 255 * u),
  labels: new Int32Array(count),
  classes: ['a', 'b'],
})

describe('the numbers of an explanation', () => {
  it('of how sure a classifier is are those of its key, with and without enough examples', async () => {
    const classify = linear(1, 1)
    const found = async (count: number) => {
      const examples = await labelled(rowsOf(count), classify, 0.7)
      return certaintyOf(key(5), await classify(examples), examples)
    }
    const [many, enough, few] = [await found(173), await found(20), await found(19)]
    expect(many.curve).toHaveLength(60)
    expect([few.temperature, few.selective, few.sets]).toEqual([null, null, null])
    expect(few.curve).toHaveLength(19)
    await expect(rounded({ many, enough, few })).toMatchFileSnapshot(golden('certainty'))
  })

  it('of one class have nothing that was fitted to it alone', async () => {
    const examples = { ...rowsOf(40), labels: new Int32Array(40) }
    const { temperature, selective, sets } = certaintyOf(key(5), await linear(1, 1)(examples), examples)
    expect([temperature, selective, sets]).toEqual([null, null, null])
  })

  it('of probabilities that are 0 are finite', () => {
    const examples = { ...rowsOf(20), labels: Int32Array.from({ length: 20 }, (_, i) => i % 2) }
    const probabilities = Float32Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 1 : 0))
    const { negativeLogLikelihood } = certaintyOf(key(5), probabilities, examples)
    expect(negativeLogLikelihood).toBeCloseTo(-Math.log(1e-15) / 2, 3)
  })

  it('of columns are those of its key', async () => {
    const classify = linear(1, 1)
    const examples = await labelled(rowsOf(60), classify, 0.9)
    const right = rightOf(await classify(examples), examples)
    const found = await columnLeaning(key(6), classify, examples, { spans, repeats: 3, right })
    expect(found).toMatchObject({ method: 'shuffling each column 3 times', left: 0 })
    await expect(rounded(found)).toMatchFileSnapshot(golden('columns'))
  })

  it('of more than 300 columns leave the others out', async () => {
    const many = Array.from({ length: 302 }, (_, i) => ({ name: `n${i}`, from: i % 6, length: 1 }))
    const examples = rowsOf(2)
    const classify: Classify = () => Promise.resolve(Float32Array.of(1, 0, 0, 1, 0, 0))
    const found = await columnLeaning(key(6), classify, examples, { spans: many, repeats: 1, right: [1, 1] })
    expect([found.columns.length, found.left]).toEqual([300, 2])
  })

  it('of changed rows are those of its key, sixteen rows at a time', async () => {
    const classify = linear(1, 1)
    const examples = await labelled(rowsOf(40), classify, 0.9)
    const normalisation = { mean: [1, 2, 3, 4, 5, 6], deviation: [1, 2, 3, 1, 1, 1] }
    const shifts = ofRows([...tableShifts(spans, normalisation), ...textShifts(spans, normalisation)])
    const sizes = new Set<number>()
    const counted: Classify = (some) => {
      sizes.add(some.labels.length)
      return classify(some)
    }
    const found = await breaksOf(counted, { examples, shifts, severities: [1, 2, 3, 4, 5], seed: 7 })
    expect([...sizes]).toEqual([40, 16, 8])
    await expect(rounded(found)).toMatchFileSnapshot(golden('rows'))
  })

  it('of changed pictures are those of its key', async () => {
    const classify = linear(2, 0.0003)
    const examples = await labelled(pictures(20), classify, 1)
    const some = pictureShifts.slice(0, 3)
    const found = await breaksOf(classify, { examples, shifts: some, severities: [1, 3], seed: 7 })
    await expect(rounded(found)).toMatchFileSnapshot(golden('changed-pictures'))
  })

  it('of pictures are those of its key', async () => {
    const classify = linear(2, 0.0003)
    const examples = await labelled(pictures(9), classify, 0.7)
    const request = {
      ...{ examples, names: ['zero', 'one'], probabilities: await classify(examples) },
      ...{ mapper: occlusionMap(5), side: 5, count: 6 },
    }
    const { leaning, shown } = await pictureLeaning(key(8), classify, request)
    expect(shown.labels).toHaveLength(6)
    await expect(rounded(leaning)).toMatchFileSnapshot(golden('pictures'))
  })
})

describe('the pictures that are looked at', () => {
  it('are of each class in turn, and their cost is known beforehand', async () => {
    const examples = { ...pictures(12), labels: Int32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1) }
    const classify = linear(2, 0.0003)
    let passes = 0
    const counted: Classify = (some) => {
      passes += some.labels.length
      return classify(some)
    }
    const request = { examples, names: [], probabilities: await classify(examples), mapper: occlusionMap(4), side: 4 }
    const { leaning, shown } = await pictureLeaning(key(8), counted, { ...request, count: 5 })
    expect([...shown.labels]).toEqual([0, 1, 0, 1, 0])
    expect(leaning.pictures.every(({ name }) => /^picture (1[0-2]?|[1-9])$/.test(name))).toBe(true)
    expect(passes).toBe(5 * passesEach(4))
  })

  it('are compared with the same shape elsewhere: three covers of as many cells, moved together', async () => {
    const [side, cells] = [6, 36]
    const blank: Dataset = {
      ...{ shape: [side, side, 1], labels: Int32Array.of(1), classes: ['a', 'b'] },
      features: Uint8Array.from({ length: cells }, (_, i) => (i % 2 === 0 ? 0 : 2)),
    }
    const values = Array.from({ length: cells }, (_, i) => (i === 0 || i === 7 ? 2 : i < 8 ? 1 : -1))
    const asked: Dataset[] = []
    const classify: Classify = (some) => {
      asked.push(some)
      return Promise.resolve(Float32Array.from(Array.from(some.labels).flatMap((_, i) => [1 - i / 8, i / 8])))
    }
    const mapper = () => Promise.resolve({ rows: side, columns: side, values })
    const request = { examples: blank, names: [], probabilities: Float32Array.of(0.2, 0.8), mapper, side, count: 1 }
    const { leaning } = await pictureLeaning(key(8), classify, request)
    const [copies] = asked
    const covered = Array.from({ length: 5 }, (_, copy) =>
      Array.from({ length: cells }, (_unused, i) => i).filter((i) => copies?.features[copy * cells + i] === 1),
    )
    expect(covered.map(({ length }) => length)).toEqual([0, 8, 8, 8, 8])
    const fifth = [0, 1, 2, 3, 4, 5, 6, 7]
    expect(covered[1]).toEqual(fifth)
    for (const other of covered.slice(2)) {
      const moves = Array.from({ length: cells }, (_, offset) => offset).filter((offset) => {
        const moved = fifth.map((cell) => {
          const row = (Math.floor(cell / side) + Math.floor(offset / side)) % side
          return row * side + ((cell + offset) % side)
        })
        return moved.toSorted((a, b) => a - b).join() === other.join()
      })
      expect(moves.every((offset) => offset > 0) && moves.length > 0).toBe(true)
    }
    // The copies have probabilities 0, 1/8, 2/8, 3/8 and 4/8.
    expect([leaning.most.value, leaning.elsewhere.value]).toEqual([-1 / 8, -3 / 8])
    expect(leaning.edge).toMatchObject({ value: 8 / 10, area: expect.closeTo(20 / 36, 12) as number })
    expect(leaning.pictures[0]).toMatchObject({ given: 'b', taken: 'b', name: 'picture 1' })
    expect(leaning.pictures[0]?.confidence).toBeCloseTo(0.8, 6)
  })

  it('have no part at the edges where nothing is leant on', async () => {
    const examples = { ...pictures(2), labels: Int32Array.of(0, 1) }
    const classify: Classify = ({ labels }) => Promise.resolve(new Float32Array(2 * labels.length).fill(0.5))
    const request = { examples, names: [], probabilities: await classify(examples), mapper: occlusionMap(2), side: 2 }
    const { leaning } = await pictureLeaning(key(8), classify, { ...request, count: 2 })
    expect(leaning.edge).toEqual({ value: 0, interval: null, area: 1 })
  })
})

describe('covering a picture', () => {
  it('takes a pass for each square of a third of the side, and one for the whole', () => {
    expect([1, 2, 3, 4, 5, 6, 8].map(occlusionPasses)).toEqual([2, 5, 10, 17, 17, 26, 37])
  })

  it('hides the pixels of cells, whatever the shape of the picture', () => {
    const picture: Dataset = {
      shape: [2, 4, 1],
      features: Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 71),
      labels: Int32Array.of(1),
      classes: ['a', 'b'],
    }
    const rowOf = (cells: readonly number[]) => [...withCovered(picture, 2, [cells]).features]
    expect(rowOf([0])).toEqual([35, 35, 20, 30, 40, 50, 60, 71])
    expect(rowOf([1])).toEqual([0, 10, 35, 35, 40, 50, 60, 71])
    expect(rowOf([2, 3])).toEqual([0, 10, 20, 30, 35, 35, 35, 35])
  })

  it('gives a cell the mean drop over the squares that hold it', async () => {
    // Of a classifier that reads the first pixel of nine: only the square of one cell there lowers it.
    const picture: Dataset = {
      shape: [3, 3, 1],
      features: Uint8Array.of(90, 0, 0, 0, 0, 0, 0, 0, 0),
      labels: Int32Array.of(0),
      classes: ['a', 'b'],
    }
    const classify: Classify = ({ features, labels }) =>
      Promise.resolve(
        Float32Array.from(
          Array.from(labels).flatMap((_, i) => [(features[9 * i] ?? 0) / 100, (features[9 * i + 4] ?? 0) / 100]),
        ),
      )
    const first = await occlusionMap(3)(classify, picture, 0)
    expect(first.values).toEqual([expect.closeTo(0.8, 6), 0, 0, 0, 0, 0, 0, 0, 0])
    const second = await occlusionMap(3)(classify, picture, 1)
    expect(second.values).toEqual([0, 0, 0, 0, expect.closeTo(-0.1, 6), 0, 0, 0, 0])
  })
})

describe('changes of rows', () => {
  it('have words and strengths for each severity', () => {
    const normalisation = { mean: 0, deviation: 1 }
    const [noise, missing] = tableShifts(spans, normalisation)
    expect(noise?.strengths.map((strength) => noise.words(strength))).toEqual(
      [10, 25, 50, 100, 200].map((part) => `noise of ${part} % of each number's deviation`),
    )
    expect(missing?.strengths.map((strength) => missing.words(strength))).toEqual(
      [10, 20, 30, 50, 70].map((part) => `${part} % of the cells missing`),
    )
    expect(tableShifts([{ name: 'kind', from: 0, length: 2 }], normalisation).map(({ name }) => name)).toEqual([
      'missing cells',
    ])
    expect(textShifts(spans, normalisation).map(({ name }) => name)).toEqual(['missing words'])
  })
})
