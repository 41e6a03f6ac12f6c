import { add, mul, sigmoid, split, tanh } from '@tensorflow/tfjs-core'

import { saturated, type Cell, type RecurrentParams } from './cell.ts'
import type { Layer } from './layer.ts'
import { recurrent, type RecurrentOptions } from './recurrent.ts'

const cell: Cell = {
  type: 'lstm',
  gates: 4,
  recurrentBias: false,
  biases: [0, 1, 0, 0],
  idle: [-saturated, saturated, 0, 0],
  states: 2,
  fused: {
    kernel: 'PtuLstm',
    inputs: (x, { recurrentKernel }, zero) => ({ x, u: recurrentKernel, h0: zero, c0: zero }),
  },
  step: (input, fromState, [h = input, c = h]) => {
    const [i = h, f = h, g = h, o = h] = split(add(input, fromState), 4, 1)
    const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)))
    return [mul(sigmoid(o), tanh(next)), next]
  },
}

/**
 * A long short-term memory, `[batch, steps, in] -> [batch, steps, units]`.
 *
 * `i, f, o = σ(x·K + h·R + b)`, `g = tanh(x·K_g + h·R_g + b_g)`, `c' = f·c + i·g`, `h' = o·tanh(c')`, from `h = c = 0`,
 *
 * with the gates in the columns in the order input `i`, forget `f`, candidate `g`, output `o`: kernel `[in, 4·units]`,
 * recurrent kernel `[units, 4·units]`, bias `[4·units]`. The bias of the forget gate starts at 1, the others at 0.
 *
 * It corresponds to Keras's `LSTM(units, return_sequences=True)`, with the same order `i, f, c, o` and one bias.
 * PyTorch's `LSTM` has the same order of gates; the kernels are its `weight_ih` and `weight_hh` transposed, and its two
 * biases are summed here.
 *
 * Throws `OptionError` for units that are no positive integer, `ShapeError` for an input that is no sequence.
 *
 * @example
 * ```ts
 * const reader = serial(lstm(32), meanOverTime(), dense(10))
 * expect(reader.output([20, 8])).toEqual([10])
 * ```
 *
 * References:
 *   Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9, 1997, https://doi.org/10.1162/neco.1997.9.8.1735
 *   Gers, Schmidhuber & Cummins, "Learning to forget: continual prediction with LSTM", Neural Computation 12, 2000, §3, https://doi.org/10.1162/089976600300015015
 */
export const lstm = (units: number, options: RecurrentOptions = {}): Layer<RecurrentParams> =>
  recurrent(cell, units, options)
