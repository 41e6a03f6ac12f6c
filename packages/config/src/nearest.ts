import { closest, distance } from 'fastest-levenshtein'

/**
 * The name nearest to a misspelt one by edit distance, or undefined if none is near.
 *
 * @example
 * ```ts
 * expect(nearest('fintune', ['share', 'fine-tune'])).toBe('fine-tune')
 * ```
 */
export const nearest = (word: string, names: readonly string[]): string | undefined => {
  if (names.length === 0 || word.length > 100) return undefined
  const found = closest(word, names)
  return distance(word, found) <= Math.ceil(found.length / 3) ? found : undefined
}

/** `; did you mean "fine-tune"?`, or nothing. */
export const suggestion = (word: unknown, names: readonly string[]): string => {
  const found = typeof word === 'string' ? nearest(word, names) : undefined
  return found === undefined ? '' : `; did you mean "${found}"?`
}
