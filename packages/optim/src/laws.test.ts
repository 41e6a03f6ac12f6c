import { ShapeError, StructureError, Tree } from '@ptu/core'
import { cloneParams, disposeParams, mapParams, valueAndGrad, type ParamTree } from '@ptu/tensor'
import {
  add,
  fill,
  memory,
  mul,
  square,
  sub,
  sum,
  tensor1d,
  tensor2d,
  zeros,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import * as optim from './index.ts'
import {
  adam,
  adamw,
  clipByGlobalNorm,
  groups,
  leafwise,
  momentum,
  nesterov,
  scaleRate,
  sgd,
  shrink,
  type Optimizer,
} from './index.ts'

/** Every optimizer and every wrapper, by the name it is exported under, with a rate for the quadratic and one for Rosenbrock's valley. */
const optimizers: readonly (readonly [
  name: string,
  make: (rate: number) => Optimizer,
  quadratic: number,
  valley: number,
])[] = [
  ['sgd', sgd, 0.1, 0.002],
  ['momentum', momentum, 0.02, 0.0005],
  ['nesterov', nesterov, 0.02, 0.0005],
  ['adam', adam, 0.05, 0.01],
  ['adamw without decay', (rate) => adamw(rate, { weightDecay: 0 }), 0.05, 0.01],
  ['clipByGlobalNorm of momentum', (rate) => clipByGlobalNorm(5, momentum(rate)), 0.02, 0.0005],
  ['scaleRate of adam', (rate) => scaleRate(([name]) => (name === 'x' ? 1 : 0.5), adam(rate)), 0.05, 0.01],
  [
    'groups of adam and momentum',
    (rate) =>
      groups({
        select: ([name]) => (name === 'x' ? 'x' : 'rest'),
        optimizers: { x: momentum(rate / 20), rest: adam(rate) },
      }),
    0.1,
    0.01,
  ],
  ['shrink of adam by 1', (rate) => shrink(1, adam(rate)), 0.05, 0.01],
  ['leafwise descent', (rate) => leafwise([], () => (param, grad) => [sub(param, mul(grad, rate)), {}]), 0.1, 0.002],
]

const numbers = (tree: ParamTree): readonly number[] => Tree.leaves(tree).flatMap((leaf) => [...leaf.dataSync()])
const bits = (tree: ParamTree): readonly number[] => [...new Uint32Array(Float32Array.from(numbers(tree)).buffer)]

/** Applies `gradientAt` for some steps and gives the last parameters; frees everything else. */
const descend = (
  optimizer: Optimizer,
  start: ParamTree,
  gradientAt: (params: ParamTree) => ParamTree,
  steps: number,
): ParamTree => {
  let params = cloneParams(start)
  let state = optimizer.init(params)
  for (let step = 0; step < steps; step++) {
    const grads = gradientAt(params)
    const next = optimizer.update(grads, state, params, step)
    disposeParams([grads, state, params])
    ;({ params, state } = next)
  }
  disposeParams(state)
  return params
}

const quadraticStart = (): ParamTree => ({ x: tensor1d([3, -2]), rest: [{ y: tensor2d([[1, 4]]) }] })

const quadraticGradient = (params: ParamTree): ParamTree => {
  const { value, grads } = valueAndGrad((p: ParamTree) => {
    const [x, y] = Tree.leaves(p) as [Tensor, Tensor]
    return add<Scalar>(sum(mul(square(sub(x, tensor1d([1, 2]))), tensor1d([1, 3]))), sum(square(y)))
  })(params)
  value.dispose()
  return grads
}

const valleyGradient = (params: ParamTree): ParamTree => {
  const [x = NaN, y = NaN] = numbers(params)
  return { x: tensor1d([-2 * (1 - x) - 400 * x * (y - x * x)]), y: tensor1d([200 * (y - x * x)]) }
}

const constantGradient = (params: ParamTree): ParamTree => mapParams(params, (leaf) => fill(leaf.shape, 0.5))
const zeroGradient = (params: ParamTree): ParamTree => Tree.map(params, (leaf) => zeros(leaf.shape))

it('the table of optimizers holds every one that is exported', () => {
  const schedules = ['constant', 'cosine', 'oneCycle', 'warmUp']
  const others = ['globalNorm', 'movingAverage', ...schedules]
  const exported = Object.keys(optim).filter((name) => !others.includes(name))
  expect([...new Set(optimizers.map(([name]) => name.split(' ')[0]))].toSorted()).toEqual(exported.toSorted())
})

describe.each(optimizers)('%s', (_name, make, quadraticRate, valleyRate) => {
  it('reaches the minimum of a quadratic', () => {
    const start = quadraticStart()
    const end = descend(make(quadraticRate), start, quadraticGradient, 600)
    expect(numbers(end)).toBeAllClose([1, 2, 0, 0], { absolute: 1e-3 })
    disposeParams([start, end])
  })

  it("reaches the minimum of Rosenbrock's valley", () => {
    const start = { x: tensor1d([-0.5]), y: tensor1d([0.5]) }
    const end = descend(make(valleyRate), start, valleyGradient, 10_000)
    expect(numbers(end)).toBeAllClose([1, 1], { absolute: 0.02 })
    disposeParams([start, end])
  })

  it('keeps as many tensors after 200 steps as after one', () => {
    const optimizer = make(0.01)
    const counts = [1, 200].map((steps) => {
      const start = quadraticStart()
      const end = descend(optimizer, start, constantGradient, steps)
      const held = memory().numTensors
      disposeParams([start, end])
      return held
    })
    expect(counts[1]).toBe(counts[0])
  })

  it('gives the same bits for the same gradients', () => {
    const start = quadraticStart()
    const ends = [1, 2].map(() => descend(make(0.03), start, quadraticGradient, 20))
    expect(bits(ends[0] as ParamTree)).toEqual(bits(ends[1] as ParamTree))
    disposeParams([start, ...ends])
  })

  it('borrows what it is given and shares nothing with it', () => {
    const params = quadraticStart()
    const given = [constantGradient(params), make(0.1).init(params), params]
    const before = bits(given)
    const { params: next, state } = make(0.1).update(given[0] as ParamTree, given[1] as ParamTree, params, 0)
    expect(bits(given)).toEqual(before)
    disposeParams(given)
    expect(numbers([next, state]).every(Number.isFinite)).toBe(true)
    disposeParams([next, state])
  })

  it('does not move parameters whose gradient is always 0, not by a bit', () => {
    const start = { x: tensor1d([1e-30, -3.3333333, 1e30]), y: [tensor1d([-0, 0, 0.1])] }
    const end = descend(make(0.7), start, zeroGradient, 20)
    expect(bits(end)).toEqual(bits(start))
    disposeParams([start, end])
  })

  it('does not move an idle entry beside one that moves', () => {
    const start = { x: tensor1d([0.1, 0.1]), y: tensor1d([0.1]) }
    const end = descend(make(0.03), start, () => ({ x: tensor1d([1, 0]), y: tensor1d([0]) }), 20)
    const [moved, idle, other] = numbers(end)
    expect(moved).toBeLessThan(0.09)
    expect([idle, other]).toEqual([Math.fround(0.1), Math.fround(0.1)])
    disposeParams([start, end])
  })

  it('lets NaN through to the parameter', () => {
    const start = { x: tensor1d([1, 2]), y: tensor1d([3]) }
    const end = descend(make(0.1), start, () => ({ x: tensor1d([NaN, 1]), y: tensor1d([1]) }), 2)
    expect(numbers(end)[0]).toBeNaN()
    disposeParams([start, end])
  })

  it('serves a tree without parameters', () => {
    const end = descend(make(0.1), { x: [], y: {} }, (params) => params, 2)
    expect(end).toEqual({ x: [], y: {} })
  })

  it.each<readonly [string, ParamTree, new (message: string) => Error]>([
    ['of another structure', { x: [], y: [] }, StructureError],
    ['of other names', { x: tensor1d([1]), z: tensor1d([1]) }, StructureError],
    ['of a shape that would broadcast', { x: tensor1d([1]), y: tensor1d([1]) }, ShapeError],
  ])('refuses gradients %s', (_case, given, error) => {
    const optimizer = make(0.1)
    const params = { x: tensor1d([1, 2]), y: tensor1d([1]) }
    const grads = cloneParams(given)
    const state = optimizer.init(params)
    expect(() => optimizer.update(grads, state, params, 0)).toThrow(error)
    disposeParams([params, grads, state])
  })
})
