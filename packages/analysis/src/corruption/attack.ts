import { OptionError } from '@ptu/core'
import { disposeParams, type ParamTree } from '@ptu/tensor'

import { checkSet, largestPlaces, normOf, type CorruptionSet } from './corruption-set.ts'
import { groupsOf, placed, taken, wholeNetwork, type Grouping } from './groups.ts'
import { added, numbersOf, riskAt, riskGradient, treeOf, type Risk } from './risk.ts'
import { budgetOf } from './vulnerability.ts'
import { worstCase } from './worst-case.ts'

/** The options of {@link corruptParams}. */
export interface AttackOptions {
  readonly set: CorruptionSet
  /** The number of gradient steps; 1, the closed form, unless given. */
  readonly steps?: number
  /** The norm of the steps after the first, in units of ε; `1.5 / steps` unless given. The first has the norm ε. */
  readonly rate?: number
  /** The groups that are corrupted, each within its own set; all parameters together unless given. */
  readonly groups?: Grouping
}

/** Corrupted parameters, and how much they raise the loss. */
export interface Attack {
  /** The parameters with the corruption that raised the loss most. The caller owns them. */
  readonly params: ParamTree
  /** `L(w + a) - L(w)` */
  readonly change: number
  /** The change after each step. */
  readonly steps: readonly number[]
}

/**
 * Corrupts parameters so as to raise a loss, by steps of gradient ascent that stay in `S(p, ε, n)`.
 *
 * The first step is the closed-form corruption (see `worstCase`). Each further one adds the closed-form corruption of norm
 * `rate · ε` of all parameters at the place reached. Then the `n` largest entries are kept, and these are brought back to the norm ε: clipped
 * for p = ∞, scaled otherwise. The corruption of the step with the highest loss is returned, or none where no step raised
 * it: more steps never find less than the closed form.
 *
 * Borrows `params`, which stay as they are, bit for bit. Rejects with `OptionError` for options out of range, a model
 * without parameters, or a loss or gradient that is not finite.
 *
 * @example
 * ```ts
 * const model = dense(2)
 * const params = model.init(key(0), [1])
 * const batches = [{ x: tensor2d([[-1], [1]]), y: tensor2d([[1, 0], [0, 1]]) }]
 * const { change } = await corruptParams({ model, loss: crossEntropy, batches }, params, { set: { p: 2, epsilon: 0.5 }, steps: 4 })
 * expect(change).toBeGreaterThan(0)
 * ```
 *
 * References:
 *   Madry, Makelov, Schmidt, Tsipras & Vladu, "Towards deep learning models resistant to adversarial attacks", ICLR 2018, §2.1 (the steps), https://arxiv.org/abs/1706.06083
 */
export const corruptParams = async (
  risk: Risk,
  params: ParamTree,
  { set, steps = 1, rate = 1.5 / steps, groups = wholeNetwork }: AttackOptions,
): Promise<Attack> => {
  checkSet(set)
  checkSteps(steps, rate)
  const weights = await numbersOf(params)
  const parts = groupsOf(params, groups).map((group) => ({ group, budget: budgetOf(set, taken(weights, group)) }))
  const advance = (from: Float64Array, gradient: Float64Array, isFirst: boolean): Float64Array =>
    parts.reduce((all, { group, budget }) => {
      const further = { p: budget.p, epsilon: rate * budget.epsilon }
      const { corruption } = worstCase(taken(gradient, group), isFirst ? budget : further)
      const moved = taken(from, group).map((a, i) => a + (corruption[i] as number))
      const next = placed(projected(moved, budget), group, weights.length)
      return all.map((a, i) => a + (next[i] as number))
    }, new Float64Array(weights.length))

  const clean = await riskAt(risk, params)
  const changes: number[] = []
  let corruption = new Float64Array(weights.length)
  let best = { params: treeOf(params, weights), change: 0 }
  for (let at = 0; at < steps; at++) {
    const { gradient } = await gradientAt(risk, params, weights, corruption)
    corruption = advance(corruption, gradient, at === 0) as Float64Array<ArrayBuffer>
    const reached = treeOf(params, added(weights, corruption))
    const change = (await riskAt(risk, reached)) - clean
    changes.push(change)
    disposeParams(change > best.change ? best.params : reached)
    if (change > best.change) best = { params: reached, change }
  }
  return { ...best, steps: changes }
}

const checkSteps = (steps: number, rate: number): void => {
  if (!(Number.isSafeInteger(steps) && steps >= 1))
    throw new OptionError(`corruptParams: expected steps from 1, got ${steps}`)
  if (!(rate > 0 && rate < Infinity)) throw new OptionError(`corruptParams: expected a rate above 0, got ${rate}`)
}

const gradientAt = async (
  risk: Risk,
  like: ParamTree,
  weights: Float64Array,
  corruption: Float64Array,
): Promise<{ readonly gradient: Float64Array }> => {
  const reached = treeOf(like, added(weights, corruption))
  return riskGradient(risk, reached).finally(() => {
    disposeParams(reached)
  })
}

/** The `n` largest entries, brought into the norm ε. */
const projected = (a: Float64Array, { p, epsilon, n = a.length }: CorruptionSet): Float64Array => {
  const kept = new Float64Array(a.length)
  for (const place of largestPlaces(a, n)) kept[place] = a[place] as number
  if (p === Infinity) return kept.map((x) => Math.min(epsilon, Math.max(-epsilon, x)))
  const norm = normOf(kept, p)
  return norm > epsilon ? kept.map((x) => (x * epsilon) / norm) : kept
}
