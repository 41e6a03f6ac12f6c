import { OptionError } from '@ptu/core'

/** The token that pads; its place is 0. */
export const padding = '<padding>'

/** The token for all tokens that are not in a vocabulary; its place is 1. */
export const unknown = '<unknown>'

/** The options of {@link vocabularyOf}: the tokens that a vocabulary takes. */
export interface VocabularyOptions {
  /** The most tokens, the two for padding and for unknown tokens among them; 5,000 unless given. */
  readonly most?: number
  /** The least number of times that a token must occur; once unless given. */
  readonly atLeast?: number
}

/**
 * Collects the most frequent tokens of sequences, after the two for padding and for unknown tokens. Equally frequent
 * ones are in the order of their code units.
 *
 * Build it from the source's texts alone: the target's words must not be known before its labels are drawn. Tokens that
 * are not in it become the token 1, in training too, so give `most` or `atLeast` a value that leaves some out. Throws
 * `OptionError` unless `most` is an integer from 3 and `atLeast` one from 1.
 *
 * @example
 * ```ts
 * const words = vocabularyOf([['the', 'cat'], ['the', 'dog']], { most: 3 })
 * expect(words).toEqual(['<padding>', '<unknown>', 'the'])
 * ```
 */
export const vocabularyOf = (
  sequences: Iterable<readonly string[]>,
  { most = 5000, atLeast = 1 }: VocabularyOptions = {},
): readonly string[] => {
  checkAtLeast('most', most, 3)
  checkAtLeast('atLeast', atLeast, 1)
  const counts = countsOf(sequences)
  const frequent = [...counts]
    .filter(([token, count]) => count >= atLeast && token !== padding && token !== unknown)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return [padding, unknown, ...frequent.slice(0, most - 2).map(([token]) => token)]
}

const countsOf = (sequences: Iterable<readonly string[]>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const sequence of sequences) for (const token of sequence) counts.set(token, (counts.get(token) ?? 0) + 1)
  return counts
}

const checkAtLeast = (name: string, value: number, least: number): void => {
  if (!Number.isInteger(value) || value < least)
    throw new OptionError(`expected ${name} to be an integer from ${String(least)}, got ${String(value)}`)
}
