import type { Json } from '@ptu/core'

import type { TokenUnit } from './texts.ts'
import { padding, unknown, vocabularyOf, type VocabularyOptions } from './vocabulary.ts'

/** The options of {@link ownTokenizer}. */
export interface OwnTokenizerOptions extends VocabularyOptions {
  /** `word` unless given: words and punctuation marks in lower case; or characters as they are. */
  readonly unit?: TokenUnit | undefined
}

/** A word, or one punctuation mark, as BERT splits them. */
const words = /[^\s\p{P}$+<=>^`|~]+|[\p{P}$+<=>^`|~]/gu

/** The sign for a space among characters. */
const space = '▁'

const tokensIn = (text: string, unit: TokenUnit): readonly string[] => {
  const composed = text.normalize('NFC')
  return unit === 'word' ? (composed.toLowerCase().match(words) ?? []) : Array.from(composed.replaceAll(' ', space))
}

/**
 * Makes a `tokenizer.json` from texts, for a network that is trained on them: their most frequent words, or their characters.
 *
 * Token 0 is padding, token 1 stands for all others. Of words it is a WordPiece of whole words, of characters a Unigram of single ones, so
 * that every library that reads such files numbers texts alike; unknown characters in a row are one token.
 *
 * @example
 * ```ts
 * const opened = openTokenizer(ownTokenizer(['No, no!', 'Yes.']), { steps: 4, padding: 0 })
 * expect(E.map(({ number }: PretrainedTokenizer) => [...number('no yes maybe').ids])(opened)).toEqual(E.right([2, 6, 1, 0]))
 * ```
 */
export const ownTokenizer = (
  texts: readonly string[],
  { unit = 'word', ...limits }: OwnTokenizerOptions = {},
): Json => {
  const all = function* (): Iterable<readonly string[]> {
    for (const text of texts) yield tokensIn(text, unit)
  }
  const vocabulary = vocabularyOf(all(), limits)
  return unit === 'word' ? { ...shared(), ...wordPiece(vocabulary) } : { ...shared(), ...unigram(vocabulary) }
}

/** The parts that all tokenizers made here have. */
const shared = (): Record<string, Json> => {
  const as = { special: true, normalized: false, single_word: false, lstrip: false, rstrip: false }
  const special = [padding, unknown].map((content, id) => ({ id, content, ...as }))
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special,
    post_processor: null,
    decoder: null,
  }
}

/**
 * Makes a `tokenizer.json` of given characters, in lower case: token 0 is padding, 1 an unknown character, each one for itself, and
 * `2 + i` the character `i`.
 *
 * @example
 * ```ts
 * const opened = openTokenizer(characterTokenizer(['a', 'b']), { steps: 4, padding: 0 })
 * expect(E.map(({ number }: PretrainedTokenizer) => [...number('Bc?').ids])(opened)).toEqual(E.right([3, 1, 1, 0]))
 * ```
 */
export const characterTokenizer = (characters: readonly string[]): Json => ({
  ...shared(),
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: null,
  model: {
    ...{ type: 'BPE', dropout: null, unk_token: unknown, fuse_unk: false, byte_fallback: false, ignore_merges: false },
    ...{ continuing_subword_prefix: null, end_of_word_suffix: null },
    vocab: Object.fromEntries([padding, unknown, ...characters].map((token, id) => [token, id])),
    merges: [],
  },
})

const wordPiece = (vocabulary: readonly string[]): Record<string, Json> => ({
  normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  model: {
    ...{ type: 'WordPiece', unk_token: unknown, continuing_subword_prefix: '##', max_input_chars_per_word: 1000 },
    vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
  },
})

/** All characters are equally likely, and those that are not known less. */
const unigram = (vocabulary: readonly string[]): Record<string, Json> => ({
  normalizer: { type: 'NFC' },
  pre_tokenizer: { type: 'Metaspace', replacement: space, prepend_scheme: 'never', split: false },
  model: {
    type: 'Unigram',
    unk_id: 1,
    byte_fallback: false,
    vocab: vocabulary.map((token) => [token, token === unknown ? -20 : -10]),
  },
})

/** The tokens of a `tokenizer.json` that {@link ownTokenizer} or another library made, by their ids, as far as its model lists them. */
export const tokensOf = (tokenizer: Json): readonly string[] => {
  const model = isObject(tokenizer) ? tokenizer['model'] : null
  const vocab = isObject(model) ? model['vocab'] : null
  if (Array.isArray(vocab)) return vocab.map((entry) => String(Array.isArray(entry) ? entry[0] : entry))
  return isObject(vocab) ? Object.keys(vocab).toSorted((a, b) => Number(vocab[a]) - Number(vocab[b])) : []
}

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
