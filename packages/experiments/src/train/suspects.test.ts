import { atOnce, key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { probeOn } from './probe.ts'
import { suspectsIn } from './suspects.ts'

/** Two clouds of 40 points in the plane, far apart; some labels are turned. */
const clouds = (wrong: readonly number[]) => {
  const noise = normals(key(3), 160)
  const labels = Int32Array.from({ length: 80 }, (_, i) => Math.floor(i / 40))
  const features = Float32Array.from(noise, (x, i) => x + (Math.floor(i / 2) < 40 ? -4 : 4))
  for (const i of wrong) labels[i] = 1 - (labels[i] ?? 0)
  return atOnce(
    probeOn(
      { shape: [2], features, labels, classes: ['a', 'b'] },
      { key: key(0), groups: undefined, folds: [] },
      () => 0,
    ),
  )
}

describe('labels that held-out predictions contradict', () => {
  it('are none where all are right', () => {
    expect(suspectsIn(clouds([]).candidate.judged)).toEqual([])
  })

  it('are those that were turned, with the class they are taken for', () => {
    const wrong = [5, 17, 60]
    const found = suspectsIn(clouds(wrong).candidate.judged)
    expect(found.map(({ example }) => example).toSorted((a, b) => a - b)).toEqual(wrong)
    for (const { example, given, taken, probability } of found) {
      expect([given, taken]).toEqual(example < 40 ? [1, 0] : [0, 1])
      expect(probability).toBeLessThan(0.1)
    }
    const probabilities = found.map(({ probability }) => probability)
    expect(probabilities).toEqual(probabilities.toSorted((a, b) => a - b))
  })

  it('are found among many wrong ones, of which predictions are less sure', () => {
    const wrong = [5, 17, 30, 44, 57]
    const found = suspectsIn(clouds(wrong).candidate.judged).map(({ example }) => example)
    expect(found.toSorted((a, b) => a - b)).toEqual(wrong)
  })

  it('are not those whose class has a probability of 0.1, or whose other class is less sure than usual', () => {
    const rows = [
      [0.09, 0.91], // given a, taken for b
      [0.11, 0.89],
      [0.08, 0.92],
      [0.3, 0.7], // b is usually as sure as (.7 + .98) / 2 = .84
      [0.02, 0.98],
      [Number.NaN, Number.NaN],
    ]
    const labels = Int32Array.of(0, 0, 0, 1, 1, 0)
    const found = suspectsIn({ probabilities: Float32Array.from(rows.flat()), labels, classes: 2 })
    expect(found.map(({ example }) => example)).toEqual([2, 0])
    const surer = suspectsIn({
      ...{ probabilities: Float32Array.from([...rows.slice(0, 3), [0.085, 0.915], [0.07, 0.93]].flat()), classes: 2 },
      labels: Int32Array.of(0, 0, 0, 1, 1),
    })
    expect(surer).toEqual([]) // .9225 on average
  })

  it('are not of a class that nothing is labelled as', () => {
    const probabilities = Float32Array.of(0.01, 0.99, 0.9, 0.1)
    expect(suspectsIn({ probabilities, labels: new Int32Array(2), classes: 2 })).toEqual([])
  })
})
