import * as E from 'fp-ts/lib/Either.js'

import type { TokenRule } from './encoding.ts'
import { plural } from './errors.ts'
import { openTokenizer, type NumberedText } from './tokenizer.ts'

/** Numbers the texts of one reading and counts what people are to be told of them. */
export interface TokensEncoder {
  /** The ids of a text, or why it has none. */
  readonly encode: (text: string) => NumberedText | { readonly why: string }
  /** Notes on texts that were cut and on unknown tokens. */
  readonly notes: () => readonly string[]
}

/** Opens the tokenizer of a rule. Throws `DataError` for one that cannot be used. */
export const tokensEncoder = ({ tokenizer, steps, padding }: TokenRule): TokensEncoder => {
  const opened = openTokenizer(tokenizer, { steps, padding })
  if (E.isLeft(opened)) throw opened.left
  const seen = { texts: 0, tokens: 0, unknown: 0, cutTexts: 0, cut: 0 }
  return {
    encode: (text) => {
      const found = opened.right.number(text)
      if (found.tokens === 0) return { why: 'the text holds no token' }
      seen.texts += 1
      seen.tokens += found.tokens
      seen.unknown += found.unknown
      seen.cut += found.cut
      if (found.cut > 0) seen.cutTexts += 1
      return found
    },
    notes: () => {
      const { texts, tokens, unknown, cutTexts, cut } = seen
      return [
        ...(cut > 0
          ? [
              `${cutTexts} of ${plural(texts, 'text')} are longer than the ${steps} tokens that the model reads: ` +
                `${cut} of ${plural(tokens, 'token')} at their ends are not read`,
            ]
          : []),
        ...(unknown > 0
          ? [
              `${unknown} of ${plural(tokens, 'token')} (${((100 * unknown) / tokens).toFixed(1)} %) are not known to the tokenizer`,
            ]
          : []),
      ]
    },
  }
}
