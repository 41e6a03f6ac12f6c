import { add, tanh } from '@tensorflow/tfjs-core'

import type { Cell, RecurrentParams } from './cell.ts'
import type { Layer } from './layer.ts'
import { recurrent, type RecurrentOptions } from './recurrent.ts'

const cell: Cell = {
  type: 'simpleRnn',
  gates: 1,
  recurrentBias: false,
  biases: [0],
  idle: [0],
  states: 1,
  step: (input, fromState) => [tanh(add(input, fromState))],
}

/**
 * A recurrent layer without gates, `[batch, steps, in] -> [batch, steps, units]`.
 *
 * `h_t = tanh(x_t·K + h_{t-1}·R + b)`, `h_0 = 0`, with `K` the kernel `[in, units]`, `R` the recurrent kernel
 * `[units, units]` and `b` the bias `[units]`.
 *
 * It is Keras's `SimpleRNN(units, return_sequences=True)` and PyTorch's `RNN`, whose two biases are summed here.
 *
 * Throws `OptionError` for units that are no positive integer, `ShapeError` for an input that is no sequence.
 *
 * @example
 * ```ts
 * expect(simpleRnn(8).output([20, 3])).toEqual([20, 8])
 * ```
 *
 * References:
 *   Elman, "Finding structure in time", Cognitive Science 14, 1990, https://doi.org/10.1207/s15516709cog1402_1
 */
export const simpleRnn = (units: number, options: RecurrentOptions = {}): Layer<RecurrentParams> =>
  recurrent(cell, units, options)
