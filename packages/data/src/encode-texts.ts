import * as E from 'fp-ts/lib/Either.js'

import type { Dataset } from './dataset.ts'
import { DataError, problemList, quoted, type Problems } from './errors.ts'
import type { Texts } from './texts.ts'
import { vocabularyOf } from './vocabulary.ts'

/** The options of {@link encodeTexts}: the rules by which texts become numbers. */
export interface EncodeTextsOptions {
  /** A vocabulary from `vocabularyOf`; unless given, one is made from these texts. */
  readonly vocabulary?: readonly string[]
  /** The classes that labels may have; those that occur, in the order of their code units, unless given. */
  readonly classes?: readonly string[]
  /** The most tokens of a text; those of the longest unless given. */
  readonly steps?: number
}

/** More numbers than this are refused before there is memory for them: 512 MiB of features. */
const numberLimit = 2 ** 27

/**
 * Turns texts into a data set of tokens, `[steps]` an example, padded with token 0 at the end. A token that is not in
 * the vocabulary is token 1.
 *
 * A Left names the texts that are empty, that are longer than `steps` (none is cut), that lack one tag per token, or
 * that have a label outside `classes`.
 *
 * @example
 * ```ts
 * const texts: Texts = { sequences: [['go', 'on'], ['stop']], labels: [['VERB', 'PRT'], ['VERB']], tagged: true }
 * const set = encodeTexts(texts)
 * expect(E.map(({ shape, labels }: Dataset) => [shape, [...labels]])(set)).toEqual(E.right([[2], [1, 0, 1, -1]]))
 * ```
 */
export const encodeTexts = (texts: Texts, options: EncodeTextsOptions = {}): E.Either<DataError, Dataset> => {
  const { sequences, labels, tagged } = texts
  const {
    vocabulary = vocabularyOf(sequences),
    classes = [...new Set(labels.flat())].toSorted(),
    steps = sequences.reduce((most, { length }) => Math.max(most, length), 1),
  } = options
  const places = new Map(classes.map((name, i) => [name, i]))
  const problem = problemOf(texts, places, steps)
  if (problem !== undefined) return E.left(new DataError(problem))
  const tokens = new Map(vocabulary.map((token, i) => [token, i]))
  const features = new Float32Array(sequences.length * steps)
  const each = tagged ? steps : 1
  const numbers = new Int32Array(sequences.length * each).fill(-1)
  sequences.forEach((sequence, i) => {
    features.set(
      sequence.map((token) => tokens.get(token) ?? 1),
      i * steps,
    )
    numbers.set(labels[i]?.map((label) => places.get(label) ?? -1) ?? [], i * each)
  })
  return E.right({ shape: [steps], features, labels: numbers, classes, vocabulary, ...(tagged && { tagged }) })
}

const problemOf = (texts: Texts, places: ReadonlyMap<string, number>, steps: number): string | undefined => {
  const { sequences } = texts
  if (sequences.length === 0) return 'expected at least one text, got none'
  if (sequences.length * steps > numberLimit)
    return (
      `${String(sequences.length)} texts of ${String(steps)} steps are more than ${String(numberLimit)} numbers; ` +
      'leave long texts out or use fewer'
    )
  const problems = problemList()
  sequences.forEach((_, i) => {
    checkOne(texts, i, places, steps, problems)
  })
  return problems.count() === 0 ? undefined : `it has problems:${problems.text()}`
}

const checkOne = (
  { sequences, labels, tagged }: Texts,
  i: number,
  places: ReadonlyMap<string, number>,
  steps: number,
  problems: Problems,
): void => {
  const [sequence = [], own = []] = [sequences[i], labels[i]]
  const wanted = tagged ? sequence.length : 1
  const missing = own.find((label) => !places.has(label))
  const problem = lengthProblem(sequence.length, steps)
  if (problem !== undefined) problems.add(`text ${String(i + 1)}: ${problem}`)
  if (own.length !== wanted)
    problems.add(`text ${String(i + 1)}: expected ${labelCount(wanted)}, got ${String(own.length)}`)
  if (missing !== undefined)
    problems.add(
      `text ${String(i + 1)}: the label ${quoted(missing)} is not one of ${[...places.keys()].slice(0, 20).join(', ')}`,
    )
}

const labelCount = (count: number): string => `${String(count)} label${count === 1 ? '' : 's'}`

/** The reason why a text of so many tokens cannot be used, or undefined. */
export const lengthProblem = (length: number, steps: number): string | undefined => {
  if (length === 0) return 'it holds no token'
  if (length > steps)
    return `it has ${String(length)} tokens, the most is ${String(steps)}; split it or allow more steps`
  return undefined
}
