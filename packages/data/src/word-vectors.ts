import { messageOf } from '@ptu/core'
import { fileChunks, FileError } from '@ptu/tensor'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { checkedLines } from './checked-lines.ts'
import { DataError, plural, quoted } from './errors.ts'

/** Vectors of words that were trained elsewhere, for the tokens of a vocabulary. */
export interface WordVectors {
  /** The numbers of a vector. */
  readonly width: number
  /** `[tokens, width]`, zeros where the file lacks a token. */
  readonly values: Float32Array
  /** For each token, 1 where the file has it, else 0. */
  readonly known: Uint8Array
  /** Notes for people: what was found, what came twice, what was left out. */
  readonly notes: readonly string[]
}

/** Vectors of more numbers are refused: none that are published have as many. */
const widthLimit = 4096

/** The reading of a file as far as it went. */
interface Reading {
  width: number
  values: Float32Array
  line: number
  /** Words of the vocabulary that came again; the first counts. */
  repeated: number
  /** Lines that are no text in UTF-8. */
  broken: number
}

/**
 * Reads vectors of words in GloVe's text format, a word and its numbers between spaces a line, in memory of a few lines and of the
 * vectors of `vocabulary`. The line of counts before vectors of word2vec's text format is passed over.
 *
 * A Left names the line that has another number of columns, or a word of the vocabulary whose vector holds something else than finite
 * numbers; and files that have none of the words. Of a word that comes twice the first vector is taken.
 *
 * References:
 *   Pennington, Socher & Manning, "GloVe: Global Vectors for Word Representation", EMNLP 2014, https://nlp.stanford.edu/projects/glove/
 */
export const readWordVectors = (path: string, vocabulary: readonly string[]): TE.TaskEither<DataError, WordVectors> =>
  TE.tryCatch(
    () => decodeWordVectors(fileChunks(path), vocabulary),
    (cause) =>
      new DataError(
        cause instanceof FileError ? cause.message : `cannot read the vectors of words in ${path}: ${messageOf(cause)}`,
      ),
  )

/** Reads vectors of words as {@link readWordVectors} does, from pieces of a file. Rejects with `DataError`. */
export const decodeWordVectors = async (
  source: AsyncIterable<Uint8Array>,
  vocabulary: readonly string[],
): Promise<WordVectors> => {
  const places = new Map(vocabulary.map((token, place) => [token, place]))
  const known = new Uint8Array(vocabulary.length)
  const reading: Reading = { width: 0, values: new Float32Array(0), line: 0, repeated: 0, broken: 0 }
  const lines = checkedLines(source)
  for await (const piece of lines.chunks)
    for (const [line, words] of linesIn(piece)) {
      reading.line++
      if (lines.problemUpTo(reading.line) !== undefined) reading.broken++
      else takeLine(line, words, { places, known, reading })
    }
  const found = known.reduce((sum, is) => sum + is, 0)
  if (found === 0)
    throw new DataError(
      `it has none of the ${plural(vocabulary.length, 'token')} of the texts; expected a word and its numbers a line, as GloVe's files have`,
    )
  const { width, values, repeated, broken } = reading
  return { width, values, known, notes: notesOf({ found, repeated, broken, width }, vocabulary.length) }
}

const notesOf = (
  { found, repeated, broken, width }: Pick<Reading, 'repeated' | 'broken' | 'width'> & { readonly found: number },
  count: number,
): readonly string[] => [
  `vectors of ${width} numbers for ${found} of ${plural(count, 'token')} (${((100 * found) / count).toFixed(1)} %); the others start at random`,
  ...(repeated > 0 ? [`${plural(repeated, 'word')} came before; the first vector of each is taken`] : []),
  ...(broken > 0 ? [`${plural(broken, 'line')} left out that are no text in UTF-8`] : []),
]

const [newline, blank, carriage] = [10, 32, 13] as const

/** The lines of a piece, each with the number of its spaces. */
const linesIn = function* (piece: Uint8Array): Iterable<readonly [line: Uint8Array, spaces: number]> {
  for (let from = 0; from < piece.length;) {
    const next = piece.indexOf(newline, from)
    let end = next < 0 ? piece.length : next
    const after = end + 1
    while (end > from && (piece[end - 1] === carriage || piece[end - 1] === blank)) end--
    const line = piece.subarray(from, end)
    let spaces = 0
    for (const byte of line) if (byte === blank) spaces++
    yield [line, spaces]
    from = after
  }
}

interface Taking {
  readonly places: ReadonlyMap<string, number>
  readonly known: Uint8Array
  readonly reading: Reading
}

/**
 * Takes the width of the vectors from the first line; tells whether it is a header, which has no vector. Throws `DataError`.
 */
const startsWithHeader = (line: Uint8Array, spaces: number, { known, reading }: Taking): boolean => {
  const counted = spaces === 1 && reading.line === 1 ? widthIn(line) : undefined
  const wide = counted ?? spaces
  if (wide < 1 || wide > widthLimit)
    throw new DataError(`line ${reading.line}: expected a word and 1 to ${widthLimit} numbers between spaces, got ${wide}`) // prettier-ignore
  reading.width = wide
  reading.values = new Float32Array(known.length * wide)
  return counted !== undefined
}

/** The place in the vocabulary of the word of a line. Throws `DataError`. */
const placeOf = (line: Uint8Array, spaces: number, { places, reading }: Taking): number | undefined => {
  const { width } = reading
  // Published files have words with spaces in them, which are no tokens of ours.
  if (spaces < width || (spaces > width && !isWordsAndNumbers(line, width)))
    throw new DataError(`line ${reading.line}: expected a word and ${width} numbers, got ${spaces + 1} columns`)
  return spaces > width ? undefined : places.get(textOf(line.subarray(0, line.indexOf(blank))))
}

/** The numbers of a line, the one at `at` of the file, after its word. Throws `DataError`. */
const numbersIn = (line: Uint8Array, at: number): readonly number[] => {
  const cells = textOf(line).split(' ').slice(1)
  const numbers = cells.map(Number)
  const wrong = numbers.findIndex((value, i) => cells[i] === '' || !Number.isFinite(Math.fround(value)))
  if (wrong >= 0) throw new DataError(`line ${at}: expected finite numbers, got ${quoted(cells[wrong] ?? '')}`)
  return numbers
}

/** Takes the vector of a line whose word is in the vocabulary. Throws `DataError`. */
const takeLine = (line: Uint8Array, spaces: number, taking: Taking): void => {
  const { known, reading } = taking
  if (line.length === 0) return
  if (reading.width === 0 && startsWithHeader(line, spaces, taking)) return
  const place = placeOf(line, spaces, taking)
  if (place === undefined) return
  if (known[place] === 1) {
    reading.repeated++
    return
  }
  reading.values.set(numbersIn(line, reading.line), place * reading.width)
  known[place] = 1
}

const decoder = new TextDecoder('utf-8')

const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/** The numbers of a vector, where a line is the head of word2vec's text format: how many words, how many numbers. */
const widthIn = (line: Uint8Array): number | undefined => {
  const [, width] = /^[1-9]\d* ([1-9]\d{0,8})$/.exec(textOf(line.subarray(0, 64))) ?? []
  return width === undefined ? undefined : Number(width)
}

/** Tells whether a line ends with so many numbers behind words with spaces. */
const isWordsAndNumbers = (line: Uint8Array, width: number): boolean => {
  const cells = textOf(line).split(' ')
  const isNumber = (cell: string): boolean => cell !== '' && Number.isFinite(Number(cell))
  return cells.slice(-width).every(isNumber) && !cells.slice(1, -width).every(isNumber)
}
