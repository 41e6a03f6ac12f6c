import { share } from '@ptu/strategies'
import { describe, expect, it } from 'vitest'

import { RunError } from '../errors.ts'
import type { LabelledTask, Method } from '../methods/method.ts'
import { guardedMethod } from './guarded-method.ts'

type Plan = Parameters<NonNullable<Method['adapt']>>[0]
type Source = LabelledTask['source']

const source = { blocks: [{ name: 'one' }, { name: 'two' }] } as unknown as Source
const question = { blocks: 2, rates: [], rate: 1e-3 }
const plan = { blocks: [share, share], head: {} } as unknown as Plan

const method = (changes: Readonly<Record<string, unknown>>): Method =>
  guardedMethod('mine.mjs', {
    ...{ name: 'mine', role: 'candidate', trials: () => [{ depth: null, rate: 1 }], plan: () => [share, share] },
    ...changes,
  })

describe('a method of a module', () => {
  it('is asked as it is where it answers well', async () => {
    const mine = method({ adapt: (own: Plan) => own })
    expect(mine.trials(question)).toEqual([{ depth: null, rate: 1 }])
    expect(mine.plan(source, { depth: null, rate: 1 })).toEqual([share, share])
    expect(await mine.adapt?.(plan, { source } as LabelledTask)).toBe(plan)
    expect('adapt' in method({})).toBe(false)
  })

  it('has its errors told by module, function and method', () => {
    const boom = () => {
      throw new TypeError('a slip')
    }
    expect(() => method({ trials: boom }).trials(question)).toThrow(
      new RunError('mine.mjs: trials of the method mine: a slip'),
    )
    expect(() => method({ plan: boom }).plan(source, { depth: null, rate: 1 })).toThrow('mine.mjs: plan of the method')
  })

  it.each([[], 5, [{ depth: null, rate: NaN }], [{ depth: 1.5, rate: 1 }], [{ rate: 1 }]])(
    'is refused for the trials %j',
    (trials) => {
      expect(() => method({ trials: () => trials }).trials(question)).toThrow('expected a list of one setting or more')
    },
  )

  it.each([5, [share], [share, 3]])('is refused for the plan %j', (blocks) => {
    expect(() => method({ plan: () => blocks }).plan(source, { depth: null, rate: 1 })).toThrow(RunError)
  })

  it('keeps the evidence that an adapted plan brings', async () => {
    const evidence = { hypotheses: [{}], blocks: [{}, {}], cost: { examples: 3 } }
    const given = { ...plan, evidence } as unknown as Plan
    expect(await method({ adapt: () => given }).adapt?.(plan, { source } as LabelledTask)).toBe(given)
  })

  it.each([
    undefined,
    { blocks: [share], head: {} },
    { blocks: [share, share] },
    { ...plan, evidence: 5 },
    { ...plan, evidence: { hypotheses: [], blocks: [{}, {}], cost: {} } },
    { ...plan, evidence: { hypotheses: [5], blocks: [{}, {}], cost: {} } },
    { ...plan, evidence: { hypotheses: [{}], blocks: [{}], cost: {} } },
    { ...plan, evidence: { hypotheses: [{}], blocks: [{}, {}] } },
  ])('is refused for the adapted plan %j', async (given) => {
    const adapted = method({ adapt: () => given }).adapt?.(plan, { source } as LabelledTask)
    await expect(adapted).rejects.toThrow('mine.mjs: adapt of the method mine: expected')
  })

  it('may say itself what the examples do not allow', async () => {
    const few = new RunError('too few')
    await expect(method({ adapt: () => Promise.reject(few) }).adapt?.(plan, { source } as LabelledTask)).rejects.toBe(
      few,
    )
  })
})
