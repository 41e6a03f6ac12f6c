import { mul, scalar } from '@tensorflow/tfjs-core'

import { adamRule, type AdamStep } from './adam-rule.ts'
import { leafwise, type SlotTrees } from './leafwise.ts'
import { belowOne, notNegative, positive } from './options.ts'
import type { Optimizer } from './optimizer.ts'
import { scheduleOf, type Rate } from './rate.ts'

/** The options of {@link adam}. */
export interface AdamOptions {
  /** `β₁` in [0, 1): the part of the mean gradient that a step keeps. */
  readonly beta1?: number
  /** `β₂` in [0, 1): the part of the mean squared gradient that a step keeps. */
  readonly beta2?: number
  /** `ε` above 0, added to the root of the mean square. */
  readonly epsilon?: number
}

/** The options of {@link adamw}. */
export interface AdamWOptions extends AdamOptions {
  /** `λ` of at least 0. */
  readonly weightDecay?: number
}

/** The state of {@link adam} and {@link adamw}. */
export type Moments = SlotTrees<'mean' | 'variance'>

/** The numbers of step `step` from 0, checked once. */
const adamSteps = (
  rate: Rate,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions,
): ((step: number) => AdamStep & { readonly plainRate: number }) => {
  const rateAt = scheduleOf(rate)
  belowOne('beta1', beta1)
  belowOne('beta2', beta2)
  positive('epsilon', epsilon)
  return (step) => {
    const plainRate = rateAt(step)
    const root = Math.sqrt(1 - beta2 ** (step + 1))
    return { plainRate, rate: (plainRate * root) / (1 - beta1 ** (step + 1)), beta1, beta2, epsilon: epsilon * root }
  }
}

/**
 * Adam: `m ← β₁·m + (1-β₁)·g`, `v ← β₂·v + (1-β₂)·g²`, `θ ← θ - η·m̂/(√v̂ + ε)`.
 *
 * `η` is the rate, `g` the gradient; `m̂ = m/(1-β₁ᵗ)` and `v̂ = v/(1-β₂ᵗ)` correct the start at 0, with `t = step + 1`.
 *
 * References:
 *   Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1, https://arxiv.org/abs/1412.6980
 *
 * @example
 * ```ts
 * const optimizer = adam(cosine({ from: 4e-3, to: 0.02, steps: 300 }))
 * ```
 */
export const adam = (rate: Rate, options: AdamOptions = {}): Optimizer<Moments> => {
  const at = adamSteps(rate, options)
  return leafwise(['mean', 'variance'], (step) => adamRule(at(step)))
}

/**
 * Adam with decoupled weight decay: `θ ← (1 - η·λ)·θ`, then the step of {@link adam}.
 *
 * References:
 *   Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2, https://arxiv.org/abs/1711.05101
 *
 * @example
 * ```ts
 * const optimizer = adamw(1e-3, { weightDecay: 0.05 })
 * ```
 */
export const adamw = (rate: Rate, { weightDecay = 0.01, ...options }: AdamWOptions = {}): Optimizer<Moments> => {
  const at = adamSteps(rate, options)
  notNegative('weightDecay', weightDecay)
  return leafwise(['mean', 'variance'], (step) => {
    const { plainRate, ...numbers } = at(step)
    const [kept, rule] = [scalar(1 - plainRate * weightDecay), adamRule(numbers)]
    return (param, grad, slots) => rule(mul(param, kept), grad, slots)
  })
}
