import { OptionError, StructureError, Tree } from '@ptu/core'
import { scope, type ParamTree } from '@ptu/tensor'
import { Tensor, tensor1d } from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'

import {
  adam,
  adamw,
  clipByGlobalNorm,
  globalNorm,
  groups,
  momentum,
  nesterov,
  scaleRate,
  sgd,
  shrink,
  type Optimizer,
} from './index.ts'

const numbers = (tree: ParamTree): readonly number[] => Tree.leaves(tree).flatMap((leaf) => [...leaf.dataSync()])

interface Problem {
  readonly params: ParamTree
  readonly grads: ParamTree
}

const problem = (): Problem => ({
  params: { body: [tensor1d([1, 2]), tensor1d([3])], head: tensor1d([4]) },
  grads: { body: [tensor1d([3, 0]), tensor1d([0])], head: tensor1d([4]) },
})

/** Gradients small enough that what is added to their root shows. */
const changing = (): Problem => ({
  params: { body: [tensor1d([1, 2]), tensor1d([3])], head: tensor1d([4]) },
  grads: { body: [tensor1d([0.3, 0.1]), tensor1d([-0.02])], head: tensor1d([0.04]) },
})

/** The parameters after some steps with one gradient, as numbers. */
const after = (optimizer: Optimizer, steps = 1, make: () => Problem = problem): readonly number[] =>
  scope(() => {
    const { params, grads } = make()
    let current = { params, state: optimizer.init(params) }
    for (let step = 0; step < steps; step++) current = optimizer.update(grads, current.state, current.params, step)
    return numbers(current.params)
  })

const inner: readonly (readonly [string, (rate: number) => Optimizer])[] = [
  ['sgd', sgd],
  ['momentum', momentum],
  ['nesterov', nesterov],
  ['adam', adam],
  ['adamw', (rate) => adamw(rate, { weightDecay: 0.1 })],
]

describe('globalNorm', () => {
  it('is the length of all leaves taken as one vector', () => {
    expect(scope(() => numbers(globalNorm(problem().grads)))).toEqual([5])
  })

  it('of no leaves is 0', () => {
    expect(scope(() => numbers(globalNorm({ a: [] })))).toEqual([0])
  })
})

describe('clipByGlobalNorm', () => {
  it('shortens a longer gradient to the limit and keeps its direction', () => {
    expect(after(clipByGlobalNorm(2.5, sgd(1)))).toBeAllClose([-0.5, 2, 3, 2])
  })

  it('passes a shorter gradient bit for bit', () => {
    expect(after(clipByGlobalNorm(5.1, sgd(0.1)), 7)).toEqual(after(sgd(0.1), 7))
  })

  it('refuses a limit of 0', () => {
    expect(() => clipByGlobalNorm(0, sgd(1))).toThrow(new OptionError('max: expected a finite number above 0, got 0'))
  })
})

describe('shrink', () => {
  it('multiplies every parameter after the update', () => {
    expect(after(shrink(0.5, sgd(1)))).toEqual([-1, 1, 1.5, 0])
    expect(after(shrink(0.5, sgd(0)), 2)).toEqual([0.25, 0.5, 0.75, 1])
  })

  it('refuses to let parameters grow', () => {
    expect(() => shrink(1.01, sgd(1))).toThrow(OptionError)
  })
})

describe.each(inner)('scaleRate of %s', (_name, make) => {
  it('is the optimizer with the rate times the factor, after one step', () => {
    expect(after(scaleRate(() => 0.25, make(0.2)))).toBeAllClose(after(make(0.05)))
  })

  it('with the factor 1 changes no bit, and with 0 lets nothing move', () => {
    const scaled = after(
      scaleRate(([block]) => (block === 'head' ? 0 : 1), make(0.2)),
      5,
    )
    expect(scaled).toEqual([...after(make(0.2), 5).slice(0, 3), 4])
  })
})

describe('scaleRate', () => {
  it('refuses a negative factor and names the parameter', () => {
    expect(() => after(scaleRate(() => -1, sgd(1)))).toThrow(
      'the factor for body.0: expected a finite number of at least 0, got -1',
    )
  })
})

describe('groups', () => {
  it('gives each parameter the optimizer of its group', () => {
    const optimizer = groups({
      select: ([block]) => (block === 'head' ? 'head' : 'body'),
      optimizers: { body: momentum(0.1), head: adam(0.2) },
    })
    const [adamOnly, momentumOnly] = [after(adam(0.2), 5), after(momentum(0.1), 5)]
    expect(after(optimizer, 5)).toEqual([...momentumOnly.slice(0, 3), ...adamOnly.slice(3)])
  })

  it('keeps the paths that inner optimizers see', () => {
    const seen: string[] = []
    const spy = scaleRate((path) => (seen.push(Tree.format(path)), 1), sgd(1))
    after(groups({ select: (path) => (path[1] === 1 ? 'b' : 'a'), optimizers: { a: sgd(1), b: spy } }))
    expect(seen).toEqual(['body.1'])
  })

  it('shrinks and clips within one group only', () => {
    const optimizer = groups({
      select: ([block]) => (block === 'head' ? 'head' : 'body'),
      optimizers: { body: shrink(0.5, sgd(0)), head: clipByGlobalNorm(1, sgd(1)) },
    })
    expect(after(optimizer)).toBeAllClose([0.5, 1, 1.5, 3])
  })

  it('may have a group without parameters', () => {
    const optimizer = groups({ select: (): 'a' | 'b' => 'a', optimizers: { a: sgd(0.1), b: adam(0.1) } })
    expect(after(optimizer, 3)).toEqual(after(sgd(0.1), 3))
  })

  it('refuses a name that is no group, and says where', () => {
    const optimizer = groups({ select: () => 'gate' as 'gates', optimizers: { gates: sgd(1), weights: sgd(1) } })
    expect(() => after(optimizer)).toThrow(
      new OptionError('select names the group gate for body.0: expected one of gates, weights'),
    )
  })

  it('may have names that records inherit, and refuses them where it has not', () => {
    const names = ['constructor', '__proto__', 'toString', 'length']
    for (const name of names) {
      const optimizers = Object.fromEntries([
        [name, adam(0.1)],
        ['rest', sgd(0.1)],
      ]) as Readonly<Record<string, Optimizer>>
      expect(after(groups({ select: () => name, optimizers }), 2)).toEqual(after(adam(0.1), 2))
      expect(() => after(groups({ select: () => name as 'rest', optimizers: { rest: sgd(0.1) } }))).toThrow(
        `select names the group ${name} for body.0: expected one of rest`,
      )
    }
  })

  it('treats parameters that have such names as any', () => {
    const make = (): Problem => ({
      params: Object.fromEntries([
        ['constructor', tensor1d([1])],
        ['__proto__', tensor1d([2])],
        ['length', tensor1d([3])],
      ]),
      grads: Object.fromEntries([
        ['constructor', tensor1d([1])],
        ['__proto__', tensor1d([1])],
        ['length', tensor1d([1])],
      ]),
    })
    const optimizer = groups({
      select: ([name]) => (name === 'constructor' ? 'a' : 'b'),
      optimizers: { a: sgd(1), b: scaleRate(() => 0.5, clipByGlobalNorm(10, momentum(1))) },
    })
    expect(after(optimizer, 1, make)).toEqual([0, 1.5, 2.5])
  })

  it('refuses a state of other groups', () => {
    const optimizer = groups({ select: () => 'all', optimizers: { all: sgd(1) } })
    const { params, grads } = problem()
    expect(() => optimizer.update(grads, {} as never, params, 0)).toThrow(StructureError)
    Tree.leaves([params, grads]).forEach((leaf) => {
      leaf.dispose()
    })
  })
})

describe('an option that is left out', () => {
  it.each<readonly [string, Optimizer, Optimizer, Optimizer]>([
    ['momentum keeps .9', momentum(0.1), momentum(0.1, { decay: 0.9 }), momentum(0.1, { decay: 0.91 })],
    ['nesterov keeps .9', nesterov(0.1), nesterov(0.1, { decay: 0.9 }), nesterov(0.1, { decay: 0.91 })],
    ['adamw decays by .01', adamw(0.1), adamw(0.1, { weightDecay: 0.01 }), adamw(0.1, { weightDecay: 0.011 })],
    ['adam adds 1e-8', adam(0.1), adam(0.1, { epsilon: 1e-8 }), adam(0.1, { epsilon: 1e-2 })],
  ])('has its default: %s', (_case, plain, told, other) => {
    expect(after(plain, 3, changing)).toEqual(after(told, 3, changing))
    expect(after(plain, 3, changing)).not.toEqual(after(other, 3, changing))
  })
})

describe('an option at its limit', () => {
  it.each<readonly [string, () => Optimizer, () => Optimizer]>([
    ['no momentum is plain descent', () => momentum(0.1, { decay: 0 }), () => sgd(0.1)],
    ['no look ahead is plain descent', () => nesterov(0.1, { decay: 0 }), () => sgd(0.1)],
    ['shrunk to nothing is 0', () => shrink(0, sgd(0.1)), () => shrink(0, adam(0.1))],
    ['a rate of 0 moves nothing', () => sgd(0), () => momentum(0)],
  ])('is taken: %s', (_case, limit, same) => {
    expect(after(limit(), 3)).toBeAllClose(after(same(), 3))
  })

  it('is taken: adam that forgets everything moves by its rate', () => {
    const moved = after(adam(0.1, { beta1: 0, beta2: 0 }), 3, changing)
    expect(moved).toBeAllClose([0.7, 1.7, 3.3, 3.7], { absolute: 1e-5 })
  })
})

describe('an option', () => {
  it.each<readonly [string, () => unknown, string]>([
    ['rate', () => sgd(-1), 'the rate: expected a finite number of at least 0, got -1'],
    [
      'scheduled rate',
      () =>
        after(
          adam((step) => (step < 2 ? 1 : NaN)),
          3,
        ),
      'the rate at step 2: expected a finite number of at least 0, got NaN',
    ],
    ['decay', () => momentum(1, { decay: 1 }), 'decay: expected a number in [0, 1), got 1'],
    ["decay of nesterov's", () => nesterov(1, { decay: -0.1 }), 'decay: expected a number in [0, 1), got -0.1'],
    ['infinite rate', () => sgd(Infinity), 'the rate: expected a finite number of at least 0, got Infinity'],
    ['negative factor', () => shrink(-0.1, sgd(1)), 'factor: expected a number in [0, 1], got -0.1'],
    ['beta1', () => adam(1, { beta1: -0.1 }), 'beta1: expected a number in [0, 1), got -0.1'],
    ['beta2', () => adam(1, { beta2: 1 }), 'beta2: expected a number in [0, 1), got 1'],
    ['epsilon', () => adam(1, { epsilon: 0 }), 'epsilon: expected a finite number above 0, got 0'],
    [
      'weight decay',
      () => adamw(1, { weightDecay: -1 }),
      'weightDecay: expected a finite number of at least 0, got -1',
    ],
  ])('that is a wrong %s is refused', (_case, make, message) => {
    expect(make).toThrow(new OptionError(message))
  })
})

it.each(inner)('%s reads nothing back from the device', (_name, make) => {
  const [now, later] = [vi.spyOn(Tensor.prototype, 'dataSync'), vi.spyOn(Tensor.prototype, 'data')]
  const optimizer = groups({
    select: () => 'all',
    optimizers: {
      all: clipByGlobalNorm(
        1,
        scaleRate(() => 0.5, shrink(0.9, make(0.1))),
      ),
    },
  })
  scope(() => {
    const { params, grads } = problem()
    optimizer.update(grads, optimizer.init(params), params, 0)
  })
  expect(now).not.toHaveBeenCalled()
  expect(later).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})
