import { key } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { conv2d } from './conv2d.ts'
import {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  zeros,
  type Initializer,
} from './initializers.ts'

const draw = (initializer: Initializer, seed = 1): Float32Array => {
  const kernel = initializer(key(seed), [100, 200], { in: 100, out: 200 })
  const numbers = kernel.dataSync<'float32'>()
  kernel.dispose()
  return numbers
}

const variance = (xs: Float32Array): number => xs.reduce((total, x) => total + x * x, 0) / xs.length

describe('an initializer', () => {
  it.each([
    ['heNormal', heNormal, 2 / 100],
    ['heUniform', heUniform, 2 / 100],
    ['glorotNormal', glorotNormal, 2 / 300],
    ['glorotUniform', glorotUniform, 2 / 300],
    ['lecunNormal', lecunNormal, 1 / 100],
  ])('%s has the variance its fans ask for', (_name, initializer, expected) => {
    // The variance of 20,000 numbers is within 5 % of the true one, 5 standard deviations for a normal
    expect(Math.abs(variance(draw(initializer)) / expected - 1)).toBeLessThan(0.05)
    expect(draw(initializer)).toEqual(draw(initializer))
    expect(draw(initializer)).not.toEqual(draw(initializer, 2))
  })

  it('may be a constant', () => {
    expect(new Set(draw(constant(2.5)))).toEqual(new Set([2.5]))
    expect(new Set(draw(zeros))).toEqual(new Set([0]))
  })

  it('counts the positions of a kernel in its fans', () => {
    const seen: unknown[] = []
    const spy: Initializer = (from, shape, fans) => {
      seen.push(shape, fans)
      return zeros(from, shape, fans)
    }
    const { kernel, bias } = conv2d(16, 3, { initializer: spy }).init(key(1), [8, 8, 4])
    expect(seen).toEqual([[3, 3, 4, 16], { in: 36, out: 144 }])
    kernel.dispose()
    bias?.dispose()
  })
})
