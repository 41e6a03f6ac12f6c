import type { Dataset } from '@ptu/data'

/**
 * Examples that only the final evaluation of a run may see, and that it sees once.
 *
 * {@link TestSet.open} is the only way to the examples, so nothing that chooses can read them by accident.
 */
export interface TestSet {
  /** Returns the examples. Throws at a second call: a run that asks twice chooses on test data. */
  open(): Dataset
  /** The number of times that the examples were asked for: 0 or 1. */
  opened(): number
}

/**
 * Seals examples for one run.
 *
 * @example
 * ```ts
 * const test = sealTestSet({ shape: [1], features: Float32Array.of(1), labels: Int32Array.of(0), classes: ['a', 'b'] })
 * test.open()
 * expect(() => test.open()).toThrow('opened before')
 * ```
 */
export const sealTestSet = (examples: Dataset): TestSet => {
  let times = 0
  return {
    open: () => {
      if (times > 0) throw new Error('the test set of this run was opened before: evaluate once, at the end')
      times++
      return examples
    },
    opened: () => times,
  }
}
