/** Complex numbers as two lists. */
export interface Complex {
  readonly real: Float64Array
  readonly imaginary: Float64Array
}

/** A factor of a length: how many parts a transform has there, and how long each is. */
interface Level {
  readonly parts: number
  readonly count: number
}

/** The parts that transforms of one length share: its factors, the cosines and sines of its angles, and room for the parts of one. */
interface Plan {
  readonly length: number
  readonly levels: readonly Level[]
  readonly cosines: Float64Array
  readonly sines: Float64Array
  readonly part: Complex
}

const levelsOf = (length: number): readonly Level[] => {
  if (length === 1) return []
  const parts = length % 4 === 0 ? 4 : smallestFactor(length)
  return [{ parts, count: length / parts }, ...levelsOf(length / parts)]
}

const smallestFactor = (length: number): number => {
  for (let factor = 2; factor * factor <= length; factor++) if (length % factor === 0) return factor
  return length
}

const complexOf = (length: number): Complex => ({
  real: new Float64Array(length),
  imaginary: new Float64Array(length),
})

const planOf = (length: number, sign: number): Plan => {
  const levels = levelsOf(length)
  return {
    ...{ length, levels, part: complexOf(Math.max(1, ...levels.map(({ parts }) => parts))) },
    cosines: Float64Array.from({ length }, (_, i) => Math.cos((2 * Math.PI * i) / length)),
    sines: Float64Array.from({ length }, (_, i) => sign * Math.sin((2 * Math.PI * i) / length)),
  }
}

/** The place of a line's values: the first one, and the step from each to the next. */
interface Line {
  readonly at: number
  readonly step: number
}

/** Transforms a line into the places from `to` on: each part by the factors that are left, then the parts together. */
const transformLine = (
  values: Complex,
  at: number,
  step: number,
  out: Complex,
  to: number,
  plan: Plan,
  level = 0,
): void => {
  const { parts, count } = plan.levels[level] ?? { parts: 1, count: 1 }
  if (count === 1) {
    gather(values, at, step, plan.part, parts)
    combine(out, to, 1, parts, 0, plan)
    return
  }
  for (let q = 0; q < parts; q++)
    transformLine(values, at + q * step, step * parts, out, to + q * count, plan, level + 1)
  for (let k = 0; k < count; k++) {
    gather(out, to + k, count, plan.part, parts)
    combine(out, to + k, count, parts, k, plan)
  }
}

const gather = (values: Complex, at: number, step: number, part: Complex, parts: number): void => {
  for (let q = 0; q < parts; q++) {
    part.real[q] = values.real[at + q * step] as number
    part.imaginary[q] = values.imaginary[at + q * step] as number
  }
}

/** Writes `Σ_q part_q · exp(∓2πi·q(k + s·count) / (parts · count))` for each `s` below the number of parts. */
const combine = (out: Complex, at: number, count: number, parts: number, k: number, plan: Plan): void => {
  const { length, cosines, sines } = plan
  const { real, imaginary } = plan.part
  const stride = length / (parts * count)
  for (let s = 0; s < parts; s++) {
    const turn = stride * (k + s * count)
    let a = real[0] as number
    let b = imaginary[0] as number
    for (let q = 1, angle = turn; q < parts; q++) {
      const cosine = cosines[angle] as number
      const sine = sines[angle] as number
      a += (real[q] as number) * cosine - (imaginary[q] as number) * sine
      b += (real[q] as number) * sine + (imaginary[q] as number) * cosine
      angle += turn
      if (angle >= length) angle -= length
    }
    out.real[at + s * count] = a
    out.imaginary[at + s * count] = b
  }
}

/** Transforms the lines of a plane along one axis. */
const alongAxis = (plane: Complex, lines: readonly Line[], plan: Plan): Complex => {
  const out = complexOf(plane.real.length)
  const line = complexOf(plan.length)
  for (const { at, step } of lines) {
    transformLine(plane, at, step, line, 0, plan)
    for (let i = 0; i < plan.length; i++) {
      out.real[at + i * step] = line.real[i] as number
      out.imaginary[at + i * step] = line.imaginary[i] as number
    }
  }
  return out
}

/**
 * The discrete Fourier transform of a plane, `Σ_yx v_yx · exp(∓2πi(ky/height + lx/width))`, without a factor: forward for
 * the sign −1, backward for 1.
 *
 * Takes time `height · width · (sum of the prime factors of both)`.
 *
 * References:
 *   Cooley & Tukey, "An algorithm for the machine calculation of complex Fourier series", Mathematics of Computation 19, 1965, https://doi.org/10.1090/S0025-5718-1965-0178586-1
 */
export const fourier = (plane: Complex, [height, width]: readonly [number, number], sign: 1 | -1): Complex => {
  const columns = Array.from({ length: width }, (_, x) => ({ at: x, step: width }))
  const rows = Array.from({ length: height }, (_, y) => ({ at: y * width, step: 1 }))
  return alongAxis(alongAxis(plane, columns, planOf(height, sign)), rows, planOf(width, sign))
}
