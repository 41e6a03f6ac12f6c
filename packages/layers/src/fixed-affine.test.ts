import { expect, it } from 'vitest'

import { fixedAffine } from './fixed-affine.ts'

it.each([
  [{ scale: [2] }, 'homogeneous'],
  [{ shift: [0, 0] }, 'homogeneous'],
  [{ shift: [0, 1] }, 'opaque'],
  [{ shift: [1] }, 'opaque'],
] as const)('a fixed affine layer of %j passes factors on where it shifts nothing: it is %s', (options, kind) => {
  expect(fixedAffine(options).structure.kind).toBe(kind)
})
