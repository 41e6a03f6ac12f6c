import { withGradient } from '@ptu/tensor'
import { mul, square, tanh, tensor1d, type Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { describeOnBackends, gradientCheck } from './index.ts'

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
