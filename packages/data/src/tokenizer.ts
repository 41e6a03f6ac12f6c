import { isRecord, messageOf, type Json } from '@ptu/core'
import { Tokenizer } from '@huggingface/tokenizers'
import * as E from 'fp-ts/lib/Either.js'

import { DataError, quoted } from './errors.ts'
import { knownPatterns } from './tokenizer-patterns.ts'

/** A text as the numbers of a pretrained tokenizer. */
export interface NumberedText {
  /** `[steps]`, padded at the end. */
  readonly ids: Float32Array
  /** The number of tokens of the text, those that were cut off among them and without the marks around it. */
  readonly tokens: number
  /** The number of these that the tokenizer does not know. */
  readonly unknown: number
  /** The number of these that did not fit. */
  readonly cut: number
}

/** Numbers texts as the tokenizer of a pretrained encoder does. */
export interface PretrainedTokenizer {
  /** The number of tokens that it knows: ids are below it. */
  readonly size: number
  /** Numbers a text; the end of one that is too long is cut off, the marks around it stay. */
  readonly number: (text: string) => NumberedText
}

/** The room for a text. */
export interface TokenRoom {
  /** The number of ids of each text, with the marks around it. */
  readonly steps: number
  /** The id that fills the steps after a text. */
  readonly padding: number
}

/** The tokenizer of the library, whose own types name files that a strict resolution does not find. */
interface LibraryTokenizer {
  readonly model: { readonly unk_token_id?: number } | null
  encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: readonly number[] }
  get_vocab(): ReadonlyMap<string, number>
}

const Library = Tokenizer as unknown as new (tokenizer: object, config: object) => LibraryTokenizer

/** Ids from here on are refused: no vocabulary is as large. */
const idLimit = 2 ** 20

/**
 * Opens the `tokenizer.json` of a pretrained encoder: WordPiece, BPE or Unigram, with its normalisation and marks.
 *
 * A Left says what cannot be used: another kind, a pattern that is not a known one (a file from outside may hold one that
 * never ends), ids beyond 2²⁰.
 *
 * References:
 *   Hugging Face, "Tokenizers", https://huggingface.co/docs/tokenizers/
 */
export const openTokenizer = (json: Json, { steps, padding }: TokenRoom): E.Either<DataError, PretrainedTokenizer> => {
  const problem = problemOf(json)
  if (problem !== undefined) return E.left(new DataError(`cannot use the tokenizer: ${problem}`))
  return E.tryCatch(
    () => {
      const tokenizer = new Library(json as object, {})
      const [before, after] = marksOf(tokenizer)
      const room = steps - before.length - after.length
      if (room < 1)
        throw new DataError(`expected room for ${before.length + after.length} marks and a token, got ${steps} steps`)
      const unknownId = tokenizer.model?.unk_token_id
      const size = tokenizer.get_vocab().size
      return {
        size,
        number: (text) => {
          const own = idsOf(tokenizer, text, false)
          const ids = new Float32Array(steps).fill(padding)
          ids.set([...before, ...own.slice(0, room), ...after])
          const unknown = own.reduce((sum, id) => sum + (id === unknownId ? 1 : 0), 0)
          return { ids, tokens: own.length, unknown, cut: Math.max(0, own.length - room) }
        },
      }
    },
    (cause) => new DataError(`cannot use the tokenizer: ${messageOf(cause)}`),
  )
}

const idsOf = (tokenizer: LibraryTokenizer, text: string, marked: boolean): readonly number[] =>
  tokenizer.encode(text, { add_special_tokens: marked }).ids

/** The ids that stand before and after every text. */
const marksOf = (tokenizer: LibraryTokenizer): readonly [readonly number[], readonly number[]] => {
  const own = idsOf(tokenizer, 'a', false)
  const all = idsOf(tokenizer, 'a', true)
  const from = all.findIndex((_, i) => own.every((id, j) => all[i + j] === id))
  return from < 0 ? [[], []] : [all.slice(0, from), all.slice(from + own.length)]
}

const problemOf = (json: Json): string | undefined => {
  const model = isRecord(json) ? json['model'] : undefined
  if (!isRecord(json) || !isRecord(model)) return 'expected a tokenizer.json with a model'
  const type = model['type']
  if (typeof type !== 'string' || !tokenizerKinds.includes(type))
    return `expected a model among ${tokenizerKinds.join(', ')}, got ${typeof type === 'string' ? quoted(type) : 'none'}`
  return idProblem(model['vocab'], json['added_tokens']) ?? patternProblem(json)
}

const tokenizerKinds: readonly string[] = ['WordPiece', 'BPE', 'Unigram']

/** A list numbers its entries itself. */
const idProblem = (vocabulary: unknown, added: unknown): string | undefined => {
  const tokens: readonly unknown[] = Array.isArray(added) ? added : []
  const ids: readonly unknown[] = [
    ...(isRecord(vocabulary) ? Object.values(vocabulary) : []),
    ...tokens.map((token) => (isRecord(token) ? token['id'] : undefined)),
  ]
  const wrong = ids.find((id) => !(Number.isInteger(id) && (id as number) >= 0 && (id as number) < idLimit))
  if (wrong !== undefined || ids.includes(undefined))
    return `expected ids from 0 to ${idLimit - 1}, got ${quoted(String(wrong))}`
  const count = Array.isArray(vocabulary) ? vocabulary.length : ids.length
  return count === 0 || count > idLimit ? `expected a vocabulary of 1 to ${idLimit} tokens, got ${count}` : undefined
}

const patternProblem = ({
  normalizer = null,
  pre_tokenizer: split = null,
}: Record<string, Json>): string | undefined => {
  const stray = [...patternsIn(normalizer), ...patternsIn(split)].find((pattern) => !knownPatterns.has(pattern))
  return stray === undefined
    ? undefined
    : `its pattern ${quoted(stray)} is not one of those that published encoders use, and is not run`
}

/** The regular expressions of a part of a tokenizer. */
const patternsIn = (part: Json): readonly string[] => {
  if (!isRecord(part)) return []
  const { pattern = null, normalizers = null, pretokenizers = null } = part as Record<string, Json>
  const own = isRecord(pattern) && typeof pattern['Regex'] === 'string' ? [pattern['Regex']] : []
  const inner = [normalizers, pretokenizers].flatMap((list) => (Array.isArray(list) ? (list as readonly Json[]) : []))
  return [...own, ...inner.flatMap(patternsIn)]
}
