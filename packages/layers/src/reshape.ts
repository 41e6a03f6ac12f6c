import { OptionError, ShapeError } from '@ptu/core'
import type { Shape } from '@ptu/tensor'
import { reshape as rearrange } from '@tensorflow/tfjs-core'

import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'

const product = (sizes: Shape): number => sizes.reduce((size, n) => size * n, 1)

/**
 * The same numbers in another shape, `[batch, ...] -> [batch, ...shape]`; one size may be -1 and is then computed from
 * the others.
 *
 * Throws `OptionError` for sizes that are no positive integers, `ShapeError` for an input whose size differs.
 *
 * @example
 * ```ts
 * expect(reshape([7, -1]).output([49, 4])).toEqual([7, 28])
 * ```
 */
export const reshape = (shape: Shape): Layer<readonly []> => {
  const name = `reshape([${shape.join(', ')}])`
  const known = shape.filter((size) => size !== -1)
  for (const size of known) checkCount(name, 'each size', size)
  if (shape.length - known.length > 1) throw new OptionError(`${name}: expected one size of -1 at most`)
  const output = (input: Shape): Shape => {
    const rest = product(input) / product(known)
    if (known.length === shape.length ? rest !== 1 : !Number.isInteger(rest) || rest < 1)
      throw new ShapeError(`${name}: expected an input of as many numbers, got [batch, ${input.join(', ')}]`)
    return shape.map((size) => (size === -1 ? rest : size))
  }
  return {
    spec: { type: 'reshape', shape },
    structure: { kind: 'homogeneous' },
    output,
    init: () => [],
    apply: (_params, x) => rearrange(x, [x.shape[0], ...output(x.shape.slice(1))]),
  }
}
