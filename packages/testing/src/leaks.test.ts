import { zeros, type Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { tensorsLeakedBy } from './leaks.ts'

it('tensorsLeakedBy counts what was left', () => {
  const made: Tensor[] = []
  expect(tensorsLeakedBy(() => made.push(zeros([1]), zeros([2])))).toBe(2)
  expect(
    tensorsLeakedBy(() => {
      zeros([1]).dispose()
    }),
  ).toBe(0)
  for (const tensor of made) tensor.dispose()
})
