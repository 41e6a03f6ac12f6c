import { ShapeError, split } from '@ptu/core'
import { scope, type ParamTree } from '@ptu/tensor'
import { add } from '@tensorflow/tfjs-core'

import { identity } from './elementwise.ts'
import { splitMode, type Layer } from './layer.ts'

/**
 * The sum of two paths from one input: `y = main(x) + shortcut(x)`; the shortcut is the identity unless given.
 *
 * The parameters are the list `[main, shortcut]`. Throws `ShapeError` if the two outputs differ in shape.
 *
 * @example
 * ```ts
 * const block = residual(serial(conv2d(32, 3, { stride: 2 }), relu, conv2d(32, 3)), conv2d(32, 1, { stride: 2 }))
 * ```
 *
 * References:
 *   He, Zhang, Ren & Sun, "Deep residual learning for image recognition", CVPR 2016, §3.2, https://arxiv.org/abs/1512.03385
 */
export const residual = (main: Layer, shortcut: Layer = identity): Layer<readonly ParamTree[]> => ({
  spec: { type: 'residual', main: main.spec, shortcut: shortcut.spec },
  structure: {
    kind: 'composite',
    flow: 'sum',
    parts: [main, shortcut],
    rebuild: ([first = main, second = shortcut]) => residual(first, second),
  },
  output: (input) => {
    const [long, short] = [main.output(input), shortcut.output(input)]
    if (long.join() !== short.join())
      throw new ShapeError(
        `residual: expected two paths of one shape, got [${long.join(', ')}] and [${short.join(', ')}]; ` +
          'give a shortcut with the stride and the channels of the main path',
      )
    return long
  },
  init: (key, input) => split(key, 2).map((part, i) => (i === 0 ? main : shortcut).init(part, input)),
  apply: ([mainParams = [], shortcutParams = []], x, mode) =>
    scope(() => {
      const [first = mode, second = mode] = splitMode(mode, 2)
      return add(main.apply(mainParams, x, first), shortcut.apply(shortcutParams, x, second))
    }),
})
