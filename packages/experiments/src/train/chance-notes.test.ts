import { expect, it } from 'vitest'

import { chanceNotes } from './chance-notes.ts'

const classes = ['ham', 'spam']

it.each([
  ['worse than', 0.1, 0.6],
  ['not shown to be better than', 0.7, 0.8],
  ['not shown to be better than', 0.75, 0.9],
])('says that a model is %s always naming the commonest class', (standing, low, high) => {
  const [note = ''] = chanceNotes(
    { interval: { low, high } },
    [
      [2, 3],
      [9, 6],
    ],
    classes,
  )
  expect(note).toContain(
    `the shipped model is ${standing} always naming spam, which is right for 75.0 % of what was held out`,
  )
})

it('says nothing of a model that is better', () => {
  expect(
    chanceNotes(
      { interval: { low: 0.76, high: 0.9 } },
      [
        [5, 0],
        [0, 15],
      ],
      classes,
    ),
  ).toEqual([])
})
