import { infer, type Layer } from '@ptu/layers'
import { mapParams, type ParamTree } from '@ptu/tensor'
import { add, maximum, mul, neg, onesLike, relu, sub, zerosLike, type Tensor } from '@tensorflow/tfjs-core'

import { applied, multiplierOf, pulledBack, quotient, signalOf, type Rule, type Signal } from './lifted.ts'

/** A linear map whose kernel has entries of one sign or of both, and of which a constant may be added. */
const whole: Rule = (layer, params, input, { rule }) => {
  const { x, from } = applied(layer, params, input)
  return { output: signalOf(x, from, rule), back: ([m]) => [pulledBack(layer, params, input.x, m as Tensor)] }
}

/** A linear map without negative entries and without a constant: parts keep their sign. */
export const positive: Rule = (layer, params, input) => ({
  output: { ...applied(layer, params, input), parts: input.parts.map((part) => layer.apply(params, part, infer)) },
  back: (multipliers) => multipliers.map((m) => pulledBack(layer, params, input.x, m)),
})

/** The parameters with the positive or the negative entries of the kernel alone, and without a bias. */
const signed = (params: ParamTree, sign: 1 | -1): ParamTree =>
  mapParams(params, (leaf, path) => (path.at(-1) === 'kernel' ? mul(relu(mul(leaf, sign)), sign) : zerosLike(leaf)))

/** A linear map by a kernel: its positive entries keep the sign of parts, its negative ones turn it. */
export const byKernel: Rule = (layer, params, input, context) => {
  if (context.rule === 'rescale') return whole(layer, params, input, context)
  const [keep, turn] = [signed(params, 1), signed(params, -1)]
  const cross = (f: (own: ParamTree, k: number) => Tensor): readonly Tensor[] =>
    [0, 1].map((k) => add(f(keep, k), f(turn, 1 - k)))
  return {
    output: {
      ...applied(layer, params, input),
      parts: cross((own, k) => layer.apply(own, input.parts[k] as Tensor, infer)),
    },
    back: (multipliers) => cross((own, k) => pulledBack(layer, own, input.x, multipliers[k] as Tensor)),
  }
}

/** A factor and a constant for each number. */
export const byNumber: Rule = (layer, params, input, context) => {
  if (context.rule === 'rescale') return whole(layer, params, input, context)
  const constant = layer.apply(params, zerosLike(input.x), infer)
  const [plus, minus] = input.parts.map((part) => sub(layer.apply(params, part, infer), constant)) as [Tensor, Tensor]
  const output = {
    ...applied(layer, params, input),
    parts: [add(relu(plus), relu(minus)), neg(add(relu(neg(plus)), relu(neg(minus))))],
  }
  return {
    output,
    back: (multipliers) => {
      // The factor itself: a negative one turns parts into each other.
      const factor = pulledBack(layer, params, input.x, onesLike(constant))
      const [up, down] = [relu(factor), neg(relu(neg(factor)))]
      return [0, 1].map((k) => add(mul(up, multipliers[k] as Tensor), mul(down, multipliers[1 - k] as Tensor)))
    },
  }
}

/** A function of each number by itself. */
export const nonlinear: Rule = (layer, params, input, context) =>
  context.rule === 'rescale' ? rescale(layer, params, input, context) : revealCancel(layer, params, input, context)

/** `m_x = m_y · Δy / Δx` */
const rescale: Rule = (layer, params, input, { rule }) => {
  const { x, from } = applied(layer, params, input)
  return {
    output: signalOf(x, from, rule),
    back: ([m]) => [
      quotient(
        mul(m as Tensor, sub(x, from)),
        sub(input.x, input.from),
        pulledBack(layer, params, input.x, m as Tensor),
      ),
    ],
  }
}

/**
 * The mean of what each part changes alone and after the other:
 * `Δy⁺ = (f(x' + Δ⁺) - f(x') + f(x' + Δ⁻ + Δ⁺) - f(x' + Δ⁻)) / 2`, and `m⁺ = Δy⁺ / Δx⁺`; the same for `-`.
 */
const revealCancel: Rule = (layer, params, input) => {
  const f = (x: Tensor): Tensor => layer.apply(params, x, infer)
  const { x, from } = applied(layer, params, input)
  const alone = input.parts.map((part) => f(add(input.from, part)))
  const parts = [0, 1].map((k) => mul(add(sub(alone[k] as Tensor, from), sub(x, alone[1 - k] as Tensor)), 0.5))
  return {
    output: { x, from, parts },
    back: (multipliers) =>
      multipliers.map((m, k) =>
        quotient(mul(m, parts[k] as Tensor), input.parts[k] as Tensor, pulledBack(layer, params, input.x, m)),
      ),
  }
}

/**
 * A maximum over windows: of `Δy = (max(y, y') - y') + (y - max(y, y'))`, the first part goes to the place of `y` in the
 * input, the second to that of `y'` in the baseline.
 */
export const pool: Rule = (layer: Layer, params: ParamTree, input: Signal, { rule }) => {
  const { x, from } = applied(layer, params, input)
  const output = signalOf(x, from, rule)
  return {
    output,
    back: (multipliers) => {
      const m = multiplierOf(output, multipliers)
      const most = maximum(x, from)
      const gained = pulledBack(layer, params, input.x, mul(m, sub(most, from)))
      const lost = pulledBack(layer, params, input.from, mul(m, sub(x, most)))
      const own = quotient(add(gained, lost), sub(input.x, input.from), pulledBack(layer, params, input.x, m))
      return multipliers.map(() => own)
    },
  }
}
