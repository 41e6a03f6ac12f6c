import { ShapeError, split } from '@ptu/core'
import { scope, type ParamTree } from '@ptu/tensor'
import { maximum as larger, minimum as smaller } from '@tensorflow/tfjs-core'

import { identity } from './elementwise.ts'
import { splitMode, type Layer } from './layer.ts'

/** Two paths from one input, of whose outputs one is taken, number by number. */
const extreme =
  (type: 'maximum' | 'minimum', take: typeof larger) =>
  (first: Layer, second: Layer = identity): Layer<readonly ParamTree[]> => ({
    spec: { type, first: first.spec, second: second.spec },
    structure: {
      kind: 'composite',
      flow: 'extreme',
      parts: [first, second],
      rebuild: ([a = first, b = second]) => extreme(type, take)(a, b),
    },
    output: (input) => {
      const [a, b] = [first.output(input), second.output(input)]
      if (a.join() !== b.join())
        throw new ShapeError(`${type}: expected two paths of one shape, got [${a.join(', ')}] and [${b.join(', ')}]`)
      return a
    },
    init: (key, input) => split(key, 2).map((part, i) => (i === 0 ? first : second).init(part, input)),
    apply: ([firstParams = [], secondParams = []], x, mode) =>
      scope(() => {
        const [a = mode, b = mode] = splitMode(mode, 2)
        return take(first.apply(firstParams, x, a), second.apply(secondParams, x, b))
      }),
  })

/**
 * The larger of two paths from one input, number by number: `y = max(first(x), second(x))`; the second is the identity unless
 * given.
 *
 * The gradient goes to the path that was taken, where both are equal to the first. The parameters are the list `[first, second]`.
 * Throws `ShapeError` if the two outputs differ in shape.
 *
 * @example
 * ```ts
 * expect(maximum(dense(4), dense(4)).output([8])).toEqual([4])
 * ```
 *
 * References:
 *   Goodfellow, Warde-Farley, Mirza, Courville & Bengio, "Maxout networks", ICML 2013, §2 (of affine paths), https://arxiv.org/abs/1302.4389
 */
export const maximum: (first: Layer, second?: Layer) => Layer<readonly ParamTree[]> = extreme('maximum', larger)

/**
 * The smaller of two paths from one input, number by number: `y = min(first(x), second(x))`; else like {@link maximum}.
 *
 * @example
 * ```ts
 * expect(minimum(dense(8)).output([8])).toEqual([8])
 * ```
 */
export const minimum: (first: Layer, second?: Layer) => Layer<readonly ParamTree[]> = extreme('minimum', smaller)
