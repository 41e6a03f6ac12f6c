import { ShapeError, split } from '@ptu/core'
import { scope, type ParamTree } from '@ptu/tensor'
import { concat } from '@tensorflow/tfjs-core'

import { splitMode, type Layer } from './layer.ts'

/**
 * Several paths from one input, joined channel by channel: `y = [first(x), second(x), ...]` along the last axis.
 *
 * The parameters are the list of the paths' parameters. Throws `ShapeError` if the outputs differ in another axis.
 *
 * @example
 * ```ts
 * expect(concatenate(conv2d(8, 1), conv2d(8, 3), maxPool(3, { stride: 1, padding: 'same' })).output([14, 14, 4])).toEqual([14, 14, 20])
 * ```
 *
 * References:
 *   Szegedy et al., "Going deeper with convolutions", CVPR 2015, §4, https://arxiv.org/abs/1409.4842
 */
export const concatenate = (...paths: readonly Layer[]): Layer<readonly ParamTree[]> => ({
  spec: { type: 'concatenate', paths: paths.map(({ spec }) => spec) },
  structure: { kind: 'composite', flow: 'join', parts: paths, rebuild: (parts) => concatenate(...parts) },
  output: (input) => {
    const outputs = paths.map((path) => path.output(input))
    const [first = []] = outputs
    if (first.length === 0 || outputs.some((shape) => shape.slice(0, -1).join() !== first.slice(0, -1).join()))
      throw new ShapeError(
        `concatenate: expected paths of one shape but for the channels, got [${outputs.map((shape) => shape.join(', ')).join('] and [')}]`,
      )
    return [...first.slice(0, -1), outputs.reduce((sum, shape) => sum + (shape.at(-1) ?? 0), 0)]
  },
  init: (key, input) => {
    const keys = split(key, paths.length)
    return paths.map((path, i) => path.init(keys[i] ?? key, input))
  },
  apply: (params, x, mode) =>
    scope(() => {
      const modes = splitMode(mode, paths.length)
      const outputs = paths.map((path, i) => path.apply(params[i] ?? [], x, modes[i] ?? mode))
      return concat(outputs, (outputs[0]?.rank ?? 1) - 1)
    }),
})
