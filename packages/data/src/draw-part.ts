import { permutation, type Key } from '@ptu/core'

/** The limits of a part that is drawn from many examples. */
export interface DrawLimits {
  /** Decides which examples are drawn. */
  readonly key: Key
  /** The most examples. */
  readonly examples: number
  /** The most numbers of all examples together. */
  readonly numbers: number
}

/** So many examples of each class are drawn at the least, or all that it has. */
const fewest = 20

/**
 * Draws examples of `size` numbers each within limits: of every class in proportion, but at least 20 or all that it has.
 *
 * `labels` holds the class of each example. The places come in the order of the data; all of them where there are no more
 * than the limits allow. The least of each class may bring a few more than the limits.
 *
 * @example
 * ```ts
 * const labels = Array.from({ length: 1000 }, (_, i) => (i % 10 === 0 ? 'rare' : 'common'))
 * const places = drawnPart(labels, 1, { key: key(0), examples: 300, numbers: Infinity })
 * expect([places.length, places.filter((place) => labels[place] === 'rare').length]).toEqual([300, 30])
 * ```
 */
export const drawnPart = (
  labels: ArrayLike<string | number>,
  size: number,
  { key, examples, numbers }: DrawLimits,
): readonly number[] => {
  const most = Math.min(examples, Math.floor(numbers / Math.max(1, size)))
  const { length } = labels
  if (length <= most) return Array.from({ length }, (_, place) => place)
  const left = new Map<string | number, number>()
  for (let i = 0; i < length; i++) left.set(labels[i] as string, (left.get(labels[i] as string) ?? 0) + 1)
  for (const [label, count] of left)
    left.set(label, Math.max(Math.min(count, fewest), Math.floor((most * count) / length)))
  const places: number[] = []
  for (const place of permutation(key, length)) {
    const label = labels[place] as string
    const wanted = left.get(label) as number
    if (wanted === 0) continue
    left.set(label, wanted - 1)
    places.push(place)
  }
  return places.sort((a, b) => a - b)
}
