import { split as splitKey, type Key } from '@ptu/core'
import { scope } from '@ptu/tensor'
import {
  add,
  matMul,
  mul,
  reshape,
  split,
  stack,
  sub,
  unstack,
  zeros,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'

import type { RecurrentParams } from './cell.ts'
import { sigmoid, tanh } from './elementwise.ts'
import { glorotUniform, lecunNormal } from './initializers.ts'
import { infer, type Layer } from './layer.ts'
import { checkCount } from './options.ts'
import { keepRealSteps, sequenceShape, type MaskedOptions } from './sequence.ts'

/** The recurrent layers of which there are variants. */
export type VariantCell = 'simpleRnn' | 'gru' | 'lstm'

/** The options of {@link recurrentVariant}; padding stands behind the real steps. */
export interface VariantOptions extends MaskedOptions {
  /** The activation of the candidate and the output: a layer without parameters. Default {@link tanh}. */
  readonly activation?: Layer<readonly []>
  /** The activation of the gates: a layer without parameters. Default {@link sigmoid}. */
  readonly gate?: Layer<readonly []>
}

type Activation = (x: Tensor) => Tensor
type State = readonly Tensor[]
type Step = (
  input: Tensor,
  state: State,
  recurrentKernel: Tensor,
  activations: { f: Activation; gate: Activation },
) => State

const product = (h: Tensor, kernel: Tensor): Tensor => matMul(h as Tensor2D, kernel as Tensor2D)

const steps: Readonly<Record<VariantCell, { readonly gates: number; readonly states: number; readonly step: Step }>> = {
  simpleRnn: {
    gates: 1,
    states: 1,
    step: (input, [h = input], kernel, { f }) => [f(add(input, product(h, kernel)))],
  },
  gru: {
    gates: 3,
    states: 1,
    step: (input, [h = input], kernel, { f, gate }) => {
      const units = h.shape[1] ?? 1
      const [gatesInput = input, candidate = input] = split(input, [2 * units, units], 1)
      const [gatesKernel = kernel, candidateKernel = kernel] = split(kernel, [2 * units, units], 1)
      const [r = h, z = h] = split(gate(add(gatesInput, product(h, gatesKernel))), 2, 1)
      const n = f(add(candidate, product(mul(r, h), candidateKernel)))
      return [add(n, mul(z, sub(h, n)))]
    },
  },
  lstm: {
    gates: 4,
    states: 2,
    step: (input, [h = input, c = h], kernel, { f, gate }) => {
      const [i = h, forget = h, g = h, o = h] = split(add(input, product(h, kernel)), 4, 1)
      const next = add(mul(gate(forget), c), mul(gate(i), f(g)))
      return [mul(gate(o), f(next)), next]
    },
  },
}

/**
 * A recurrent layer with activations of your choice, `[batch, steps, in] -> [batch, steps, units]`, as in older
 * networks. In tfjs the gates of `gru` and `lstm` are {@link hardSigmoid}, and its GRU resets the state before the
 * product,
 *
 * `n = f(x·K_n + b_n + (r·h)·R_n)`, `h' = (1 - z)·n + z·h`.
 *
 * Parameters and the order of gates are those of {@link simpleRnn}, {@link gru} and {@link lstm}, with one bias. Its
 * structure is opaque, so use those three wherever they compute the same. Throws as they do.
 *
 * @example
 * ```ts
 * expect(recurrentVariant('gru', 8, { gate: hardSigmoid() }).output([20, 3])).toEqual([20, 8])
 * ```
 *
 * References:
 *   Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation", EMNLP 2014, §2.3, https://arxiv.org/abs/1406.1078
 */
export const recurrentVariant = (
  cell: VariantCell,
  units: number,
  { activation = tanh, gate = sigmoid, masked = false }: VariantOptions = {},
): Layer<RecurrentParams> => {
  const name = `recurrentVariant(${cell}, ${units})`
  checkCount(name, 'units', units)
  const { gates, states, step } = steps[cell]
  const activations = { f: applied(activation), gate: applied(gate) }
  return {
    spec: {
      type: 'recurrentVariant',
      cell,
      units,
      activation: activation.spec,
      gate: gate.spec,
      ...(masked && { masked }),
    },
    structure: { kind: 'opaque' },
    output: (input) => [sequenceShape(name, input)[0], units],
    init: (key, input) => {
      const [, features] = sequenceShape(name, input)
      return initial(key, features, units, gates)
    },
    apply: ({ kernel, recurrentKernel, bias }, x) =>
      scope(() => {
        const [batch = 1, ...input] = x.shape
        const [count, features] = sequenceShape(name, input)
        const inputs = add(product(reshape(x, [batch * count, features]), kernel), bias)
        let state: State = Array.from({ length: states }, () => zeros([batch, units]))
        const outputs = unstack(reshape(inputs, [batch, count, gates * units]), 1).map((input) => {
          state = step(input, state, recurrentKernel, activations)
          return state[0] ?? input
        })
        // What comes before a step does not depend on the padding behind it.
        return masked ? keepRealSteps(x, stack(outputs, 1)) : stack(outputs, 1)
      }),
  }
}

const initial = (key: Key, features: number, units: number, gates: number): RecurrentParams => {
  const [kernelKey = key, recurrentKey = key] = splitKey(key, 2)
  return {
    kernel: glorotUniform(kernelKey, [features, gates * units], { in: features, out: units }),
    recurrentKernel: lecunNormal(recurrentKey, [units, gates * units], { in: units, out: units }),
    bias: zeros([gates * units]),
  }
}

const applied =
  (layer: Layer<readonly []>): Activation =>
  (x) =>
    layer.apply([], x, infer)
