import { OptionError } from '@ptu/core'
import { infer, type Layer } from '@ptu/layers'
import type { ParamTree } from '@ptu/tensor'
import {
  abs,
  add,
  broadcastTo,
  concat,
  div,
  greater,
  maximum,
  mul,
  split,
  sub,
  sum,
  where,
  type Tensor,
} from '@tensorflow/tfjs-core'

import { gradientAt } from './attribution.ts'

/** An input and its baseline, both `[batch, ...]`. */
export interface Pair {
  readonly x: Tensor
  readonly from: Tensor
}

/** The outputs of a layer for a pair, and how multipliers of its outputs become multipliers of its inputs. */
export interface Lifted {
  readonly output: Pair
  readonly back: (multipliers: Tensor) => Tensor
}

/** The rule of products: who gets the credit of `y = first · second`. */
export type ProductRule = 'symmetric' | 'gate-as-weight'

/** The way a layer with its parameters is lifted. Tensors are freed by the caller's scope. */
export type Rule = (layer: Layer, params: ParamTree, pair: Pair, products: ProductRule) => Lifted

/** Differences smaller than this count as none, and the gradient is taken instead. */
const none = 1e-6

const applied = (layer: Layer, params: ParamTree, { x, from }: Pair): Pair => ({
  x: layer.apply(params, x, infer),
  from: layer.apply(params, from, infer),
})

const pulledBack = (layer: Layer, params: ParamTree, x: Tensor, dy: Tensor): Tensor =>
  gradientAt((h) => layer.apply(params, h, infer), x, dy)

/** `a / b` where `b` is not near 0, else `otherwise`. */
const quotient = (a: Tensor, b: Tensor, otherwise: Tensor): Tensor => {
  const usable = greater(abs(b), none)
  return where(usable, div(a, where(usable, b, 1)), otherwise)
}

/** A map that is linear in its input, but for a constant: multipliers pass as gradients do. */
const linear: Rule = (layer, params, pair) => ({
  output: applied(layer, params, pair),
  back: (m) => pulledBack(layer, params, pair.x, m),
})

/** A function of each number by itself: `m_x = m_y · Δy / Δx`. */
const rescale: Rule = (layer, params, pair) => {
  const output = applied(layer, params, pair)
  return {
    output,
    back: (m) =>
      quotient(mul(m, sub(output.x, output.from)), sub(pair.x, pair.from), pulledBack(layer, params, pair.x, m)),
  }
}

/**
 * A maximum over windows: of `Δy = (max(y, y') - y') + (y - max(y, y'))`, the first part goes to the place of `y` in the
 * input, the second to that of `y'` in the baseline.
 */
const pool: Rule = (layer, params, pair) => {
  const output = applied(layer, params, pair)
  return {
    output,
    back: (m) => {
      const most = maximum(output.x, output.from)
      const gained = pulledBack(layer, params, pair.x, mul(m, sub(most, output.from)))
      const lost = pulledBack(layer, params, pair.from, mul(m, sub(output.x, most)))
      return quotient(add(gained, lost), sub(pair.x, pair.from), pulledBack(layer, params, pair.x, m))
    },
  }
}

const partsOf = (layer: Layer): readonly Layer[] => (layer.structure.kind === 'composite' ? layer.structure.parts : [])

const partParams = (params: ParamTree, i: number): ParamTree => (params as readonly ParamTree[])[i] ?? []

const chain: Rule = (layer, params, pair, products) =>
  partsOf(layer).reduce<Lifted>(
    ({ output, back }, part, i) => {
      const next = lift(part, partParams(params, i), output, products)
      return { output: next.output, back: (m) => back(next.back(m)) }
    },
    { output: pair, back: (m) => m },
  )

const total: Rule = (layer, params, pair, products) => {
  const paths = partsOf(layer).map((part, i) => lift(part, partParams(params, i), pair, products))
  return {
    output: {
      x: paths.map(({ output }) => output.x).reduce((a, b) => add(a, b)),
      from: paths.map(({ output }) => output.from).reduce((a, b) => add(a, b)),
    },
    back: (m) => paths.map(({ back }) => back(m)).reduce((a, b) => add(a, b)),
  }
}

const join: Rule = (layer, params, pair, products) => {
  const paths = partsOf(layer).map((part, i) => lift(part, partParams(params, i), pair, products))
  const axis = (paths[0]?.output.x.rank ?? 1) - 1
  const sizes = paths.map(({ output }) => output.x.shape[axis] ?? 0)
  return {
    output: {
      x: concat(
        paths.map(({ output }) => output.x),
        axis,
      ),
      from: concat(
        paths.map(({ output }) => output.from),
        axis,
      ),
    },
    back: (m) =>
      split(m, sizes, axis)
        .map((own, i) => (paths[i] as Lifted).back(own))
        .reduce((a, b) => add(a, b)),
  }
}

/**
 * A product of two paths, such as a gate and what it lets through. `symmetric`: each factor gets its change times the mean of
 * the other, `m_a = m · (b + b') / 2`, which is exact. `gate-as-weight`: the second gets all, `m_b = m · Δ(ab) / Δb`; what
 * the gate alone changed, where `Δb = 0`, is missing and shows as residual.
 */
const product: Rule = (layer, params, pair, products) => {
  const [first, second] = partsOf(layer).map((part, i) => lift(part, partParams(params, i), pair, products)) as [
    Lifted,
    Lifted,
  ]
  const [a, b] = [first.output, second.output]
  const output = { x: mul(a.x, b.x), from: mul(a.from, b.from) }
  return {
    output,
    back: (m) => {
      if (products === 'gate-as-weight')
        return second.back(
          sumLike(
            quotient(mul(m, sub(output.x, output.from)), broadcastTo(sub(b.x, b.from), output.x.shape), mul(m, a.x)),
            b.x,
          ),
        )
      const half = mul(m, 0.5)
      return add(
        first.back(sumLike(mul(half, add(b.x, b.from)), a.x)),
        second.back(sumLike(mul(half, add(a.x, a.from)), b.x)),
      )
    },
  }
}

/** Sums over the axes along which `like` is repeated. */
const sumLike = (y: Tensor, like: Tensor): Tensor => {
  const axes = y.shape.flatMap((size, axis) => (like.shape[axis] === 1 && size !== 1 ? [axis] : []))
  return axes.length === 0 ? y : sum(y, axes, true)
}

const of = (rule: Rule, ...types: readonly string[]): readonly (readonly [string, Rule])[] =>
  types.map((type) => [type, rule])

/** The rule for each type of layer. What is not here is refused by name. */
const rules: ReadonlyMap<string, Rule> = new Map([
  ...of(linear, 'dense', 'conv2d', 'conv1d', 'depthwiseConv2d', 'frozenBatchNorm', 'fixedAffine'),
  ...of(linear, 'flatten', 'reshape', 'identity', 'dropout', 'zeroPad2d', 'upSample2d', 'reverseSteps'),
  ...of(linear, 'averagePool', 'averagePool1d', 'globalAveragePool'),
  ...of(
    rescale,
    'relu',
    'relu6',
    'leakyRelu',
    'clippedRelu',
    'prelu',
    'elu',
    'selu',
    'gelu',
    'silu',
    'softplus',
    'softsign',
  ),
  ...of(rescale, 'sigmoid', 'hardSigmoid', 'tanh'),
  ...of(pool, 'maxPool', 'maxPool1d', 'globalMaxPool'),
  ...of(chain, 'serial'),
  ...of(total, 'residual'),
  ...of(join, 'concatenate'),
  ...of(product, 'product'),
])

const reasons: Readonly<Record<string, string>> = {
  softmax: 'explain the logits: leave the softmax out',
  'transfer-unit': 'fold the model and explain the plain network',
}

/** Lifts a layer by the rule of its type. Throws `OptionError` for a layer that has none. */
export const lift: Rule = (layer, params, pair, products) => {
  const rule = rules.get(layer.spec.type)
  if (rule === undefined)
    throw new OptionError(
      `deepLift: there is no rule for the layer ${layer.spec.type}; ` +
        (reasons[layer.spec.type] ?? 'use conductance or integrated gradients, which need none'),
    )
  return rule(layer, params, pair, products)
}
