import { describe, expect, it } from 'vitest'

import type { Breaks, Certainty, Changes, ColumnLeaning, Explanation, Measured, PhotoLeaning } from './explanation.ts'
import { answersOf, measuredWords, seenWords } from './words.ts'

const measured = (value: number, low?: number, high?: number): Measured => ({
  value,
  interval: low === undefined || high === undefined ? null : { low, high },
})

const data: Explanation['data'] = { path: 'd', many: 'rows', count: 9, seen: 'new', leftOut: 0, notes: [] }

const photos: PhotoLeaning = {
  kind: 'pictures',
  method: '',
  pictures: [],
  most: measured(0.4, 0.3, 0.5),
  elsewhere: measured(0.1),
  difference: measured(0.3, 0.2, 0.4),
  edge: { ...measured(0.9, 0.8, 1), area: 0.7 },
}
const columns: ColumnLeaning = {
  kind: 'columns',
  method: '',
  left: 0,
  columns: [
    { name: 'a', drop: measured(0.3, 0.2, 0.4) },
    { name: 'b', drop: measured(0.2, 0.1, 0.3) },
    { name: 'c', drop: measured(0.15, 0.1, 0.2) },
    { name: 'd', drop: measured(0.1, 0.05, 0.2) },
    { name: 'e', drop: measured(0.05, 0, 0.1) },
    { name: 'f', drop: measured(0.05) },
  ],
}
const certain: Certainty = {
  accuracy: measured(0.8, 0.7, 0.9),
  calibration: { ...measured(0.2, 0.1, 0.3), chance: 0.05 },
  ...{ brier: 0, negativeLogLikelihood: 0, reliability: [], temperature: null, selective: null, curve: [], sets: null },
}
const curve = (name: string, breaksAt: number | null): Breaks['shifts'][number] => ({
  name,
  breaksAt,
  points: [1, 2, 4].map((severity) => ({
    ...{ severity, words: `${name} of ${severity}`, accuracy: measured(0.5) },
    drop: measured(severity / 10, severity / 10 - 0.05, severity / 10 + 0.05),
  })),
})
const broken: Breaks = { count: 9, accuracy: 0.8, shifts: [] }
const changed = (...changes: readonly (number | null)[]): Changes => ({
  ...{ source: 's', count: 9 },
  blocks: changes.map((change, i) => ({ name: `b${i}`, parameters: 1, change, likeness: null })),
})

type Given = Parameters<typeof answersOf>[0]

const answers = (given: Partial<Given>) =>
  answersOf({
    ...{
      leaning: { why: 'w' },
      certainty: certain,
      breaks: broken,
      fragile: { why: 'u' },
      changes: { why: 'v' },
      data,
    },
    ...given,
  })

describe('a measured part', () => {
  it('is told in per cent, with its interval where it has one', () => {
    expect(measuredWords(measured(0.123))).toBe('12.3')
    expect(measuredWords(measured(0.123, 0.08, 0.171))).toBe('12.3 (8.0 to 17.1)')
  })
})

describe('what a model leans on, in words', () => {
  const told = (changes: Partial<PhotoLeaning>): string => answers({ leaning: { ...photos, ...changes } }).leaning

  it('is why it is not told', () => {
    expect(answers({}).leaning).toBe('Not told: w.')
  })

  it('compares the fifth of a picture with the same shape elsewhere', () => {
    expect(told({})).toContain(
      'lowers the probability of its class by 40.0 (30.0 to 50.0) points, covering the same shape elsewhere by 10.0 (0 pictures), ' +
        'so the heat maps show what matters to it.',
    )
    expect(told({ difference: measured(0.1, 0, 0.2) })).toContain('which may be chance')
    expect(told({ difference: measured(0.1) })).toContain('which may be chance')
  })

  it('says on which side of its area the outer ring is, where that is more than chance', () => {
    const edge = (low: number, high: number) => told({ edge: { ...measured(0.7, low, high), area: 0.7 } })
    const [more, less, level] = ['More of it lies at the edges', 'Less of it lies at the edges', 'no more and no less']
    expect([edge(0.71, 0.9), edge(0.7, 0.9)].map((text) => [text.includes(more), text.includes(level)])).toEqual([
      [true, false],
      [false, true],
    ])
    expect([edge(0.5, 0.69), edge(0.5, 0.7)].map((text) => [text.includes(less), text.includes(level)])).toEqual([
      [true, false],
      [false, true],
    ])
    expect(told({ edge: { ...measured(0.1), area: 0.7 } })).toContain(level)
    expect(told({})).toContain('90.0 (80.0 to 100.0) % in the outer ring, which is 70.0 % of the area.')
  })

  it('names three columns that matter more than chance, and counts the others', () => {
    const worth = (name: string, words: string) => `${name}, worth ${words} points of accuracy`
    const [a, b, c] = [
      worth('a', '30.0 (20.0 to 40.0)'),
      worth('b', '20.0 (10.0 to 30.0)'),
      worth('c', '15.0 (10.0 to 20.0)'),
    ]
    const some = (count: number, left = 0): string =>
      answers({ leaning: { ...columns, columns: columns.columns.slice(0, count), left } }).leaning
    expect(some(6)).toBe(`It leans most on ${a}, ${b} and ${c}. 2 of 6 columns cannot be told from none.`)
    expect(some(2, 5)).toBe(`It leans most on ${a} and ${b}. 5 further columns were not looked at.`)
    expect(some(1)).toBe(`It leans most on ${a}.`)
    expect(some(0, 1)).toBe('No single column matters more than chance allows. 1 further columns were not looked at.')
  })
})

describe('how sure a model is, in words', () => {
  const told = (changes: Partial<Certainty>): string => answers({ certainty: { ...certain, ...changes } }).certainty
  const temperature = (value: number) => ({ value, calibration: measured(0.04, 0.01, 0.07) })
  const chance = { ...measured(0.05, 0.01, 0.09), chance: 0.05 }

  it('is its accuracy and how far its probabilities are off, beyond chance or not', () => {
    expect(told({})).toBe(
      'It names 80.0 (70.0 to 90.0) % of these rows right. Its probabilities are 20.0 points off on average (95 % interval 10.0 to 30.0). ' +
        'There are too few rows to say from which probability on it can be trusted.',
    )
    expect(told({ calibration: chance })).toContain(
      'Its probabilities are 5.0 points off on average, which is what chance gives with so few rows if they are right (up to 5.0). There',
    )
    expect(told({ calibration: { ...measured(0.2), chance: 0.05 } })).toContain('(95 % interval 0.0 to 100.0)')
  })

  it('says what dividing logits would leave, where probabilities are off by more than chance', () => {
    expect(told({ temperature: temperature(1.5) })).toContain(
      'to 30.0): it is too sure; dividing its logits by 1.50 leaves 4.0 points. ',
    )
    expect(told({ temperature: temperature(1) })).toContain('it is not sure enough')
    expect(told({ temperature: temperature(1.5), calibration: chance })).not.toContain('dividing')
  })

  it('says from which probability on it can be trusted', () => {
    const selective = { target: 0.95, threshold: 0.7, coverage: measured(0.6), accuracy: measured(0.9, 0.8, 1) }
    const end = (changes: Partial<typeof selective> | { threshold: null } | { accuracy: null }): string =>
      told({ selective: { ...selective, ...changes } })
    expect(end({})).toContain(
      'To have 95 % right, trust it from a probability of 70.0 % on: it then answers 60.0 % of the rows, ' +
        'and of those that the threshold was not chosen by 90.0 (80.0 to 100.0) % are right.',
    )
    expect(end({ threshold: null })).toContain('At no probability are 95 % of its answers right.')
    expect(end({ accuracy: null })).toContain('From a probability of 70.0 % on 95 % are right here, but no example')
  })
})

describe('what breaks a model, in words', () => {
  const told = (...shifts: Breaks['shifts']): string => answers({ breaks: { ...broken, shifts } }).breaks
  const start = 'From 80.0 % of 9 rows as they are'

  it('is nothing, or the worst change first, then what else breaks it and what does not', () => {
    const none = `${start}, no change that was tried lowers the accuracy by more than chance allows.`
    expect([told(), told(curve('noise', null))]).toEqual([none, none])
    const worst = `${start}, it loses most under noise: from noise of 2 on (severity 2 of 5) it loses 20.0 (15.0 to 25.0) points, and 40.0 at severity 4.`
    expect(told(curve('noise', 2))).toBe(worst)
    expect(told(curve('noise', 2), curve('a', null), curve('b', 1), curve('c', 4), curve('d', null))).toBe(
      `${worst} It also breaks under b and c. No loss beyond chance under a and d.`,
    )
    expect(told({ ...curve('noise', 3) })).toBe(start)
  })
})

describe('the most fragile parameters, in words', () => {
  const told = (lost: Measured): string =>
    answers({ fragile: { part: 0.02, count: 9, blocks: [{ name: 'b', parameters: 1, lost }] } }).breaks

  it('are named where more than chance is lost', () => {
    expect(answers({}).breaks).not.toContain('moved by')
    expect(told(measured(0.2, 0.1, 0.3))).toContain(
      ' those of b are the most fragile: moved by 2 % of their length in the worst direction, they cost 20.0 (10.0 to 30.0) points',
    )
    expect(told(measured(0.2, 0, 0.4))).toContain(' No block loses more than chance allows')
    expect(told(measured(0.2))).toContain(' No block loses more than chance allows')
  })
})

describe('what transfer changed, in words', () => {
  const told = (...changes: readonly (number | null)[]): string => answers({ changes: changed(...changes) }).changes

  it('counts the blocks that moved, that did not, and that cannot be compared', () => {
    expect(answers({}).changes).toBe('Not known: v.')
    expect(told(0, 0)).toBe('Nothing but the head: all 2 blocks are those of the source.')
    expect(told(0, 0.1, 0.3, 0.2)).toBe(
      'Of 4 blocks 1 is exactly as in the source and 3 changed, b2 most: its weights moved by 30.0 % of their length.',
    )
    expect(told(null, 0.1, 0, null)).toBe(
      'Of 4 blocks 1 is exactly as in the source and 1 changed, b1: its weights moved by 10.0 % of their length. 2 cannot be compared.',
    )
    expect(told(0.1, 0.1)).toContain('b0 most')
  })

  it('names the block whose outputs are least like those of the source', () => {
    const { blocks, ...rest } = changed(0.1, 0.2, 0.3)
    const likeness = [measured(1), measured(0.456, 0.38, 0.531), null]
    const given = { ...rest, blocks: blocks.map((block, i) => ({ ...block, likeness: likeness[i] ?? null })) }
    expect(answers({ changes: given }).changes).toMatch(
      / The outputs of b1 are least like those of the source: 0\.46 \(0\.38 to 0\.53\) by CKA, where 1 is alike\.$/,
    )
    expect(told(0.1)).not.toContain('CKA')
    const near = (value: number): string =>
      answers({ changes: { ...rest, blocks: blocks.map((block) => ({ ...block, likeness: measured(value) })) } })
        .changes
    expect(near(0.995)).toMatch(/ The outputs of all blocks are like those of the source \(CKA of 1\.00\)\.$/)
    expect(near(0.994)).toContain('least like those of the source: 0.99')
  })
})

describe('the warning of examples that are those of the training', () => {
  it('says which they are', () => {
    expect(seenWords({ ...data, seen: 'trained on' })).toContain('was trained on these very rows')
    expect(seenWords({ ...data, seen: 'held out' })).toContain('only the part that was held out')
    expect(seenWords({ ...data, leftOut: 3 })).toBe(
      'Left out, as the model was trained on them or on equal ones: 3 rows.',
    )
    expect(seenWords(data)).toBeUndefined()
  })
})
