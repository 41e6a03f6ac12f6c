import { describe, expect, it } from 'vitest'

import { confusedPairs, confusionJson, confusionText } from './evaluate-text.ts'

/** Classes of two examples each; the last is taken for the first once, the second for the third twice. */
const many = (count: number): Parameters<typeof confusionText>[0] => ({
  classes: Array.from({ length: count }, (_, i) => `c${i}`),
  confusion: Array.from({ length: count }, (_, i) =>
    Array.from({ length: count }, (_unused, j) => {
      if (i === 1) return j === 2 ? 2 : 0
      if (i === count - 1) return j === i || j === 0 ? 1 : 0
      return i === j ? 2 : 0
    }),
  ),
})

describe('what a model takes for what', () => {
  it('is a table of up to 30 classes', () => {
    expect(confusionText(many(30)).split('\n')).toHaveLength(32)
    expect(confusionText(many(30))).toMatch(/^c29 .* 50\.0$/m)
  })

  it('is a list of the most confused pairs beyond', () => {
    const text = confusionText(many(31))
    expect(text.split('\n')).toHaveLength(5)
    expect(text).toMatch(/^c1 +c2 +2 +2$/m)
    expect(confusedPairs(many(31))).toEqual([
      { given: 'c1', taken: 'c2', count: 2, of: 2 },
      { given: 'c30', taken: 'c0', count: 1, of: 2 },
    ])
  })

  it('is the whole table in a document of up to 30 classes, and its counts above 0 beyond', () => {
    expect(confusionJson(many(30))).toEqual({ confusion: many(30).confusion })
    const { confusion, confusionCounts } = confusionJson(many(600))
    expect(confusion).toBeNull()
    expect(confusionCounts).toHaveLength(601)
    expect(confusionCounts).toEqual(
      expect.arrayContaining([
        { given: 'c1', taken: 'c2', count: 2 },
        { given: 'c599', taken: 'c0', count: 1 },
        { given: 'c599', taken: 'c599', count: 1 },
      ]),
    )
  })

  it('says so where nothing is confused, and has no recall of a class without examples', () => {
    const classes = Array.from({ length: 31 }, (_, i) => `c${i}`)
    expect(confusionText({ classes, confusion: classes.map(() => classes.map(() => 0)) })).toContain('no two of the 31')
    const two = { classes: ['a', 'b'], confusion: [[1, 0], [0, 0]] } // prettier-ignore
    expect(confusionText(two)).toMatch(/^b +0 +0 +-$/m)
  })

  it('shows what a terminal would obey', () => {
    expect(confusionText({ classes: ['a\u001b[2J', 'b'], confusion: [[1, 0], [0, 1]] })).not.toContain('\u001b') // prettier-ignore
  })
})
