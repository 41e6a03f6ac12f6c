import { describe, expect, it } from 'vitest'

import type { Role } from '../methods/method.ts'
import type { Row, RunResult } from './results.ts'
import { verdictOf, type Judgeable } from './verdict.ts'

const roles: Readonly<Record<string, Role>> = {
  share: 'baseline',
  any: 'baseline',
  'fine-tune-all': 'recipe',
  ptu: 'candidate',
  'ptu-three': 'candidate',
  mine: 'candidate',
  'ptu-fixed': 'control',
}

const run = (method: string, seed: number, accuracy: number): RunResult => ({
  ...{ method, seed, accuracy, chosen: method, depth: null, rate: 1, curve: [], gates: [], parameters: 1, bytes: 4 },
  ...{ foldError: 0, testOpened: 1, trials: [], seconds: 1 },
})

/** A comparison of methods by their percentages of right answers in each draw. */
const comparison = (
  accuracies: Readonly<Record<string, readonly number[]>>,
  {
    judged = 'ptu',
    reference = 'any',
    kind = 'classify',
  }: { readonly judged?: string | null; readonly reference?: string | null; readonly kind?: string } = {},
): Judgeable => ({
  settings: { judged },
  target: { data: '', kind, classes: ['a', 'b'], testExamples: 1000, testLabels: 1000 },
  reference,
  runs: Object.entries(accuracies).flatMap(([method, values]) =>
    values.map((value, seed) => run(method, seed, value / 100)),
  ),
  rows: Object.keys(accuracies).map((method): Row => ({
    ...{ method, role: roles[method] ?? 'candidate', mean: 0, interval: null, differences: [] },
    ...{ parameters: 1, bytes: 4, seconds: 1 },
  })),
})

const any = [80, 81, 79, 80, 82, 80, 81, 79]
const above = (by: number): readonly number[] => any.map((x, i) => x + by + (i % 2) / 5)

describe('the verdict', () => {
  it('ships the judged method where interval and permutation p are on its side', () => {
    expect(verdictOf(comparison({ any, ptu: above(2) }))).toBe(
      'Over 8 draws of labels ptu is +2.1 points from any* (95 % interval +1.9 to +2.3, ahead in 8 of 8, p 0.008). ' +
        'On this source network and these data, ship ptu.',
    )
  })

  it('is in the unit of the score of each kind of task', () => {
    const methods = { any, ptu: above(2), mine: any.map((x, i) => x - 1 + (i % 3) / 5) }
    expect(verdictOf(comparison(methods, { kind: 'regress' }))).toBe(
      'Over 8 draws of labels ptu is +0.021 of R² from any* (95 % interval +0.019 to +0.023, ahead in 8 of 8, p 0.008). ' +
        'On this source network and these data, ship ptu. ' +
        'To any*, not named beforehand and with p corrected for 1 by Holm: mine -0.008 (p 0.008), behind.',
    )
    expect(verdictOf(comparison(methods, { kind: 'multi-label' }))).toMatch(
      /^Over 8 draws of labels ptu is \+2\.1 points of macro F1 from any\* .* mine -0\.8 \(p/,
    )
  })

  it('decides nothing by equal differences of numbers, which have no smallest step', () => {
    const equal = { any, ptu: any.map((x) => x + 1) }
    expect(verdictOf(comparison(equal))).toContain('ship ptu')
    expect(verdictOf(comparison({ any: any.map(() => 50), ptu: any.map(() => 75) }, { kind: 'regress' }))).toContain(
      'no interval',
    )
  })

  it('ships the reference where the judged method is behind: what a search chose, or a recipe by its name', () => {
    expect(verdictOf(comparison({ any, ptu: above(-2) }))).toMatch(/ship what any\* chose\.$/)
    const recipe = comparison({ 'fine-tune-all': any, ptu: above(-2) }, { reference: 'fine-tune-all' })
    expect(verdictOf(recipe)).toMatch(/ship fine-tune-all\.$/)
  })

  it('claims nothing from five draws, however clear, and asks for one more', () => {
    const five = comparison({ any: any.slice(0, 5), ptu: above(9).slice(0, 5) })
    expect(verdictOf(five)).toMatch(
      /p 0\.063\)\. Not decided: fewer than 6 draws decide nothing; about 1 more would separate them \(--seeds 6\)\.$/,
    )
    expect(verdictOf(comparison({ any: any.slice(0, 6), ptu: above(9).slice(0, 6) }))).toMatch(/ship ptu\.$/)
  })

  it('has no interval of two draws, and asks for enough', () => {
    const two = comparison({ any: any.slice(0, 2), ptu: above(9).slice(0, 2) })
    expect(verdictOf(two)).toContain('(no interval, ahead in 2 of 2, p 0.500)')
    expect(verdictOf(two)).toMatch(/repeat with --seeds 6 or more\.$/)
  })

  it('says where nothing is decided how many draws would, and what is level', () => {
    const ptu = any.map((x, i) => x + ([3, -1, 2, -1.5, 2, -1, 2.5][i] ?? 0))
    const text = verdictOf(comparison({ share: above(-30), any, ptu, 'ptu-fixed': above(0.5) }))
    expect(text).toMatch(
      /Not decided; about 60 more would separate them \(--seeds 68\)\. Level with ptu so far: any\*, ptu-fixed\.$/,
    )
  })

  it('says so where no number of draws would decide', () => {
    const ptu = any.map((x, i) => x + (i % 2 === 0 ? 1 : -1))
    expect(verdictOf(comparison({ any, ptu }))).toContain('Not decided; no number of draws can be named')
  })

  it('judges the method that was named, not the one that did best', () => {
    const text = verdictOf(comparison({ any, ptu: above(-2), 'ptu-three': above(5) }))
    expect(text).toMatch(/^Over 8 draws of labels ptu is -1\.9 points/)
    expect(text).toContain('ship what any* chose.')
    const other = comparison({ any, ptu: above(-2), 'ptu-three': above(5) }, { judged: 'ptu-three' })
    expect(verdictOf(other)).toMatch(/^Over 8 draws of labels ptu-three is \+5\.1 points/)
  })

  it("corrects the p of other candidates by Holm's method and says so", () => {
    const six = (values: readonly number[]): readonly number[] => values.slice(0, 6)
    const alone = comparison({ any: six(any), ptu: six(any), 'ptu-three': six(above(5)) })
    expect(verdictOf(alone)).toContain('p corrected for 1 by Holm: ptu-three +5.1 (p 0.031), ahead.')
    const two = comparison({ any: six(any), ptu: six(any), 'ptu-three': six(above(5)), mine: six(above(-3)) })
    expect(verdictOf(two)).toContain(
      'To any*, not named beforehand and with p corrected for 2 by Holm: ' +
        'ptu-three +5.1 (p 0.063), not decided; mine -2.9 (p 0.063), not decided.',
    )
  })

  it('never recommends a control, nor a tuned baseline by its test result', () => {
    const text = verdictOf(comparison({ share: above(9), any, ptu: above(1), 'ptu-fixed': above(8) }))
    expect(text).toMatch(/ship ptu\.$/)
  })

  it('is none without a candidate or without anything to compare it with', () => {
    expect(verdictOf(comparison({ any, 'ptu-fixed': above(2) }, { judged: null }))).toMatch(/^No verdict/)
    expect(verdictOf(comparison({ ptu: any }, { reference: null }))).toMatch(/^No verdict/)
  })
})
