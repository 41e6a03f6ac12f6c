import * as E from 'fp-ts/lib/Either.js'

import type { Dataset } from './dataset.ts'
import { encodeTexts } from './encode-texts.ts'
import { DataError } from './errors.ts'
import type { LabelledTexts } from './labelled-texts.ts'
import { tokenise, type TokenUnit } from './texts.ts'
import { vocabularyOf, type VocabularyOptions } from './vocabulary.ts'

/**
 * The options of {@link bagOfWords}: the rules by which texts become numbers for a network that gives each text one
 * class.
 */
export interface ClassifyTextsOptions {
  /** The vocabulary of the source's texts, from `vocabularyOf`; unless given, one is made from these texts. */
  readonly vocabulary?: readonly string[]
  /** The most tokens of the vocabulary made from these texts; 5,000 unless given. */
  readonly most?: number
  /** The least count of a token in the vocabulary made from these texts; 1 unless given. */
  readonly atLeast?: number
  /** `word` unless given. */
  readonly unit?: TokenUnit
  /** The classes that labels may have; those that occur, in the order of their code units, unless given. */
  readonly classes?: readonly string[]
}

/** Texts as counts of tokens, and the vocabulary. */
export interface BagOfWords {
  /** `[tokens of the vocabulary]` an example */
  readonly dataset: Dataset
  readonly vocabulary: readonly string[]
}

/** More numbers than this are refused before there is memory for them: 1 GiB of features. */
const numberLimit = 2 ** 28

/**
 * Counts the tokens of each text: feature `t` is `log(1 + n_t)`, where `n_t` is the number of times that token t comes.
 *
 * Token 1 counts all that are not in the vocabulary; token 0 never occurs in a text. A Left names texts without a token
 * and labels outside `classes`.
 *
 * References:
 *   Manning, Raghavan & Schütze, "Introduction to Information Retrieval", Cambridge University Press 2008, §6.4.1, https://nlp.stanford.edu/IR-book/
 *
 * @example
 * ```ts
 * const texts: LabelledTexts = { texts: ['no, no', 'yes'], labels: ['n', 'y'], repeated: 0, conflicting: 0 }
 * const bag = bagOfWords(texts, { vocabulary: ['<padding>', '<unknown>', 'no', 'yes'] })
 * const features = E.map(({ dataset }: BagOfWords) => [...dataset.features])(bag)
 * expect(features).toEqual(E.right([0, Math.log(2), Math.log(3), 0, 0, 0, 0, Math.log(2)].map(Math.fround)))
 * ```
 */
export const bagOfWords = (
  labelled: LabelledTexts,
  options: ClassifyTextsOptions = {},
): E.Either<DataError, BagOfWords> => {
  const { vocabulary = vocabularyOf(sequencesOf(labelled, options.unit), limitsOf(options)) } = options
  const [count, size] = [labelled.texts.length, vocabulary.length]
  if (count * size > numberLimit)
    return E.left(
      new DataError(
        `${String(count)} texts of ${String(size)} tokens are more than ${String(numberLimit)} numbers; use fewer`,
      ),
    )
  // One text at a time: what is kept are its counts.
  const tokens = new Map(vocabulary.map((token, i) => [token, i]))
  const features = new Float32Array(count * size)
  let i = 0
  for (const sequence of sequencesOf(labelled, options.unit)) features.set(tokenCounts(sequence, tokens), size * i++)
  const empty = labelled.texts.findIndex((_, text) => !features.subarray(text * size, (text + 1) * size).some(Boolean))
  if (empty >= 0) return E.left(new DataError(`text ${String(empty + 1)}: it holds no token`))
  return E.map((labels: Pick<Dataset, 'labels' | 'classes'>) => ({
    dataset: { shape: [size], features, ...labels },
    vocabulary,
  }))(numbered(labelled, options.classes))
}

/** Counts tokens by their places in a vocabulary: `log(1 + n)` each; those that are not in it count as token 1. */
export const tokenCounts = (sequence: readonly string[], places: ReadonlyMap<string, number>): Float32Array => {
  const counts = new Float32Array(places.size)
  for (const token of sequence) {
    const at = places.get(token) ?? 1
    counts[at] = (counts[at] as number) + 1
  }
  return counts.map((n) => Math.log1p(n))
}

/** The tokens of each text, one text at a time. */
const sequencesOf = function* ({ texts }: LabelledTexts, unit?: TokenUnit): Iterable<readonly string[]> {
  for (const text of texts) yield tokenise(text, unit)
}

const limitsOf = ({ most, atLeast }: ClassifyTextsOptions): VocabularyOptions => ({
  ...(most !== undefined && { most }),
  ...(atLeast !== undefined && { atLeast }),
})

const numbered = (
  { labels }: LabelledTexts,
  classes: readonly string[] = [...new Set(labels)].toSorted(),
): E.Either<DataError, Pick<Dataset, 'labels' | 'classes'>> => {
  const places = new Map(classes.map((name, i) => [name, i]))
  const stray = labels.findIndex((label) => !places.has(label))
  return stray < 0
    ? E.right({ labels: Int32Array.from(labels, (label) => places.get(label) as number), classes })
    : E.left(
        new DataError(
          `text ${String(stray + 1)}: the label ${JSON.stringify(labels[stray])} is not one of ${classes.slice(0, 20).join(', ')}`,
        ),
      )
}

/**
 * The options of {@link tokenised}: the rules by which texts become tokens for a network that gives each text one
 * class.
 */
export interface TokenisedOptions extends ClassifyTextsOptions {
  /** The most tokens of a text; those of the longest unless given. A longer text is a Left: nothing is cut. */
  readonly steps?: number
}

/**
 * Numbers the tokens of each text: `[steps]` an example, padded behind by token 0, with one label each.
 *
 * A Left names texts without a token or with more than `steps`, and labels outside `classes`.
 *
 * @example
 * ```ts
 * const texts: LabelledTexts = { texts: ['no, no', 'yes'], labels: ['n', 'y'], repeated: 0, conflicting: 0 }
 * const set = tokenised(texts, { vocabulary: ['<padding>', '<unknown>', 'no', 'yes'] })
 * expect(E.map(({ features }: Dataset) => [...features])(set)).toEqual(E.right([2, 1, 2, 3, 0, 0]))
 * ```
 */
export const tokenised = (labelled: LabelledTexts, options: TokenisedOptions = {}): E.Either<DataError, Dataset> => {
  const { unit, classes, steps } = options
  const sequences = [...sequencesOf(labelled, unit)]
  const { vocabulary = vocabularyOf(sequences, limitsOf(options)) } = options
  return encodeTexts(
    { sequences, labels: labelled.labels.map((label) => [label]), tagged: false },
    { vocabulary, ...(classes && { classes }), ...(steps !== undefined && { steps }) },
  )
}
