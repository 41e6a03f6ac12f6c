import { atOnce, type Stepwise } from '@ptu/core'

import { addScaled, dot } from './matrix.ts'

/** A value and its gradient. */
export interface Evaluated {
  readonly value: number
  readonly gradient: Float64Array
}

/** A smooth function of a vector. */
export type SmoothFunction = (x: Float64Array) => Evaluated

/** A smooth function of a vector that is computed in steps. */
export type StepwiseFunction = (x: Float64Array) => Stepwise<Evaluated>

/** The options of {@link minimise}: when it stops. */
export interface MinimiseOptions {
  /** The norm of the gradient that is small enough. */
  readonly tolerance: number
  /** Steps at most; 1,000 unless given. */
  readonly steps?: number
}

/** A step and how the gradient changed over it. */
interface Correction {
  readonly step: Float64Array
  readonly change: Float64Array
}

/** The number of corrections that approximate the curvature. */
const memory = 10

const norm = (x: Float64Array): number => Math.sqrt(dot(x, x))

/** The direction of the next step: minus the approximate inverse Hessian times the gradient. */
const directionOf = (gradient: Float64Array, corrections: readonly Correction[]): Float64Array => {
  const direction = gradient.map((g) => -g)
  const weights = corrections.toReversed().map(({ step, change }) => {
    const weight = dot(step, direction) / dot(step, change)
    addScaled(direction, -weight, change)
    return weight
  })
  const { step: last, change } = corrections.at(-1) as Correction
  const scale = dot(last, change) / dot(change, change)
  for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] as number) * scale
  corrections.forEach(({ step, change }, i) => {
    const back = dot(change, direction) / dot(step, change)
    addScaled(direction, (weights[corrections.length - 1 - i] as number) - back, step)
  })
  return direction
}

/** The first of the steps 1, ½, ¼, … along a direction that lowers the value enough; undefined if none does. */
const search = function* (
  of: StepwiseFunction,
  x: Float64Array,
  { value, gradient }: Evaluated,
  direction: Float64Array,
): Stepwise<{ readonly x: Float64Array; readonly found: Evaluated } | undefined> {
  const slope = dot(gradient, direction)
  for (let size = 1; size > 1e-10; size /= 2) {
    const next = x.slice()
    addScaled(next, size, direction)
    const found = yield* of(next)
    if (found.value <= value + 1e-4 * size * slope) return { x: next, found }
  }
  return undefined
}

/** From one point to another, with the gradients there. */
const correctionOf = (x: Float64Array, { gradient }: Evaluated, next: Float64Array, found: Evaluated): Correction => ({
  step: next.map((to, i) => to - (x[i] as number)),
  change: found.gradient.map((to, i) => to - (gradient[i] as number)),
})

/** A first correction, from a short step down the gradient: it tells how long the first full step may be. */
const firstCorrection = function* (of: StepwiseFunction, x: Float64Array, at: Evaluated): Stepwise<Correction> {
  const next = x.slice()
  addScaled(next, -1e-4 / norm(at.gradient), at.gradient)
  return correctionOf(x, at, next, yield* of(next))
}

/**
 * Minimises a smooth strictly convex function by L-BFGS with ten corrections and a backtracking line search (Armijo's
 * rule).
 *
 * It ends where the norm of the gradient is at most `tolerance`, after `steps` steps, or when rounding leaves no lower
 * value along the direction. Every step lowers the value.
 *
 * References:
 *   Nocedal & Wright, "Numerical optimization", 2nd ed. 2006, algorithms 7.4 and 3.1
 */
export const minimise = (of: SmoothFunction, start: Float64Array, options: MinimiseOptions): Float64Array =>
  atOnce(minimising(inOneStep(of), start, options))

const inOneStep = (of: SmoothFunction): StepwiseFunction =>
  function* (x) {
    return of(x)
  }

/** Minimises a function as {@link minimise} does, in the steps that its evaluations take. */
export const minimising = function* (
  of: StepwiseFunction,
  start: Float64Array,
  { tolerance, steps = 1000 }: MinimiseOptions,
): Stepwise<Float64Array> {
  let x = start
  let at = yield* of(x)
  let corrections: readonly Correction[] = []
  for (let step = 0; step < steps && norm(at.gradient) > tolerance; step++) {
    if (step === 0) corrections = [yield* firstCorrection(of, x, at)]
    const moved = yield* search(of, x, at, directionOf(at.gradient, corrections))
    if (moved === undefined) break
    const correction = correctionOf(x, at, moved.x, moved.found)
    if (dot(correction.step, correction.change) > 0) corrections = [...corrections.slice(1 - memory), correction]
    x = moved.x
    at = moved.found
  }
  return x
}
