import { OptionError } from '@ptu/core'

/** The error of a network under one shift, severity by severity. */
export interface ShiftErrors {
  readonly name: string
  /** From 0 to 1, one for each severity. */
  readonly errors: readonly number[]
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/**
 * The mean corruption error against a reference: the mean over shifts of `Σ_s E_s / Σ_s E_s of the reference`. 1 is as
 * good as the reference, less is better.
 *
 * Throws `OptionError` where the two lists differ in shifts or severities, an error is no part, or the reference makes
 * no errors under a shift.
 *
 * References:
 *   Hendrycks & Dietterich, "Benchmarking neural network robustness to common corruptions and perturbations", ICLR 2019, §4.1, https://arxiv.org/abs/1903.12261
 *
 * @example
 * ```ts
 * const mine = [{ name: 'blur', errors: [0.1, 0.3] }]
 * expect(meanCorruptionError(mine, [{ name: 'blur', errors: [0.2, 0.6] }])).toBeCloseTo(0.5, 12)
 * ```
 */
export const meanCorruptionError = (own: readonly ShiftErrors[], reference: readonly ShiftErrors[]): number => {
  if (own.length === 0 || own.length !== reference.length)
    throw new OptionError(
      `expected the errors under the same shifts, got ${String(own.length)} and ${String(reference.length)}`,
    )
  const ratios = own.map(({ name, errors }) => {
    const other = reference.find((one) => one.name === name)?.errors ?? []
    if (errors.length === 0 || other.length !== errors.length)
      throw new OptionError(
        `${name}: expected ${String(errors.length)} errors of the reference, got ${String(other.length)}`,
      )
    if (![...errors, ...other].every((error) => error >= 0 && error <= 1))
      throw new OptionError(`${name}: expected errors from 0 to 1`)
    if (sumOf(other) === 0) throw new OptionError(`${name}: expected a reference that makes errors, it makes none`)
    return sumOf(errors) / sumOf(other)
  })
  return sumOf(ratios) / ratios.length
}

/** The accuracy of a network on data like those of its training, and on others. */
export interface AccuracyPair {
  /** From 0 to 1. */
  readonly inside: number
  /** From 0 to 1. */
  readonly outside: number
}

/** The line of {@link robustnessLine}. */
export interface RobustnessLine {
  readonly slope: number
  readonly intercept: number
}

/** Accuracies of 0 and 1 are taken as these, which have a logit. */
const nearest = 1e-3

const logit = (part: number): number => {
  if (!(part >= 0 && part <= 1)) throw new OptionError(`expected an accuracy from 0 to 1, got ${String(part)}`)
  const held = Math.min(1 - nearest, Math.max(nearest, part))
  return Math.log(held / (1 - held))
}

/**
 * Fits `logit(outside) = slope · logit(inside) + intercept` to networks, by least squares: the accuracy elsewhere that
 * is usual for an accuracy here.
 *
 * Throws `OptionError` for fewer than two networks, or where all have one accuracy inside.
 *
 * References:
 *   Taori, Dave, Shankar, Carlini, Recht & Schmidt, "Measuring robustness to natural distribution shifts in image classification", NeurIPS 2020, §3, https://arxiv.org/abs/2007.00644
 */
export const robustnessLine = (networks: readonly AccuracyPair[]): RobustnessLine => {
  const points = networks.map(({ inside, outside }) => [logit(inside), logit(outside)] as const)
  const [x, y] = [0, 1].map((axis) => sumOf(points.map((point) => point[axis] as number)) / points.length) as [
    number,
    number,
  ]
  const spread = sumOf(points.map(([a]) => (a - x) ** 2))
  if (points.length < 2 || spread === 0)
    throw new OptionError('expected at least two networks of different accuracies to fit a line to')
  const slope = sumOf(points.map(([a, b]) => (a - x) * (b - y))) / spread
  return { slope, intercept: y - slope * x }
}

/**
 * The effective robustness of a network: its accuracy outside minus that of the line at its accuracy inside.
 *
 * @example
 * ```ts
 * expect(effectiveRobustness({ inside: 0.5, outside: 0.7 }, { slope: 1, intercept: 0 })).toBeCloseTo(0.2, 12)
 * ```
 */
export const effectiveRobustness = ({ inside, outside }: AccuracyPair, { slope, intercept }: RobustnessLine): number =>
  outside - 1 / (1 + Math.exp(-(slope * logit(inside) + intercept)))
