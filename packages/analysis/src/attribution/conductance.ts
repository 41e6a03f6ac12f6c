import { OptionError, ShapeError } from '@ptu/core'
import { disposeParams, scope } from '@ptu/tensor'
import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  slice,
  sub,
  sum,
  tensor2d,
  type Rank,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'

import { baselineFor, completed, gradientAt, joined, type CompleteAttribution } from './attribution.ts'
import { pathRule, type PathRule } from './gauss-legendre.ts'
import { cutAfter, input, type Cut, type FixedBlock } from './network-blocks.ts'
import { outputsAt, targetsOf, type Target } from './target.ts'

/**
 * A path from a baseline to an input, both `[1, ...]`: its points at the given places from 0 to 1, `[places, ...]`. The
 * caller owns the result.
 */
export type Path = (x: Tensor, baseline: Tensor, places: readonly number[]) => Tensor

/** The straight line `x' + t · (x - x')`. */
export const straightLine: Path = (x, baseline, places) =>
  scope(() => {
    const t = reshape(tensor2d(Float32Array.from(places), [places.length, 1]), [
      places.length,
      ...x.shape.slice(1).map(() => 1),
    ])
    return add(baseline, mul(t, sub(x, baseline)))
  })

/** The options of {@link integratedGradients}. */
export interface PathOptions {
  /** `[batch, ...]`. */
  readonly x: Tensor
  /** The class whose logit is explained: one for all examples, or one for each. */
  readonly target: Target
  /** `x'`, of the shape of `x` or `[1, ...]` for all examples; zeros unless given. */
  readonly baseline?: Tensor
  /** {@link straightLine} unless given. */
  readonly path?: Path
  /** The number n of nodes at which the gradient is taken; 50 unless given. */
  readonly nodes?: number
  /** The most points that are computed at once, which bounds memory; 64 unless given. */
  readonly chunk?: number
  /** Called after each example with the number of examples that are done. */
  readonly onExample?: (done: number, examples: number) => void
}

/** The options of {@link conductance}. */
export interface ConductanceOptions extends PathOptions {
  /** The block whose output units are explained. */
  readonly at: string
}

/**
 * The total conductance of the units of a block: how much of the change of a logit `F` from a baseline `x'` to an input `x`
 * passes through each of them.
 *
 * `C_j = ∫ ∂F/∂y_j · dy_j/dt dt` along a path from `x'` to `x`, with `y` the output of the block. The sum over all units is
 * `F(x) - F(x')`, because everything that reaches the output passes through the block; `residual` is what the numbers miss
 * of it. The integral is taken at `n` nodes of Gauss and Legendre, and `dy/dt` is that of the polynomial through them. It
 * converges fast where the network is smooth, and like `1 / n` where it has kinks, as with ReLU.
 *
 * It costs `n` gradients from the block up and `n + 2` passes below for each example. Borrows all. Rejects with
 * `OptionError` for a block or a class that is not there, an option out of range, a layer without gradient or numbers that
 * are not finite, and with `ShapeError` for a baseline of another shape.
 *
 * @example
 * ```ts
 * const body = [...mlp([4]), { name: 'head', layer: dense(2) }]
 * const blocks = openBlocks(body, initBody(body, key(0), [3]))
 * const { shape, change, residual } = await conductance(blocks, { at: 'dense1', x: ones([5, 3]), target: 1 })
 * expect(shape).toEqual([5, 4])
 * expect(residual[0]).toBeCloseTo(0, 3)
 * ```
 *
 * References:
 *   Dhamdhere, Sundararajan & Yan, "How important is a neuron?", ICLR 2019, §2, https://arxiv.org/abs/1805.12233
 *   Shrikumar, Su & Kundaje, "Computationally efficient measures of internal neuron importance", 2018 (the integral over hidden units), https://arxiv.org/abs/1807.09946
 */
export const conductance = async (
  blocks: readonly FixedBlock[],
  { at, x, target, baseline, path = straightLine, nodes = 50, chunk = 64, onExample }: ConductanceOptions,
): Promise<CompleteAttribution> => {
  const examples = x.shape[0]
  if (!(Number.isSafeInteger(chunk) && chunk >= 1))
    throw new OptionError(`expected a chunk of at least 1 point, got ${chunk}`)
  if (examples === 0) throw new OptionError('expected at least one example to explain, got none')
  const [targets, rule, cut] = [targetsOf(target, examples), pathRule(nodes), cutAfter(blocks, at)]
  const from = baselineFor(x, baseline)
  const parts: CompleteAttribution[] = []
  try {
    for (const [i, label] of targets.entries()) {
      const along = (places: readonly number[]): Tensor =>
        scope(() => path(exampleAt(x, i), exampleAt(from, i), places))
      parts.push(await integrated({ along, cut, rule, label, chunk }))
      onExample?.(i + 1, examples)
    }
  } finally {
    from.dispose()
  }
  return joined(parts)
}

const exampleAt = (x: Tensor, i: number): Tensor =>
  slice(x, [i, ...x.shape.slice(1).map(() => 0)], [1, ...x.shape.slice(1)])

/** One example's path, cut and class. */
interface Integral {
  readonly along: (places: readonly number[]) => Tensor
  readonly cut: Cut
  readonly rule: PathRule
  readonly label: number
  readonly chunk: number
}

const integrated = async ({ along, cut, rule, label, chunk }: Integral): Promise<CompleteAttribution> => {
  const outputs = (y: Tensor): Tensor =>
    outputsAt(
      cut.above(y),
      Array.from({ length: y.shape[0] }, () => label),
    )
  const found = scope(() => {
    const ends = cut.below(checked(along([0, 1]), 2))
    const endOutputs = outputs(ends)
    const pieces = chunksOf(rule.nodes, chunk).map((places) =>
      scope(() => {
        const y = cut.below(checked(along(places), places.length))
        return { y, slope: gradientAt(outputs, y) }
      }),
    )
    const units = ends.shape.slice(1)
    const y = concat([exampleAt(ends, 0), ...pieces.map((piece) => piece.y), exampleAt(ends, 1)])
    const steps = matMul(incrementsOf(rule), reshape<Rank.R2>(y, [rule.nodes.length + 2, -1]))
    const slopes = reshape(concat(pieces.map(({ slope }) => slope)), [rule.nodes.length, -1])
    return { values: reshape(sum(mul(slopes, steps), 0), [1, ...units]), ends: endOutputs }
  })
  const [values, [before = NaN, after = NaN]] = await Promise.all([found.values.data(), found.ends.data()])
  const { shape } = found.values
  disposeParams(found)
  return completed(shape, Float32Array.from(values), [after - before])
}

const checked = (points: Tensor, count: number): Tensor => {
  if (points.shape[0] !== count)
    throw new ShapeError(`expected a path of ${count} points, got a tensor [${points.shape.join(', ')}]`)
  return points
}

const chunksOf = (places: readonly number[], size: number): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil(places.length / size) }, (_, i) => places.slice(i * size, (i + 1) * size))

const incrementsOf = ({ nodes, increments }: PathRule): Tensor2D =>
  tensor2d(Float32Array.from(increments.flatMap((row) => [...row])), [nodes.length, nodes.length + 2])

/**
 * Integrated gradients: the contribution of each number of the input to a logit.
 *
 * `IG_i = ∫ ∂F/∂x_i · dx_i/dt dt` along the path; on the straight line `(x_i - x'_i) · ∫ ∂F/∂x_i dt`. It is the
 * conductance of the input, and costs and fails as {@link conductance} does.
 *
 * @example
 * ```ts
 * const body = [{ name: 'head', layer: dense(2) }]
 * const params = [{ kernel: tensor2d([[3, 0], [0, 5]]), bias: tensor1d([0, 0]) }]
 * const { values } = await integratedGradients(openBlocks(body, params), { x: tensor2d([[2, 7]]), target: 0 })
 * expect(values[0]).toBeCloseTo(6, 4)
 * ```
 *
 * References:
 *   Sundararajan, Taly & Yan, "Axiomatic attribution for deep networks", ICML 2017, §3, https://arxiv.org/abs/1703.01365
 */
export const integratedGradients = async (
  blocks: readonly FixedBlock[],
  options: PathOptions,
): Promise<CompleteAttribution> => conductance(blocks, { ...options, at: input })
