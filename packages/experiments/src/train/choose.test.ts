import { describe, expect, it } from 'vitest'

import { nameAmong, type Candidate } from './candidate.ts'
import { chooseAmong } from './choose.ts'
import { planFolds, type Budget } from './plan.ts'
import { pretrainedRecipes, regimeFor, scratchRecipes, transferRecipes, type TrainRecipes } from './recipes.ts'

/** A candidate that is right on some of the examples. */
const candidateOf = (method: string, isRight: readonly (0 | 1)[], seconds: number, folds = 1): Candidate => ({
  method,
  held: { depth: null, rate: 1e-3 },
  ...{ folds, seconds },
  judged: {
    labels: new Int32Array(isRight.length),
    classes: 2,
    probabilities: Float32Array.from(isRight.flatMap((hit) => [hit, 1 - hit])),
  },
})

/** So many hits out of 100, from a place on. */
const hits = (count: number): readonly (0 | 1)[] => Array.from({ length: 100 }, (_, i) => (i < count ? 1 : 0))

describe('the choice among candidates', () => {
  it('is the most accurate one where the others are worse by more than a standard error', () => {
    const [slow, fast] = [candidateOf('slow', hits(95), 100), candidateOf('fast', hits(60), 1)]
    for (const candidates of [
      [slow, fast],
      [fast, slow],
    ])
      expect(chooseAmong(candidates)).toEqual({
        candidate: slow,
        why: 'the most accurate by cross-validation: fast is 35.0 ± 4.8 points behind on 100 held-out examples',
        level: [],
      })
  })

  it('is the cheapest, the first given, within one standard error of the most accurate', () => {
    // 1 of 100 examples differs: difference .01, standard error .01
    const best = candidateOf('best', hits(95), 100, 5)
    const level = candidateOf('level', hits(94), 30, 1)
    const cheap = candidateOf('cheap', hits(94), 90, 5)
    const worse = candidateOf('worse', hits(90), 1, 5)
    const choice = chooseAmong([worse, cheap, level, best])
    expect(choice.candidate).toBe(cheap)
    expect(choice.why).toBe(
      'the cheapest within one standard error of the most accurate, best, which is 1.0 ± 1.0 points ahead on 100 held-out examples',
    )
    expect(choice.level).toEqual([level, best])
  })

  it('keeps to one standard error', () => {
    // 2 of 100 differ: .02 against √(.0196 · 100/99 / 100) = .01407
    const [best, other] = [candidateOf('best', hits(95), 10), candidateOf('other', hits(93), 1)]
    expect(chooseAmong([best, other]).candidate).toBe(best)
  })

  it('says where being ahead of the next best may be chance', () => {
    // 2 of 100 differ: .02 is less than 1.96 · .01407
    const [best, other, worse] = [95, 93, 50].map((count) => candidateOf(`${count}`, hits(count), 10))
    const { why } = chooseAmong([worse, other, best] as readonly Candidate[])
    expect(why).toContain('93 is 2.0 ± 1.4 points behind on 100 held-out examples, which may be chance')
  })

  it.each([
    // of 100 differ: .03 is 1.75 standard errors, .04 is 2.03
    [3, true],
    [4, false],
  ])('takes %s examples of 100 for chance: %s', (count, isChance) => {
    const [best, other] = [candidateOf('best', hits(95), 10), candidateOf('other', hits(95 - count), 10)]
    expect(chooseAmong([other, best]).why.endsWith(', which may be chance')).toBe(isChance)
  })

  it('compares on the examples that all predicted', () => {
    // On the first half both are right half of the time; the probe is right on all of the other half.
    const probe = candidateOf('probe', [...hits(25).slice(0, 50), ...hits(50).slice(0, 50)], 1)
    const dear = candidateOf('dear', hits(40), 9)
    dear.judged.probabilities.fill(NaN, 100)
    const choice = chooseAmong([probe, dear])
    expect(choice.candidate).toBe(dear)
    expect(choice.why).toContain('probe is 30.0 ± 6.5 points behind on 50 held-out examples')
    const level = candidateOf('dear', hits(25), 9)
    level.judged.probabilities.fill(NaN, 100)
    expect(chooseAmong([probe, level])).toMatchObject({
      candidate: probe,
      why: 'the cheapest of those that are level on 50 held-out examples, none of which is more accurate',
      level: [level],
    })
  })

  it('tells settings of one method apart by their rates', () => {
    const slow = candidateOf('tune', hits(60), 1)
    const fast: Candidate = { ...candidateOf('tune', hits(95), 1), held: { depth: null, rate: 3e-4 } }
    expect(chooseAmong([slow, fast]).why).toContain('tune at 0.001 is 35.0')
    expect([nameAmong(slow, [slow, fast]), nameAmong(slow, [slow])]).toEqual(['tune at 0.001', 'tune'])
  })
})

describe('the plan of a cross-validation', () => {
  const candidates = [
    candidateOf('a', hits(90), 10),
    candidateOf('b', hits(80), 10),
    candidateOf('c', hits(70), 10),
    candidateOf('companion', hits(99), 10),
  ]
  const isChoice = ({ method }: Candidate): boolean => method !== 'companion'
  const plan = (budget: Partial<Budget>) =>
    planFolds(candidates, isChoice, { left: 1e3, workers: 1, folds: 4, ...budget })
  const names = ({ candidates: some }: { readonly candidates: readonly Candidate[] }): readonly string[] =>
    some.map(({ method }) => method)

  it('is all folds of all candidates where there is time: four folds of 40 seconds and a training of 15', () => {
    expect(plan({ left: 175 })).toEqual({ candidates, folds: 4, notes: [] })
  })

  it('first leaves out those that are only compared with', () => {
    const { notes, ...kept } = plan({ left: 174 })
    expect([names(kept), kept.folds]).toEqual([['a', 'b', 'c'], 4])
    expect(notes).toEqual(['no time for more than one fold of companion'])
    expect(names(plan({ left: 135 }))).toEqual(['a', 'b', 'c'])
  })

  it('then drops the less accurate half, again and again', () => {
    const { notes, ...kept } = plan({ left: 134 })
    expect([names(kept), kept.folds]).toEqual([['a', 'b'], 4])
    expect(notes.at(-1)).toBe('no time for more than one fold of c')
    expect(names(plan({ left: 94 }))).toEqual(['a'])
    expect(plan({ left: 94 }).folds).toBe(4)
  })

  it('then drops folds, and says that only a part was held out', () => {
    const { notes, ...kept } = plan({ left: 54 })
    expect([names(kept), kept.folds]).toEqual([['a'], 3])
    expect(notes.at(-1)).toBe('no time for 1 of the 5 folds of a: only a part of the examples was held out')
    expect(plan({ left: 0 }).folds).toBe(0)
    expect(plan({ left: -5 }).notes.at(-1)).toContain('4 of the 5 folds')
  })

  it('sets nothing aside for a training of what was dropped', () => {
    const dear = candidateOf('dear', hits(50), 60)
    const kept = planFolds([candidateOf('a', hits(90), 10), dear], () => true, { left: 60, workers: 1, folds: 4 })
    expect([names(kept), kept.folds]).toEqual([['a'], 4])
  })

  it('keeps the order of what it keeps, the cheapest first, whichever is the most accurate', () => {
    const rising = [60, 80, 90].map((count) => candidateOf(`${count}`, hits(count), 10))
    expect(names(planFolds(rising, () => true, { left: 100, workers: 1, folds: 4 }))).toEqual(['80', '90'])
  })

  it('counts on workers that train at the same time', () => {
    expect(plan({ left: 95, workers: 2 }).notes).toEqual([])
    expect(plan({ left: 94, workers: 2 }).notes).toHaveLength(1)
  })
})

describe('the recipes for a number of labels', () => {
  const namesAt = (recipes: TrainRecipes, labels: number): readonly unknown[] =>
    regimeFor(recipes, labels).recipes.map(({ method, held }) => [method, held.rate])

  it('are one below 50 per class, and a choice from there on', () => {
    for (const recipes of [pretrainedRecipes, transferRecipes, scratchRecipes]) {
      expect(regimeFor(recipes, 1)).toBe(regimeFor(recipes, 49))
      expect(regimeFor(recipes, 1).recipes).toHaveLength(1)
      expect(regimeFor(recipes, 1e6)).toBe(regimeFor(recipes, 50))
    }
    expect(namesAt(pretrainedRecipes, 49)).toEqual([['ptu', 3e-4]])
    expect(namesAt(pretrainedRecipes, 50)).toEqual([
      ['fine-tune', 3e-4],
      ['fine-tune', 1e-3],
      ['ptu', 3e-4],
    ])
  })

  it('take nothing from a source where there is none', () => {
    expect(namesAt(scratchRecipes, 49)).toEqual([['probe', 1]])
    expect(namesAt(scratchRecipes, 50).map((one) => (one as readonly unknown[])[0])).toEqual(['scratch', 'scratch'])
    expect(scratchRecipes.companions.map(({ method }) => method)).toEqual(['scratch'])
    expect(namesAt(transferRecipes, 49)).toEqual([['ptu', 4e-3]])
  })

  it('state their evidence, as the companions do', () => {
    for (const recipes of [pretrainedRecipes, transferRecipes, scratchRecipes])
      for (const { evidence } of [...recipes.regimes.flatMap((regime) => regime.recipes), ...recipes.companions])
        expect(evidence.length).toBeGreaterThan(20)
  })
})
