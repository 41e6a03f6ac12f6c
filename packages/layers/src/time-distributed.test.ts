import { expect, it } from 'vitest'

import { dense } from './dense.ts'
import { timeDistributed } from './time-distributed.ts'

it('a layer at each step takes a sequence of a single step, and none of no step', () => {
  const layer = timeDistributed(dense(3))
  expect(layer.output([1, 2])).toEqual([1, 3])
  expect(() => layer.output([0, 2])).toThrow('timeDistributed(dense): expected [batch, steps, ...], got [batch, 0, 2]')
})
