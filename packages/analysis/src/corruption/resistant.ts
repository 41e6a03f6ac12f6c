import { OptionError, Tree } from '@ptu/core'
import { scope, valueAndGrad, zipParams, type ParamTree } from '@ptu/tensor'
import type { Objective } from '@ptu/trainer'
import { add, mul, type Tensor } from '@tensorflow/tfjs-core'

import { wholeNetwork, type Grouping } from './groups.ts'
import { ascended } from './ascent.ts'

/** The options of {@link corruptionResistant}. */
export interface ResistanceOptions {
  /** The order of the norm, above 1; 2 unless given. */
  readonly p?: number
  /** The norm ε of the corruptions; with `relative` in units of the norm of the group's parameters. */
  readonly epsilon: number
  /** Default false. */
  readonly relative?: boolean
  /** The number of corruptions K of each step, each one step of ascent from the last; 1 unless given. */
  readonly steps?: number
  /** The part α that the corrupted losses have in the objective; `K / (K + 1)` unless given. */
  readonly share?: number
  /**
   * The parameters that are corrupted together; parameters without a group are not corrupted. All together unless given. Take
   * `eachLayer` where layers differ in scale: beside the scales of folded normalisations, a part of the length of the whole is
   * many times that of the kernels.
   */
  readonly groups?: Grouping
}

/**
 * Trains for parameters that resist corruption: each step also lowers the loss at parameters that were moved so as to raise
 * it.
 *
 * The gradient of a step is `(1 - α) · ∇L(w) + α / K · Σ_j ∇L(w + a_j)`. Here `a_1` is the closed-form corruption of
 * norm ε for the batch at hand, and further ones are steps of ascent of norm `1.5 ε / K` that stay within ε. The corruptions
 * count as constants. `K = 1`, `α = 1` is sharpness-aware minimisation. The reported loss is `L(w)`. A step costs `K + 1`
 * gradients. All of them draw the same noise, so that dropout and the noise of gates are corrupted as they are.
 *
 * The model, its strategies and its loss stay as they are: any objective can be wrapped. Throws `OptionError` for options
 * out of range.
 *
 * @example
 * ```ts
 * const plain = { model: dense(2), loss: crossEntropy, optimizer: adam(0.01) }
 * const resistant = corruptionResistant(plain, { epsilon: 0.05 })
 * const batch = { x: tensor2d([[-1], [1]]), y: tensor2d([[1, 0], [0, 1]]) }
 * expect(step(resistant)(start(resistant, key(0), [1]), batch).state.step).toBe(1)
 * ```
 *
 * References:
 *   Sun, Zhang, Ren, Luo & Li, "Exploring the vulnerability of deep neural networks: a study of parameter corruption", AAAI 2021, abstract (the aim; the weights of the sum are this project's), https://arxiv.org/abs/2006.05620
 *   Foret, Kleiner, Mobahi & Neyshabur, "Sharpness-aware minimization", ICLR 2021, §2, https://arxiv.org/abs/2010.01412
 */
export const corruptionResistant = <P extends ParamTree>(
  objective: Objective<P>,
  options: ResistanceOptions,
): Objective<P> => {
  const { steps = 1, share = steps / (steps + 1), p = 2, epsilon, relative = false, groups = wholeNetwork } = options
  check({ steps, share, p, epsilon })
  const differentiate = objective.differentiate ?? valueAndGrad
  const ascent = { p, epsilon, relative, groups, rate: steps === 1 ? 1 : 1.5 / steps }
  return {
    ...objective,
    differentiate: (loss) => (params) =>
      scope(() => {
        const clean = differentiate(loss)(params)
        let [grads, corruption] = [clean.grads, undefined as ParamTree | undefined]
        let total = scaled(clean.grads, 1 - share)
        for (let at = 0; at < steps; at++) {
          corruption = ascended(corruption, grads, params, ascent)
          grads = differentiate(loss)(zipParams(params, corruption, (w, a) => add(w, a))).grads
          total = zipParams(total, grads, (sum, g) => add(sum, mul(g, share / steps)))
        }
        return { value: clean.value, grads: total }
      }),
  }
}

const scaled = (tree: ParamTree, factor: number): ParamTree => Tree.map(tree, (leaf: Tensor) => mul(leaf, factor))

const check = ({ steps, share, p, epsilon }: Readonly<Record<'steps' | 'share' | 'p' | 'epsilon', number>>): void => {
  const refuse = (expected: string): never => {
    throw new OptionError(`corruptionResistant: expected ${expected}`)
  }
  if (!(p > 1)) refuse(`p above 1, up to Infinity, got ${p}`)
  if (!(epsilon > 0 && epsilon < Infinity)) refuse(`a finite epsilon above 0, got ${epsilon}`)
  if (!(Number.isSafeInteger(steps) && steps >= 1)) refuse(`steps to be a whole number from 1, got ${steps}`)
  if (!(share > 0 && share <= 1)) refuse(`a share above 0 and up to 1, got ${share}`)
}
