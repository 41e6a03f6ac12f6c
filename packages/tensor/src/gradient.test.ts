import {
  add,
  memory,
  mul,
  ones,
  pow,
  range,
  reshape,
  scalar,
  square,
  sum,
  tensor1d,
  tensor2d,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { stopGradient, straightThrough, sumTo, valueAndGrad, withGradient } from './gradient.ts'
import { disposeParams } from './params.ts'
import { scope } from './scope.ts'

/** Value and gradient of `f` at `x`, as numbers. */
const at = (f: (x: Tensor) => Scalar, values: readonly number[]): readonly [number, readonly number[]] => {
  const x = tensor1d([...values])
  const { value, grads } = valueAndGrad(f)(x)
  const numbers = [value.dataSync()[0] as number, [...grads.dataSync()]] as const
  disposeParams([x, value, grads])
  return numbers
}

const total = (x: Tensor): Scalar => sum(x)

describe('valueAndGrad', () => {
  it('gives the value and a gradient of the structure of the parameters', () => {
    const params = { w: tensor1d([3, -2]), inner: [scalar(5)] as const }
    const { value, grads } = valueAndGrad(({ w, inner }: typeof params) => total(mul(square(w), inner[0])))(params)
    expect(value).toBeAllClose([65])
    expect(grads.w).toBeAllClose([30, -20])
    expect(grads.inner[0]).toBeAllClose([13])
    disposeParams([params, value, grads])
  })

  it('gives zeros for a parameter that is not used', () => {
    const params = { used: tensor1d([1, 2]), unused: ones([2, 3]) }
    const { value, grads } = valueAndGrad((p: typeof params) => total(square(p.used)))(params)
    expect(grads.unused.shape).toEqual([2, 3])
    expect(grads.unused).toBeAllClose([0, 0, 0, 0, 0, 0])
    disposeParams([params, value, grads])
  })

  it('gives zeros when nothing is used and an empty tree when there is nothing', () => {
    const params = { w: tensor1d([1]) }
    const unused = valueAndGrad<typeof params>(() => scalar(7))(params)
    expect(unused.value).toBeAllClose([7])
    expect(unused.grads.w).toBeAllClose([0])
    const none = valueAndGrad(() => scalar(7))({})
    expect(none.grads).toEqual({})
    disposeParams([params, unused.value, unused.grads, none.value])
  })

  it('frees all but the value and the gradients', () => {
    const x = tensor1d([1, 2, 3])
    const before = memory().numTensors
    const { value, grads } = valueAndGrad((p: Tensor) => total(mul(square(add(p, 1)), p)))(x)
    expect(memory().numTensors - before).toBe(2)
    disposeParams([x, value, grads])
  })
})

describe('withGradient', () => {
  const cubed =
    (factor: number) =>
    (x: Tensor): Tensor =>
      withGradient(
        (save, [input]) => {
          save([input])
          return {
            value: pow(input, 3),
            gradient: (dy, [saved]) => [mul(dy, mul(factor, square(saved as Tensor)))],
          }
        },
        [x] as const,
      )

  it('uses the gradient it was given, with the tensors that were saved', () => {
    expect(at((x) => total(cubed(3)(x)), [2, -1])).toEqual([7, [12, 3]])
    expect(at((x) => total(cubed(30)(x)), [2, -1])).toEqual([7, [120, 30]])
  })
})

describe('stopGradient', () => {
  it('passes the value and nothing of the gradient', () => {
    expect(at((x) => total(mul(stopGradient(x), x)), [3, 4])).toEqual([25, [3, 4]])
  })
})

describe('straightThrough', () => {
  it('has the value of the one bit for bit and the gradient of the other', () => {
    const value = straightThroughOf(0.1, 0.3)
    expect(value).toEqual([Math.fround(0.1), [2]])
  })

  it('sums the gradient where the backward side is broadcast', () => {
    expect(at((g) => total(straightThrough(ones([4, 2]), g)), [0.2, 0.8])).toEqual([8, [4, 4]])
  })

  const straightThroughOf = (forward: number, backward: number): readonly [number, readonly number[]] =>
    at((x) => total(straightThrough(tensor1d([forward]), mul(x, 2))), [backward])
})

describe('sumTo', () => {
  it('is the adjoint of broadcasting: ⟨broadcast(a), b⟩ = ⟨a, sumTo(b)⟩', () => {
    const shapes = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(shapes, fc.nat(3), (axes, dropped) => {
        const wide = axes.map(([size]) => size)
        const narrow = axes.map(([size, repeated]) => (repeated ? 1 : size)).slice(Math.min(dropped, axes.length))
        scope(() => {
          const b = reshape(
            range(
              0,
              wide.reduce((product, n) => product * n, 1),
            ),
            wide,
          )
          const a = reshape(range(1, 1 + narrow.reduce((product, n) => product * n, 1)), narrow)
          const back = sumTo(b, narrow)
          expect(back.shape).toEqual(narrow)
          expect(sum(mul(a, b))).toBeAllClose(sum(mul(a, back)))
        })
      }),
      { numRuns: 50 },
    )
  })

  it('gives a tensor of its own where nothing is summed', () => {
    const x = tensor2d([[1, 2]])
    const y = sumTo(x, [1, 2])
    expect(y).not.toBe(x)
    disposeParams([x, y])
  })
})
