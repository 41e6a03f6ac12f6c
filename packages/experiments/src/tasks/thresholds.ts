/** Probabilities of one label, and whether it is on. */
export interface LabelColumn {
  readonly probabilities: ArrayLike<number>
  readonly on: ArrayLike<number>
}

/**
 * The probability from which a label is best taken as on: that of the highest F1, `2·TP / (2·TP + FP + FN)`.
 *
 * It lies halfway between two probabilities that occur, or the lowest and 0; among equals, nearest to a half, and the higher of two
 * that are as near. Where the label is on in no example, a half.
 *
 * References:
 *   Lipton, Elkan & Narayanaswamy, "Thresholding Classifiers to Maximize F1 Score", ECML PKDD 2014, https://arxiv.org/abs/1402.1892
 *
 * @example
 * ```ts
 * expect(bestThreshold({ probabilities: [0.1, 0.2, 0.4], on: [0, 1, 1] }).toFixed(2)).toBe('0.15')
 * ```
 */
export const bestThreshold = ({ probabilities, on }: LabelColumn): number => {
  const order = Array.from(probabilities, (_, i) => i).toSorted(
    (a, b) => (probabilities[b] as number) - (probabilities[a] as number),
  )
  const positives = Array.from(on).reduce((sum, x) => sum + x, 0)
  let [best, bestF1, right] = [0.5, 0, 0]
  order.forEach((place, i) => {
    right += on[place] as number
    const own = probabilities[place] as number
    const next = i + 1 < order.length ? (probabilities[order[i + 1] as number] as number) : 0
    if (next === own && i + 1 < order.length) return
    const [f1, threshold] = [(2 * right) / (i + 1 + positives), (own + next) / 2]
    if (f1 > bestF1 || (f1 === bestF1 && Math.abs(threshold - 0.5) < Math.abs(best - 0.5)))
      [best, bestF1] = [threshold, f1]
  })
  return best
}
