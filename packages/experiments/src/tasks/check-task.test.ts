import { fewShot, type Dataset } from '@ptu/data'
import { divideForSearch } from '@ptu/trainer'
import * as E from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it } from 'vitest'

import { messageIn, rightOf } from '../../tests/small-network.ts'
import type { PreparedSource } from '../sources/source.ts'
import { checkTask, type TaskQuestion } from './check-task.ts'
import { keysOf } from './few-shot-task.ts'

/** Six different examples of one class, and six of another of which four are copies. */
const train: Dataset = {
  shape: [1],
  features: Uint8Array.of(0, 1, 2, 3, 4, 5, 50, 50, 50, 50, 51, 52),
  labels: Int32Array.from({ length: 12 }, (_, i) => Number(i >= 6)),
  classes: ['common', 'rare'],
}
const source = { input: { shape: [1] }, title: 'a source' } as unknown as PreparedSource

const checked = (question: Partial<TaskQuestion>): ReturnType<typeof checkTask> =>
  checkTask({ target: 'data.csv', shots: 3, seeds: [0], validates: true, ...question }, source, { train })

/** Tells whether a search of this seed has nothing to validate on but copies of what it trains on. */
const isStuck = (seed: number): boolean => {
  const { draw, training } = keysOf(seed)
  return E.isLeft(divideForSearch(training, rightOf(fewShot(draw, train, 3))))
}

describe('the check of a task', () => {
  const seeds = Array.from({ length: 60 }, (_, seed) => seed)
  const stuck = seeds.filter(isStuck)
  const fine = seeds.filter((seed) => !isStuck(seed))
  beforeAll(() => {
    expect(stuck.length).toBeGreaterThan(12)
    expect(fine.length).toBeGreaterThan(20)
  })

  it('looks at the draws of all seeds, and names those that cannot be divided for a search', () => {
    const [one = NaN, two = NaN] = stuck
    expect(E.isRight(checked({ seeds: fine }))).toBe(true)
    expect(messageIn(checked({ seeds: [...fine, one] }))).toMatch(
      new RegExp(
        `^data.csv: expected 2 examples of class rare to validate on .* raise --shots .*; so it is with seed ${one}$`,
      ),
    )
    expect(messageIn(checked({ seeds: [one, ...fine, two] }))).toMatch(`so it is with seeds ${one}, ${two}`)
  })

  it('names ten seeds at the most, and none where it is so with all', () => {
    const many = stuck.slice(0, 12)
    expect(messageIn(checked({ seeds: [...many, ...fine] }))).toMatch(/so it is with seeds (\d+, ){9}\d+ and 2 more$/)
    expect(messageIn(checked({ seeds: stuck }))).toMatch(/methods that search$/)
  })

  it('needs no division where no method searches, and says of a class that is too small so once', () => {
    expect(E.isRight(checked({ seeds: stuck, validates: false }))).toBe(true)
    for (const validates of [true, false])
      expect(messageIn(checked({ shots: 7, seeds: [0, 1], validates }))).toMatch(
        /^data.csv: expected at least 7 examples .*; ask for fewer shots, add examples or leave the class out$/,
      )
  })
})
