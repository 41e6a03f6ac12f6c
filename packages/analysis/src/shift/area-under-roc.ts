import { OptionError } from '@ptu/core'

/**
 * The area under the ROC curve: the probability that a strange example scores higher than a usual one, ties counting
 * half. .5 is chance.
 *
 * Throws `OptionError` unless both have scores, all of them numbers.
 *
 * @example
 * ```ts
 * expect(areaUnderRoc(Float64Array.of(1, 2), Float64Array.of(2, 3))).toBe(0.875)
 * ```
 */
export const areaUnderRoc = (usual: Float64Array, strange: Float64Array): number => {
  if ([...usual, ...strange].some((score) => Number.isNaN(score)))
    throw new OptionError('expected scores that are numbers, one is NaN; check the network and its inputs')
  if (usual.length === 0 || strange.length === 0)
    throw new OptionError(
      `expected scores of usual and of strange examples, got ${String(usual.length)} and ${String(strange.length)}`,
    )
  const sorted = Float64Array.from(usual).sort()
  const below = (value: number, orEqual: boolean): number => {
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const at = sorted[middle] as number
      if (at < value || (orEqual && at === value)) low = middle + 1
      else high = middle
    }
    return low
  }
  let sum = 0
  for (const score of strange) sum += (below(score, false) + below(score, true)) / 2
  return sum / (usual.length * strange.length)
}
