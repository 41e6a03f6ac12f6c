import { withGradient } from '@ptu/tensor'
import { add, fill, mul, square, tanh, tensor1d, zeros, zerosLike, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { describeOnBackends, gradientCheck, numbersOf } from './index.ts'

const doubledGradient = (x: Tensor): Tensor =>
  withGradient(
    (save, [input]) => {
      save([input])
      return { value: square(input), gradient: (dy, [kept]) => [mul(dy, mul(4, kept as Tensor))] }
    },
    [x] as const,
  )

await describeOnBackends('gradientCheck', () => {
  it('passes a right gradient and names the entries of a wrong one', () => {
    const params = { x: tensor1d([0.5, -1]) }
    expect(gradientCheck(({ x }) => tanh(x), params)).toEqual([])
    const problems = gradientCheck(({ x }) => doubledGradient(x), params)
    expect(problems).toHaveLength(2)
    expect(problems.join()).toMatch(/at x\[0\]: differences give .*, the gradient is/)
    params.x.dispose()
  })
})

/** `slope · x`, with a gradient that is said to be `claim(dy)`. */
const claimed =
  (slope: number, claim: (dy: Tensor) => Tensor) =>
  ({ x }: { readonly x: Tensor }): Tensor =>
    withGradient((_save, [input]) => ({ value: mul(slope, input), gradient: (dy) => [claim(dy)] }), [x] as const)

const problemsOf = (
  count: number,
  ...[f, options]: [ReturnType<typeof claimed>, Parameters<typeof gradientCheck>[2]?]
) => {
  const x = zeros([count])
  const problems = gradientCheck(f, { x }, options)
  x.dispose()
  return problems
}

describe('gradientCheck', () => {
  it('looks at eight entries of a leaf, or at as many as are asked for', () => {
    const wrong = claimed(1, (dy) => add(dy, 1))
    expect(problemsOf(20, wrong)).toHaveLength(8)
    expect(new Set(problemsOf(20, wrong)).size).toBe(8)
    expect(problemsOf(20, wrong, { entries: 3 })).toHaveLength(3)
    expect(problemsOf(5, wrong)).toHaveLength(5)
  })

  it('allows 0.002 and a hundredth of what differences give', () => {
    const off = (by: number) =>
      problemsOf(
        1,
        claimed(0, (dy) => fill(dy.shape, by)),
      ).length
    expect([off(1.9e-3), off(-1.9e-3), off(2.1e-3), off(-2.1e-3)]).toEqual([0, 0, 1, 1])
    const times = (by: number) =>
      problemsOf(
        1,
        claimed(1000, (dy) => mul(1000 * by, dy)),
      ).length
    expect([times(1.008), times(1.012), times(0.992), times(0.988)]).toEqual([0, 1, 0, 1])
    const loose = { tolerance: { absolute: 0.5, relative: 0 } }
    expect(
      problemsOf(
        1,
        claimed(0, (dy) => fill(dy.shape, 0.4)),
        loose,
      ),
    ).toEqual([])
  })

  it('weighs outputs by numbers from -1 to 1', () => {
    const weights: number[] = []
    const f = claimed(1, (dy) => {
      weights.push(...numbersOf(dy))
      return dy.clone()
    })
    expect(problemsOf(400, f, { entries: 1 })).toEqual([])
    expect(weights.length).toBe(400)
    expect(Math.min(...weights)).toBeGreaterThan(-1)
    expect(Math.min(...weights)).toBeLessThan(-0.9)
    expect(Math.max(...weights)).toBeGreaterThan(0.9)
    expect(Math.max(...weights)).toBeLessThan(1)
  })

  it('moves one entry of one leaf by a hundredth to each side, or by the step that is given', () => {
    const params = { x: zeros([2]), y: zeros([2]) }
    const movesOf = (step?: number) => {
      const seen = new Set<string>()
      const f = ({ x, y }: typeof params): Tensor => {
        seen.add([x, y].flatMap((leaf) => numbersOf(leaf).map((number) => number.toFixed(4))).join())
        return add(x, zerosLike(y))
      }
      gradientCheck(f, params, step === undefined ? {} : { step })
      return [...seen].map((numbers) =>
        numbers
          .split(',')
          .map(Number)
          .filter((number) => number !== 0),
      )
    }
    expect(movesOf().flat().toSorted()).toEqual([-0.01, -0.01, -0.01, -0.01, 0.01, 0.01, 0.01, 0.01])
    expect(movesOf().every((moved) => moved.length <= 1)).toBe(true)
    expect(new Set(movesOf(0.25).flat())).toEqual(new Set([0.25, -0.25]))
    params.x.dispose()
    params.y.dispose()
  })

  it('passes a gradient of two leaves that meet', () => {
    const params = { x: tensor1d([0.5, -1]), y: tensor1d([2, 3]) }
    expect(gradientCheck(({ x, y }) => mul(square(x), y), params)).toEqual([])
    params.x.dispose()
    params.y.dispose()
  })
})
