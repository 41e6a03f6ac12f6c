import { OptionError } from '@ptu/core'
import { disposeParams, scope } from '@ptu/tensor'
import { gather, mul, type Tensor } from '@tensorflow/tfjs-core'

import { baselineFor, completed, joined, type CompleteAttribution } from './attribution.ts'
import { lift } from './lift.ts'
import {
  signalOf,
  total,
  type Context,
  type Lifted,
  type NonlinearityRule,
  type ProductRule,
  type Signal,
} from './lifted.ts'
import { cutAfter, input, type LayerBlock } from './network-blocks.ts'
import { oneHotOf, outputsAt, targetsOf, type Target } from './target.ts'

/** The options of {@link deepLift}. */
export interface DeepLiftOptions {
  /** `[batch, ...]`. */
  readonly x: Tensor
  /** The class whose logit is explained: one for all examples, or one for each. */
  readonly target: Target
  /** `x'`, of the shape of `x` or `[1, ...]` for all examples; zeros unless given. */
  readonly baseline?: Tensor
  /** The block whose output units are explained; the input unless given. */
  readonly at?: string
  /** The rule for nonlinearities; `rescale` unless given. */
  readonly rule?: NonlinearityRule
  /** The rule for a product of two paths; `symmetric` unless given. */
  readonly products?: ProductRule
  /** The most examples that are computed at once, which bounds memory; 32 unless given. */
  readonly chunk?: number
}

/** Contributions by DeepLIFT, and the rules they were found with. */
export interface DeepLift extends CompleteAttribution {
  readonly rule: NonlinearityRule
  readonly products: ProductRule
}

/**
 * DeepLIFT: the contribution of each unit of a block, or of the input, to the change of a logit from a baseline, in two
 * passes.
 *
 * `C_j = m_j · (y_j - y'_j)` with multipliers that pass from the logit down: through linear layers as gradients do; through a
 * function of one number by the rule of `rule`: `rescale` is `m_x = m_y · Δy / Δx`, `reveal-cancel` treats the positive and the
 * negative contributions to `Δx` apart, so that those which cancel are seen; through a maximum to the two places that hold it in the
 * input and in the baseline; through a product, such as a gate, by the rule of `products`: `symmetric` gives each factor its
 * change times the mean of the other, `gate-as-weight` gives the second factor all. The contributions sum to
 * `F(x) - F(x')`; `residual` is what the numbers miss of it.
 *
 * A fixed gate of a transfer unit is a weight: fold the model and explain the plain network. Borrows all. Rejects with
 * `OptionError` for a layer without a rule (softmax, recurrent layers, normalisations over features, gates that look at
 * their input), a block or a class that is not there, or numbers that are not finite; with `ShapeError` for a baseline of
 * another shape.
 *
 * @example
 * ```ts
 * // F = a - relu(a - b), the smaller of two numbers above 0
 * const smaller = residual(serial(dense(1), relu, dense(1)), dense(1))
 * const bias = tensor1d([0])
 * const [difference, minus, first] = [tensor2d([[1], [-1]]), tensor2d([[-1]]), tensor2d([[1], [0]])]
 * const params = [[{ kernel: difference, bias }, [], { kernel: minus, bias }], { kernel: first, bias }]
 * const blocks = openBlocks([{ name: 'smaller', layer: smaller }], [params])
 * expect([...(await deepLift(blocks, { x: tensor2d([[3, 1]]), target: 0 })).values]).toEqual([0, 1])
 * ```
 *
 * References:
 *   Shrikumar, Greenside & Kundaje, "Learning important features through propagating activation differences", ICML 2017, §3, https://arxiv.org/abs/1704.02685
 */
export const deepLift = async (
  blocks: readonly LayerBlock[],
  { x, target, baseline, at = input, rule = 'rescale', products = 'symmetric', chunk = 32 }: DeepLiftOptions,
): Promise<DeepLift> => {
  const examples = x.shape[0]
  if (!(Number.isSafeInteger(chunk) && chunk >= 1))
    throw new OptionError(`expected a chunk of at least 1 example, got ${chunk}`)
  if (examples === 0) throw new OptionError('expected at least one example to explain, got none')
  const targets = targetsOf(target, examples)
  const cut = cutAfter(blocks, at)
  const above = at === input ? blocks : blocks.slice(blocks.findIndex(({ name }) => name === at) + 1)
  const from = baselineFor(x, baseline)
  const parts: CompleteAttribution[] = []
  try {
    for (let first = 0; first < examples; first += chunk) {
      const places = Array.from({ length: Math.min(chunk, examples - first) }, (_, i) => first + i)
      const labels = places.map((i) => targets[i] as number)
      const found = scope(() => {
        const pair = signalOf(cut.below(gather(x, places)), cut.below(gather(from, places)), rule)
        return contributions(above, pair, labels, { rule, products, lift })
      })
      const [values, after, before] = await Promise.all([found.values.data(), found.after.data(), found.before.data()])
      const { shape } = found.values
      disposeParams(found)
      parts.push(
        completed(
          shape,
          Float32Array.from(values),
          [...after].map((value, i) => value - (before[i] as number)),
        ),
      )
    }
  } finally {
    from.dispose()
  }
  return { ...joined(parts), rule, products }
}

const contributions = (
  blocks: readonly LayerBlock[],
  input: Signal,
  labels: readonly number[],
  context: Context,
): { readonly values: Tensor; readonly after: Tensor; readonly before: Tensor } => {
  const { output, back } = blocks.reduce<Lifted>(
    (below, { layer, params }) => {
      const next = lift(layer, params, below.output, context)
      return { output: next.output, back: (multipliers) => below.back(next.back(multipliers)) }
    },
    { output: input, back: (multipliers) => multipliers },
  )
  const [after, before] = [outputsAt(output.x, labels), outputsAt(output.from, labels)]
  const target = oneHotOf(labels, output.x.shape[1] as number)
  const multipliers = back(input.parts.map(() => target))
  return { values: total(input.parts.map((part, k) => mul(part, multipliers[k] as Tensor))), after, before }
}
