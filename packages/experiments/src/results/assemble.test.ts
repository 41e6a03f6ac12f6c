import { key } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import type { Role } from '../methods/method.ts'
import { meanInterval } from '../statistics/mean-interval.ts'
import { pairedDifference } from '../statistics/paired-difference.ts'
import { assemble, type Done, type Parts } from './assemble.ts'
import type { Results, Row, TrialSummary } from './results.ts'

const roles: readonly (readonly [string, Role])[] = [
  ['ptu', 'candidate'],
  ['share', 'baseline'],
  ['fine-tune', 'baseline'],
  ['fine-tune-all', 'recipe'],
  ['ptu-fixed', 'control'],
]

const trial = (accuracy: number, loss: number | null, seconds = 10): TrialSummary => ({
  ...{ depth: null, rate: 1, accuracy, loss, seconds },
})

const done = (method: string, seed: number, accuracy: number, trials: readonly TrialSummary[] = []): Done => ({
  job: { method, seed },
  result: {
    ...{ accuracy, trials, depth: null, rate: 1, curve: [], gates: [], parameters: 7, bytes: 28, foldError: 0 },
    ...{ testOpened: 1, seconds: 3 + trials.reduce((sum, { seconds }) => sum + seconds, 0) },
  },
})

/** Validation prefers fine-tune, the test data share; share tries two settings. */
const draw = (seed: number, by = 0): readonly Done[] => [
  done('share', seed, 0.9 + by, [trial(0.5, 9), trial(0.6, 1)]),
  done('fine-tune', seed, 0.7, [trial(0.8, 2, 20)]),
  done('fine-tune-all', seed, 0.75),
  done('ptu', seed, 0.8 + by),
  done('ptu-fixed', seed, 0.8),
]

const results = (
  jobs: readonly Done[],
  methods: readonly (readonly [string, Role])[] = roles,
  seeds: readonly number[] = [0, 1, 2],
  kind = 'classify',
): Results => {
  const settings = {
    ...{ source: { kind: 'trained' }, target: 't', shots: 5, seeds, steps: 1, batch: 1, rates: [1], rate: 1 },
    ...{ methods: methods.map(([name, role]) => ({ name, role })), backend: 'cpu', judged: 'ptu' },
  }
  const parts: Parts = {
    settings,
    versions: { ptu: '0', tfjs: '4', node: '20' },
    source: {
      ...{ name: '', title: '', digest: '', data: null, accuracy: null, chance: null, testLabels: null, warning: null },
      ...{ blocks: ['a'], parameters: 1, rescaled: false, rescaleProblem: null, seconds: 1 },
    },
    target: { data: '', kind, classes: ['a', 'b'], testExamples: 50, testLabels: 200 },
    done: jobs,
    seconds: 1,
  }
  return assemble(parts)
}

const steps = [0, 0.04, 0.06]
const three = results(steps.flatMap((by, seed) => draw(seed, by)))
const searched = roles.filter(([, role]) => role === 'baseline')
const rowOf = (name: string, from = three): Row => from.rows.find(({ method }) => method === name) as Row
const chosenIn = (jobs: readonly Done[]): string | undefined =>
  results(jobs, searched, [0]).runs.find(({ method }) => method === 'any')?.chosen

describe('any*', () => {
  it('is what validation prefers, whatever the test data say', () => {
    expect(three.runs.filter(({ method }) => method === 'any').map((run) => [run.chosen, run.accuracy])).toEqual([
      ['fine-tune', 0.7],
      ['fine-tune', 0.7],
      ['fine-tune', 0.7],
    ])
  })

  it('takes the lower loss of equal accuracies, and never a run that diverged', () => {
    const tied = (loss: number | null): readonly Done[] => [
      done('share', 0, 0.5, [trial(0.8, loss)]),
      done('fine-tune', 0, 0.5, [trial(0.8, 2)]),
    ]
    expect([chosenIn(tied(1)), chosenIn(tied(3)), chosenIn(tied(null))]).toEqual(['share', 'fine-tune', 'fine-tune'])
  })

  it("costs all searches and the winner's refit", () => {
    expect(three.runs.find(({ method }) => method === 'any')?.seconds).toBe(10 + 10 + 20 + 3)
    expect(rowOf('any').seconds).toBe(3 * 43)
  })

  it('is not there where nothing but one baseline is searched; then that is the reference', () => {
    const one = results(
      draw(0).filter(({ job }) => job.method !== 'share'),
      roles.filter(([name]) => name !== 'share'),
      [0],
    )
    expect(one.rows.map(({ method }) => method)).toEqual(['fine-tune', 'ptu', 'fine-tune-all', 'ptu-fixed'])
    expect(one.reference).toBe('fine-tune')
  })
})

describe('a row', () => {
  it('stands in one order: tuned baselines, any*, what searches nothing', () => {
    expect(three.rows.map(({ method, role }) => `${method} ${role}`)).toEqual([
      'share baseline',
      'fine-tune baseline',
      'any baseline',
      'ptu candidate',
      'fine-tune-all recipe',
      'ptu-fixed control',
    ])
  })

  it('has the mean over draws with the 95 % interval of this package', () => {
    const { mean, interval, parameters, bytes } = rowOf('ptu')
    expect([mean, parameters, bytes]).toEqual([expect.closeTo(0.8 + 0.1 / 3, 12), 7, 28])
    const whole = meanInterval(
      steps.map((by) => 0.8 + by),
      { level: 0.95, resolution: 1 / 200 },
    )
    // 4.303 · (1 + 2.3 / √3) · s / √3 on either side, s² = 0.0028 / 3 by hand
    const half = 4.302653 * (1 + 2.3 / Math.sqrt(3)) * Math.sqrt(0.0028 / 9)
    expect(interval?.low).toBeCloseTo(mean - half, 6)
    expect(interval?.low).toBeCloseTo(whole?.low ?? NaN, 12)
  })

  it('has no interval beyond what an accuracy can be', () => {
    expect(rowOf('ptu').interval?.high).toBe(1)
    const wild = results([0, 0.5, 0].flatMap((by, seed) => draw(seed, by - 0.5)))
    expect(rowOf('ptu', wild).interval?.low).toBe(0)
  })

  it('has an interval that goes below 0 where the score is R², and none of equal scores', () => {
    const far = results(
      [-3, -2, -4].flatMap((by, seed) => draw(seed, by)),
      roles,
      [0, 1, 2],
      'regress',
    )
    const { mean, interval } = rowOf('ptu', far)
    expect(mean).toBeCloseTo(-2.2, 12)
    expect(interval?.low).toBeLessThan(-4)
    expect(rowOf('ptu-fixed', far).interval).toBeNull()
    expect(rowOf('ptu', results([-3, -2, -4].flatMap((by, seed) => draw(seed, by)))).interval?.low).toBe(0)
  })

  it('has its differences to any*, to every tuned baseline and to every recipe, but none to itself', () => {
    const references = (name: string): readonly string[] => rowOf(name).differences.map(({ reference }) => reference)
    expect(references('ptu')).toEqual(['any', 'share', 'fine-tune', 'fine-tune-all'])
    expect(references('fine-tune-all')).toEqual(['any', 'share', 'fine-tune'])
    expect(references('any')).toEqual(['share', 'fine-tune', 'fine-tune-all'])
    const { mean, interval, wins, p } = pairedDifference(
      key(0),
      steps.map((by) => 0.8 + by),
      steps.map((by) => 0.9 + by),
      { resolution: 1 / 200 },
    )
    expect(rowOf('ptu').differences[1]).toEqual({ reference: 'share', mean, interval, wins, p })
    expect(mean).toBeCloseTo(-0.1, 12)
  })

  it('keeps an interval of at least a part of one test label where all draws are equal', () => {
    const { low, high } = rowOf('ptu-fixed').interval ?? { low: NaN, high: NaN }
    expect(high - low).toBeCloseTo((2 / 200) * (1 - 0.025 ** (1 / 3)), 9)
  })

  it('has no interval of two draws', () => {
    const two = results([...draw(0), ...draw(1, 0.02)], roles, [0, 1])
    expect(rowOf('ptu', two).interval).toBeNull()
    expect(rowOf('ptu', two).differences.map(({ interval }) => interval)).toEqual([null, null, null, null])
  })
})

describe('without a search', () => {
  it('the first recipe is the reference, and without one there is none', () => {
    const recipes: readonly (readonly [string, Role])[] = roles.filter(([, role]) => role !== 'baseline')
    expect(results(draw(0), recipes, [0]).reference).toBe('fine-tune-all')
    expect(results(draw(0), recipes.slice(0, 1), [0])).toMatchObject({
      reference: null,
      verdict: expect.stringMatching(/^No verdict/) as unknown,
    })
  })
})
