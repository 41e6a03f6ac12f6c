import { square, tensor1d } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { fetched } from './fetched.ts'

it('fetched reads every tensor, in order, and frees them', async () => {
  const read = await fetched(() => [square(tensor1d([1, 2])), tensor1d([3], 'int32')])
  expect(read).toEqual([Float32Array.of(1, 4), Int32Array.of(3)])
})
