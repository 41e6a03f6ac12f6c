import { OptionError } from '@ptu/core'

import { checkSet, largestPlaces, normOf, type CorruptionSet } from './corruption-set.ts'

/** A corruption of a list of parameters, and the change of the loss that a gradient predicts for it. */
export interface WorstCase {
  /** As long as the gradient. */
  readonly corruption: Float64Array
  /** `a · g`, to first order the largest change of the loss over the set; 0 where the gradient is 0. */
  readonly predicted: number
}

/**
 * The corruption that raises a loss of gradient `g` most, to first order, in closed form.
 *
 * Let `h` be `g` at its `n` largest entries and 0 elsewhere, and `1/p + 1/q = 1`. Then
 *
 * `a = ε · sign(h) · |h|^(1/(p-1)) / ‖ |h|^(1/(p-1)) ‖_p` and `a · g = ε · ‖h‖_q`
 *
 * for p between 1 and infinity; `a = ε · sign(h)` for p = ∞; all of ε on the largest entry for p = 1. By Hölder's
 * inequality no corruption of the set predicts more. A gradient of 0 gives the corruption 0.
 *
 * Computed in double precision. Throws `OptionError` for a set that is not defined or a gradient that is not finite.
 *
 * @example
 * ```ts
 * const { corruption, predicted } = worstCase([0.3, -0.4, 0], { p: 2, epsilon: 0.1 })
 * expect(corruption[1]).toBeCloseTo(-0.08)
 * expect(predicted).toBeCloseTo(0.05)
 * ```
 *
 * References:
 *   Sun, Zhang, Ren, Luo & Li, "Exploring the vulnerability of deep neural networks: a study of parameter corruption", AAAI 2021, §3, https://arxiv.org/abs/2006.05620
 *   Foret, Kleiner, Mobahi & Neyshabur, "Sharpness-aware minimization", ICLR 2021, eq. 2 (the case n = k), https://arxiv.org/abs/2010.01412
 */
export const worstCase = (gradient: ArrayLike<number>, set: Omit<CorruptionSet, 'relative'>): WorstCase => {
  checkSet(set)
  const { p, epsilon, n = gradient.length } = set
  checkFinite(gradient)
  const places = largestPlaces(gradient, p === 1 ? 1 : n)
  const held = Float64Array.from(places, (i) => gradient[i] as number)
  const corruption = new Float64Array(gradient.length)
  const size = normOf(held, Infinity)
  if (size === 0) return { corruption, predicted: 0 }
  // In units of the largest entry, no power overflows as p nears 1.
  const steep = held.map((g) => Math.sign(g) * (p === Infinity ? 1 : (Math.abs(g) / size) ** (1 / (p - 1))))
  const unit = epsilon / normOf(p === Infinity ? [1] : steep, p)
  places.forEach(
    (place, i) => (corruption[place] = p === 1 ? epsilon * Math.sign(held[i] as number) : unit * (steep[i] as number)),
  )
  return { corruption, predicted: epsilon * normOf(held, dual(p)) }
}

/** The q with `1/p + 1/q = 1`. */
const dual = (p: number): number => (p === Infinity ? 1 : p === 1 ? Infinity : p / (p - 1))

const checkFinite = (gradient: ArrayLike<number>): void => {
  for (let i = 0; i < gradient.length; i++)
    if (!Number.isFinite(gradient[i]))
      throw new OptionError(
        `corruption: expected a finite gradient, entry ${i} is ${String(gradient[i])}; check the inputs and that the parameters have not diverged`,
      )
}
