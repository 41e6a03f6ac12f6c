import { add, mul, sigmoid, split, sub, tanh, type Tensor } from '@tensorflow/tfjs-core'

import { saturated, type Cell, type RecurrentParams } from './cell.ts'
import type { Layer } from './layer.ts'
import { recurrent, type RecurrentOptions } from './recurrent.ts'

const cell: Cell = {
  type: 'gru',
  gates: 3,
  recurrentBias: true,
  biases: [0, 0, 0],
  idle: [0, saturated, 0],
  states: 1,
  fused: {
    kernel: 'PtuGru',
    inputs: (x, { recurrentKernel, recurrentBias, bias }, h0) => ({
      x,
      u: recurrentKernel,
      bias: recurrentBias ?? bias,
      h0,
    }),
  },
  step: (input, fromState, [h = input]) => {
    const units = h.shape[1] ?? 1
    const parts = (x: Tensor): readonly Tensor[] => split(x, [2 * units, units], 1)
    const [gatesInput = input, candidateInput = input] = parts(input)
    const [gatesState = input, candidateState = input] = parts(fromState)
    const [r = h, z = h] = split(sigmoid(add(gatesInput, gatesState)), 2, 1)
    const n = tanh(add(candidateInput, mul(r, candidateState)))
    return [add(n, mul(z, sub(h, n)))]
  },
}

/**
 * A gated recurrent unit, `[batch, steps, in] -> [batch, steps, units]`, with the reset gate after the product.
 *
 * `r = σ(x·K_r + b_r + h·R_r + b'_r)`, `z = σ(x·K_z + b_z + h·R_z + b'_z)`, `n = tanh(x·K_n + b_n + r·(h·R_n + b'_n))`,
 * `h' = (1 - z)·n + z·h`, from `h = 0`,
 *
 * with the gates in the columns in the order reset `r`, update `z`, candidate `n`: kernel `[in, 3·units]`, recurrent
 * kernel `[units, 3·units]`, bias and recurrent bias `[3·units]`.
 *
 * It corresponds to PyTorch's `GRU`: the order of gates is the same, the kernels are `weight_ih` and `weight_hh`
 * transposed, the biases `bias_ih` and `bias_hh`. In Keras it is `GRU(units, reset_after=True, return_sequences=True)`,
 * whose order is `z, r, h` and whose `bias` has two rows, the bias and the recurrent bias.
 *
 * Throws `OptionError` for units that are no positive integer, `ShapeError` for an input that is no sequence.
 *
 * @example
 * ```ts
 * const reader = serial(gru(32), lastStep(), dense(10))
 * expect(reader.output([20, 8])).toEqual([10])
 * ```
 *
 * References:
 *   Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation", EMNLP 2014, §2.3, https://arxiv.org/abs/1406.1078
 */
export const gru = (units: number, options: RecurrentOptions = {}): Layer<RecurrentParams> =>
  recurrent(cell, units, options)
