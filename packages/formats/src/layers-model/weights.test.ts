import { zeros } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { checked } from './weights.ts'

it('a weight that cannot be read is refused before it is made', () => {
  const weight = { name: 'dense/kernel', shape: [2], tensor: () => zeros([2]) }
  expect(() => checked({ ...weight, refused: 'it is kept in chunks' }, [2])).toThrow(
    'dense/kernel: it is kept in chunks',
  )
  const made = checked(weight, [2])()
  expect(made.shape).toEqual([2])
  made.dispose()
})
