import { OptionError } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { add, mul, reshape, sub, tensor2d, type Tensor } from '@tensorflow/tfjs-core'

import { baselineFor, joined, type CompleteAttribution } from './attribution.ts'
import { mostNodes, pathRule } from './gauss-legendre.ts'
import { cutAfter, input, type FixedBlock } from './network-blocks.ts'
import { exampleAt, integrated, type Integral } from './path-integral.ts'
import { targetsOf, type Target } from './target.ts'

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
  /**
   * The part of the change that the values of an example may miss; where they miss more, its nodes are doubled up to
   * {@link PathOptions.mostNodes}. Any part unless given.
   */
  readonly tolerance?: number
  /** The most nodes of an example, up to 200; 200 unless given. */
  readonly mostNodes?: number
  /** The most points that are computed at once, which bounds memory; 64 unless given. */
  readonly chunk?: number
  /** Called after each example with the number of examples that are done. */
  readonly onExample?: (done: number, examples: number) => void
}

/** An attribution by integration along a path. */
export interface PathAttribution extends CompleteAttribution {
  /** The number of nodes that each example was given. */
  readonly nodes: readonly number[]
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
 * converges fast where the network is smooth, and like `1 / n` where it has kinks, as with ReLU. With a `tolerance` the
 * nodes of an example are doubled until no more is missed than allowed, or the most nodes are reached; `nodes` tells.
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
  {
    at,
    x,
    target,
    baseline,
    path = straightLine,
    nodes = 50,
    tolerance,
    mostNodes: most = mostNodes,
    chunk = 64,
    onExample,
  }: ConductanceOptions,
): Promise<PathAttribution> => {
  const [examples, rule] = [x.shape[0], pathRule(nodes)]
  check({ chunk, examples, nodes, tolerance, most })
  const [targets, cut] = [targetsOf(target, examples), cutAfter(blocks, at)]
  const from = baselineFor(x, baseline)
  const parts: PathAttribution[] = []
  try {
    for (const [i, label] of targets.entries()) {
      const along = (places: readonly number[]): Tensor =>
        scope(() => path(exampleAt(x, i), exampleAt(from, i), places))
      parts.push(await refined({ along, cut, rule, label, chunk }, { tolerance, most }))
      onExample?.(i + 1, examples)
    }
  } finally {
    from.dispose()
  }
  return { ...joined(parts), nodes: parts.flatMap((part) => part.nodes) }
}

/** The rule by which the nodes of an example are doubled, and how far. */
interface Refinement {
  readonly tolerance: number | undefined
  readonly most: number
}

const check = ({
  chunk,
  examples,
  nodes,
  tolerance,
  most,
}: Refinement & Readonly<Record<'chunk' | 'examples' | 'nodes', number>>): void => {
  if (!(Number.isSafeInteger(chunk) && chunk >= 1))
    throw new OptionError(`expected a chunk of at least 1 point, got ${chunk}`)
  if (examples === 0) throw new OptionError('expected at least one example to explain, got none')
  if (tolerance !== undefined && !(tolerance > 0))
    throw new OptionError(`expected a tolerance above 0, got ${tolerance}`)
  if (!(Number.isSafeInteger(most) && most >= nodes && most <= mostNodes))
    throw new OptionError(`expected most nodes from ${nodes}, the nodes to begin with, to ${mostNodes}, got ${most}`)
}

/** The integral of an example at as many nodes as its residual asks for. */
const refined = async (integral: Integral, { tolerance, most }: Refinement): Promise<PathAttribution> => {
  const nodes = integral.rule.nodes.length
  const found = await integrated(integral)
  const [residual = 0, change = 0] = [found.residual[0], found.change[0]]
  if (tolerance === undefined || nodes >= most || Math.abs(residual) <= tolerance * Math.abs(change))
    return { ...found, nodes: [nodes] }
  return refined({ ...integral, rule: pathRule(Math.min(most, 2 * nodes)) }, { tolerance, most })
}

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
): Promise<PathAttribution> => conductance(blocks, { ...options, at: input })
