import { key } from '@ptu/core'
import { countOf, type Dataset } from '@ptu/data'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { right } from '../../tests/right.ts'
import { chooseLength, stepsFor, usualEpochs, type ChosenLength } from './source-length.ts'

const few = blobs(key(0), 50)

const many = (count: number): Dataset => ({
  ...few,
  labels: new Int32Array(count),
  features: new Float32Array(4 * count),
})

/** The length that is chosen where a try of so many steps is so accurate, and the tries. */
const chosen = async (
  accuracies: Readonly<Record<number, number>>,
  train = few,
): Promise<ChosenLength & { readonly tried: readonly number[] }> => {
  const tried: number[] = []
  const found = await chooseLength(0, train, (_parts, steps) => {
    tried.push(steps)
    return TE.right({ accuracy: accuracies[steps] ?? 0, chance: 0.5 })
  })()
  return { ...right(found), tried }
}

describe('the length of a training', () => {
  it('is two epochs of many data', () => {
    expect(usualEpochs(many(128 * 150))).toBe(2)
    expect(stepsFor(2, many(128 * 150))).toBe(300)
    expect(usualEpochs(many(128 * 149))).toBeNull()
  })

  it('is at least one step', () => {
    expect(stepsFor(0.001, few)).toBe(1)
  })

  it('of few data is the first after which the network is clearly above chance', async () => {
    expect(await chosen({ 300: 0.95, 1200: 1 })).toMatchObject({ steps: 300, tried: [300] })
    expect(await chosen({ 300: 0.55, 1200: 0.9, 4800: 1 })).toMatchObject({ steps: 1200, tried: [300, 1200] })
  })

  it('is the one that validation prefers where none is above chance, the shorter among equals', async () => {
    expect(await chosen({ 300: 0.5, 1200: 0.55, 4800: 0.52 })).toMatchObject({ steps: 1200, tried: [300, 1200, 4800] })
    expect(await chosen({ 300: 0.5, 1200: 0.5, 4800: 0.5 })).toMatchObject({ steps: 300 })
  })

  it('is the first that is right in all cases, of data too few to be told from chance', async () => {
    expect(await chosen({ 300: 0.5, 1200: 1 }, blobs(key(0), 4))).toMatchObject({ steps: 1200, tried: [300, 1200] })
  })

  it('is judged on a fifth of the data, which is not trained on', async () => {
    await chooseLength(0, few, ({ train, validation }) => {
      expect([countOf(train), countOf(validation)]).toEqual([80, 20])
      const rows = (set: Dataset): readonly string[] =>
        Array.from({ length: countOf(set) }, (_, i) => set.features.slice(4 * i, 4 * i + 4).join())
      expect(rows(train).filter((row) => rows(validation).includes(row))).toEqual([])
      return TE.right({ accuracy: 1, chance: 0.5 })
    })()
  })

  it('is 300 steps where there is nothing to hold back', async () => {
    const { steps, tried, why } = await chosen({}, blobs(key(0), 1))
    expect([steps, tried]).toEqual([300, []])
    expect(why).toContain('too few')
  })
})
