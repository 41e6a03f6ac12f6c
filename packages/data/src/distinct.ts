import { countOf, sizeOf, take, type Dataset } from './dataset.ts'

/**
 * The examples without repetition: the first of equal ones stays, and none that `others` hold.
 *
 * Examples are equal where their features are, whatever their labels: a network cannot tell them apart. Apply it before
 * a set is split, so that no example is in two parts, with the source as `others` of the target.
 *
 * @example
 * ```ts
 * const set: Dataset = { shape: [1], features: Uint8Array.of(7, 7, 9), labels: Int32Array.of(0, 1, 0), classes: ['a', 'b'] }
 * expect(countOf(distinct(set))).toBe(2)
 * expect(countOf(distinct(set, set))).toBe(0)
 * ```
 */
export const distinct = (dataset: Dataset, ...others: readonly Dataset[]): Dataset => {
  const seen = new Set(others.flatMap((other) => Array.from({ length: countOf(other) }, (_, i) => contentOf(other, i))))
  const kept: number[] = []
  for (let i = 0; i < countOf(dataset); i++) {
    const content = contentOf(dataset, i)
    if (seen.has(content)) continue
    seen.add(content)
    kept.push(i)
  }
  return take(dataset, kept)
}

/** What an example holds, without the padding behind it. */
const contentOf = ({ features, shape }: Dataset, i: number): string => {
  const size = sizeOf(shape)
  let end = (i + 1) * size
  while (end > i * size && features[end - 1] === 0) end--
  return features.subarray(i * size, end).join()
}
