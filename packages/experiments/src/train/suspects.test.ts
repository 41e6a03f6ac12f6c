import { key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { probeOn } from './probe.ts'
import { suspectsIn } from './suspects.ts'

/** Two clouds of 40 points in the plane, far apart; some labels are turned. */
const clouds = (wrong: readonly number[]) => {
  const noise = normals(key(3), 160)
  const labels = Int32Array.from({ length: 80 }, (_, i) => Math.floor(i / 40))
  const features = Float32Array.from(noise, (x, i) => x + (Math.floor(i / 2) < 40 ? -4 : 4))
  for (const i of wrong) labels[i] = 1 - (labels[i] ?? 0)
  return probeOn({ shape: [2], features, labels, classes: ['a', 'b'] }, key(0), undefined, () => 0)
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
      expect(probability).toBeLessThan(0.02)
    }
    const probabilities = found.map(({ probability }) => probability)
    expect(probabilities).toEqual(probabilities.toSorted((a, b) => a - b))
  })

  it('are not those where no other class is probable, or where nothing was predicted', () => {
    const rows = [
      [0.019, 0.981],
      [0.021, 0.979],
      [0.01, 0.49],
      [Number.NaN, Number.NaN],
    ]
    const probabilities = Float32Array.from(rows.flat())
    expect(suspectsIn({ probabilities, labels: new Int32Array(4), classes: 2 }).map(({ example }) => example)).toEqual([0])
  })
})
