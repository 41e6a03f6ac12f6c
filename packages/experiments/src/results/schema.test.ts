import type { Json } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { resultsDecoder } from './schema.ts'

const range = { low: -1, high: 1 }
const measured = { parameters: 0, bytes: 0, seconds: 0 }
const gate = { block: 'one', unit: 0, update: [0, 1], fineTune: null }
const outcome = {
  ...{ depth: null, rate: 0, accuracy: 1, curve: [-1, 2.5], gates: [gate], foldError: 0, testOpened: 1 },
  ...{ trials: [{ depth: 0, rate: 0, accuracy: 0, loss: null, seconds: 0 }], ...measured },
}

/** A document with no more in it than there must be. */
const least: Readonly<Record<string, Json>> = {
  schema: 'ptu-results/3',
  settings: {
    ...{
      source: { kind: 'trained' },
      target: 'x',
      shots: 0,
      seeds: [0],
      methods: [{ name: 'ptu', role: 'candidate' }],
    },
    ...{ steps: 0, batch: 0, rates: [], rate: 0, backend: 'x', judged: null },
  },
  versions: { ptu: 'x', tfjs: 'x', node: 'x' },
  source: {
    ...{
      name: 'x',
      title: 'x',
      digest: 'x',
      data: null,
      accuracy: null,
      chance: null,
      testLabels: null,
      warning: null,
    },
    ...{ blocks: ['one'], parameters: 0, rescaled: false, rescaleProblem: null, seconds: 0 },
  },
  target: { data: 'x', kind: 'x', classes: ['a', 'b'], testExamples: 0, testLabels: 0 },
  runs: [{ ...outcome, method: 'x', seed: 0, chosen: 'x' }],
  rows: [
    {
      ...{ method: 'x', role: 'baseline', mean: 0.5, interval: range, ...measured },
      differences: [{ reference: 'x', mean: -1, interval: null, wins: 0, p: 1 }],
    },
  ],
  reference: null,
  verdict: 'x',
  seconds: 0,
}

/** A document with another value at a place. */
const changed = (value: Json | undefined, [first, ...rest]: readonly (string | number)[], to: Json): Json => {
  if (first === undefined) return to
  if (Array.isArray(value))
    return (value as readonly Json[]).map((member, i) => (i === first ? changed(member, rest, to) : member))
  const record = value as Readonly<Record<string, Json>>
  return { ...record, [first]: changed(record[first], rest, to) }
}

const isRead = (document: Json): boolean => E.isRight(resultsDecoder(document, []))

/** The same with the evidence that a run followed. */
const withEvidence = changed(least, ['runs', 0, 'evidence'], {
  ...{ examples: 6, judge: 'x', margin: 5, outcome: 'departs', advantage: 7, advice: 'x', reason: 'x', method: 'x' },
  blocks: [{ block: 'one', state: 'as it is', update: 0, fineTune: 1 }],
  hypotheses: [{ name: 'x', weight: 1, loss: 0.5, standardError: 0.1, score: -3, advantage: 7 }],
})

const pathOf = (place: string): readonly (string | number)[] =>
  place.split('.').map((name) => (/^\d+$/.test(name) ? Number(name) : name))

/** The same document of a comparison on numbers. */
const ofNumbers = changed(changed(least, ['target', 'kind'], 'regress'), ['target', 'classes'], ['price'])

describe('a document of results on numbers', () => {
  it('has one class, and scores that may be below 0 but not above 1', () => {
    expect(isRead(ofNumbers)).toBe(true)
    for (const place of [
      ['runs', 0, 'accuracy'],
      ['rows', 0, 'mean'],
      ['runs', 0, 'trials', 0, 'accuracy'],
    ] as const) {
      expect(isRead(changed(ofNumbers, place, -3))).toBe(true)
      expect(isRead(changed(ofNumbers, place, 1.01))).toBe(false)
    }
    expect(isRead(changed(ofNumbers, ['target', 'kind'], 'multi-label'))).toBe(false)
    const sets = changed(least, ['target', 'kind'], 'multi-label')
    expect(isRead(sets)).toBe(true)
    expect(isRead(changed(sets, ['runs', 0, 'accuracy'], -0.01))).toBe(false)
    expect(isRead(changed(sets, ['rows', 0, 'mean'], -0.01))).toBe(false)
    expect(isRead(changed(sets, ['runs', 0, 'trials', 0, 'accuracy'], -0.01))).toBe(false)
  })
})

describe('a document of results', () => {
  it('is read with as little as may be in it', () => {
    expect(resultsDecoder(least, [])).toEqual(E.right(least))
  })

  it('is read with the evidence of a run', () => {
    expect(isRead(changed(withEvidence, ['runs', 0, 'evidence', 'hypotheses', 0, 'advantage'], -7.5))).toBe(true)
  })

  it.each<readonly [place: string, bad: Json]>([
    ['examples', -1],
    ['margin', -1],
    ['outcome', 'maybe'],
    ['advantage', -0.1],
    ['blocks', []],
    ['blocks.0.state', 'frozen'],
    ['blocks.0.update', 1.1],
    ['blocks.0.fineTune', -0.1],
    ['hypotheses', []],
    ['hypotheses.0.weight', 2],
    ['hypotheses.0.loss', null],
    ['hypotheses.0.standardError', -1],
  ])('is refused where %s of the evidence is out of its range', (place, bad) => {
    expect(isRead(changed(withEvidence, pathOf(`runs.0.evidence.${place}`), bad))).toBe(false)
  })

  it.each<readonly [place: string, bad: Json]>([
    ['schema', 'ptu-results/2'],
    ['settings.seeds', []],
    ['settings.seeds.0', -1],
    ['settings.methods', []],
    ['settings.methods.0.role', 'other'],
    ['settings.shots', 0.5],
    ['settings.rate', -1e-9],
    ['source.blocks', []],
    ['source.accuracy', 1.01],
    ['source.accuracy', -0.01],
    ['source.testLabels', -1],
    ['target.classes', ['a']],
    ['target.testExamples', -1],
    ['runs', []],
    ['runs.0.testOpened', 0],
    ['runs.0.testOpened', 2],
    ['runs.0.gates.0.update.1', 1.5],
    ['runs.0.trials.0.depth', -1],
    ['runs.0.foldError', -1],
    ['rows', []],
    ['rows.0.mean', 2],
    ['rows.0.interval.low', null],
    ['rows.0.differences.0.p', 1.5],
    ['rows.0.differences.0.wins', -1],
    ['seconds', -1],
  ])('is refused where %s is out of its range', (place, bad) => {
    expect(isRead(changed(least, pathOf(place), bad))).toBe(false)
  })
})
