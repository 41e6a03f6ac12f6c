import { ShapeError, split } from '@ptu/core'
import { scope, type ParamTree } from '@ptu/tensor'
import { concat, reverse, type Tensor } from '@tensorflow/tfjs-core'

import { splitMode, type Layer } from './layer.ts'

/**
 * Reads a sequence from both ends: `y = [forward(x), reverse(backward(reverse(x)))]`, joined along the features,
 * `[batch, steps, in] -> [batch, steps, out + out']`. Unless given, the backward layer is a second one like the forward
 * layer.
 *
 * The parameters are the list `[forward, backward]`. A masked layer skips padding on either side of the sequence.
 * Throws `ShapeError` if a layer does not keep the steps.
 *
 * @example
 * ```ts
 * expect(bidirectional(lstm(32)).output([20, 8])).toEqual([20, 64])
 * ```
 *
 * References:
 *   Schuster & Paliwal, "Bidirectional recurrent neural networks", IEEE Transactions on Signal Processing 45, 1997, §II, https://doi.org/10.1109/78.650093
 */
export const bidirectional = (forward: Layer, backward: Layer = forward): Layer<readonly ParamTree[]> => ({
  spec: { type: 'bidirectional', forward: forward.spec, backward: backward.spec },
  structure: {
    kind: 'composite',
    flow: 'join',
    parts: [forward, backward],
    rebuild: ([first = forward, second = backward]) => bidirectional(first, second),
  },
  output: (input) => {
    const outputs = [forward, backward].map((layer) => layer.output(input))
    const [steps, width = 0] = outputs[0] ?? []
    const [backwardSteps, backwardWidth = 0] = outputs[1] ?? []
    if (outputs.some(({ length }) => length !== 2) || steps !== input[0] || backwardSteps !== steps)
      throw new ShapeError(
        `bidirectional: expected layers that keep the ${input[0] ?? 0} steps, ` +
          `got [${outputs.map((shape) => shape.join(', ')).join('] and [')}]`,
      )
    return [steps ?? 0, width + backwardWidth]
  },
  init: (key, input) => split(key, 2).map((part, i) => (i === 0 ? forward : backward).init(part, input)),
  apply: ([forwardParams = [], backwardParams = []], x, mode) =>
    scope(() => {
      const [first = mode, second = mode] = splitMode(mode, 2)
      const reversed = (sequence: Tensor): Tensor => reverse(sequence, 1)
      return concat(
        [forward.apply(forwardParams, x, first), reversed(backward.apply(backwardParams, reversed(x), second))],
        2,
      )
    }),
})
