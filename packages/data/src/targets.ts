import type { TargetRule } from './target-rule.ts'

/** The labels of examples that do not have one class each. */
export interface Targets {
  readonly kind: TargetRule['kind']
  /** `[count, classes]`: 1 where a label is on and 0 where it is off, or numbers in the unit of their column. */
  readonly values: Float64Array
  /** The way from numbers to those that are learnt: `(value - mean) / deviation`; as they are unless given. */
  readonly scale?: TargetScale
}

/** Mean and deviation of the numbers that are learnt. */
export interface TargetScale {
  readonly mean: number
  readonly deviation: number
}

/** Mean and deviation (of the population) of numbers; a deviation of 1 where all are equal. */
export const targetScale = (values: ArrayLike<number>): TargetScale => {
  const all = Array.from(values)
  const mean = all.reduce((sum, x) => sum + x / all.length, 0)
  const deviation = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2 / all.length, 0))
  return { mean, deviation: deviation > 0 ? deviation : 1 }
}

/** The targets of the examples at `indices`, in rows of `width`. */
export const takeTargets = (targets: Targets, indices: ArrayLike<number>, width: number): Targets => {
  const values = new Float64Array(indices.length * width)
  for (let i = 0; i < indices.length; i++) {
    const from = (indices[i] as number) * width
    values.set(targets.values.subarray(from, from + width), i * width)
  }
  return { ...targets, values }
}

/** The targets at `indices` as they are learnt, `[indices, width]`. */
export const learntTargets = (targets: Targets, indices: ArrayLike<number>, width: number): Float32Array => {
  const { mean, deviation } = targets.scale ?? { mean: 0, deviation: 1 }
  return Float32Array.from(takeTargets(targets, indices, width).values, (value) => (value - mean) / deviation)
}
