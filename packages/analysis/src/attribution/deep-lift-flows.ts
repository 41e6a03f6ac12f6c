import type { Layer } from '@ptu/layers'
import type { ParamTree } from '@ptu/tensor'
import { add, broadcastTo, concat, mul, split, sub, sum, type Tensor } from '@tensorflow/tfjs-core'

import { multiplierOf, quotient, signalOf, total, type Context, type Lifted, type Rule, type Signal } from './lifted.ts'

const partsOf = (layer: Layer): readonly Layer[] => (layer.structure.kind === 'composite' ? layer.structure.parts : [])

const ownParams = (params: ParamTree, i: number): ParamTree => (params as readonly ParamTree[])[i] ?? []

/** Each part of a composite layer, lifted from the one input. */
const paths = (layer: Layer, params: ParamTree, input: Signal, context: Context): readonly Lifted[] =>
  partsOf(layer).map((part, i) => context.lift(part, ownParams(params, i), input, context))

/** Combines the signals of paths, number by number and part by part. */
const merged = (all: readonly Lifted[], f: (tensors: readonly Tensor[]) => Tensor): Signal => ({
  x: f(all.map(({ output }) => output.x)),
  from: f(all.map(({ output }) => output.from)),
  parts: (all[0]?.output.parts ?? []).map((_, k) => f(all.map(({ output }) => output.parts[k] as Tensor))),
})

const summed = (all: readonly (readonly Tensor[])[]): readonly Tensor[] =>
  (all[0] ?? []).map((_, k) => total(all.map((multipliers) => multipliers[k] as Tensor)))

/** Layers one after another. */
export const chain: Rule = (layer, params, input, context) =>
  partsOf(layer).reduce<Lifted>(
    ({ output, back }, part, i) => {
      const next = context.lift(part, ownParams(params, i), output, context)
      return { output: next.output, back: (multipliers) => back(next.back(multipliers)) }
    },
    { output: input, back: (multipliers) => multipliers },
  )

/** Paths that are added. */
export const addition: Rule = (layer, params, input, context) => {
  const all = paths(layer, params, input, context)
  return { output: merged(all, total), back: (multipliers) => summed(all.map(({ back }) => back(multipliers))) }
}

/** Paths that are joined channel by channel. */
export const join: Rule = (layer, params, input, context) => {
  const all = paths(layer, params, input, context)
  const axis = input.x.rank - 1
  const sizes = all.map(({ output }) => output.x.shape.at(-1) ?? 0)
  return {
    output: merged(all, (tensors) => concat([...tensors], (tensors[0]?.rank ?? axis + 1) - 1)),
    back: (multipliers) => {
      const pieces = multipliers.map((m) => split(m, sizes, m.rank - 1))
      return summed(all.map(({ back }, i) => back(pieces.map((own) => own[i] as Tensor))))
    },
  }
}

/**
 * A product of two paths, such as a gate and what it lets through. `symmetric`: each factor gets its change times the mean of
 * the other, `m_a = m · (b + b') / 2`, which is exact. `gate-as-weight`: the second gets all, `m_b = m · Δ(ab) / Δb`; what
 * the gate alone changed, where `Δb = 0`, is missing and shows as residual.
 */
export const product: Rule = (layer, params, input, context) => {
  const [first, second] = paths(layer, params, input, context) as [Lifted, Lifted]
  const [a, b] = [first.output, second.output]
  const output = signalOf(mul(a.x, b.x), mul(a.from, b.from), context.rule)
  const each = (m: Tensor): readonly Tensor[] => input.parts.map(() => m)
  return {
    output,
    back: (multipliers) => {
      const m = multiplierOf(output, multipliers)
      if (context.products === 'gate-as-weight') {
        const change = broadcastTo(sub(b.x, b.from), output.x.shape)
        return second.back(each(sumLike(quotient(mul(m, sub(output.x, output.from)), change, mul(m, a.x)), b.x)))
      }
      const half = mul(m, 0.5)
      return summed([
        first.back(each(sumLike(mul(half, add(b.x, b.from)), a.x))),
        second.back(each(sumLike(mul(half, add(a.x, a.from)), b.x))),
      ])
    },
  }
}

/** Sums over the axes along which `like` is repeated. */
const sumLike = (y: Tensor, like: Tensor): Tensor => {
  const axes = y.shape.flatMap((size, axis) => (like.shape[axis] === 1 && size !== 1 ? [axis] : []))
  return axes.length === 0 ? y : sum(y, axes, true)
}
