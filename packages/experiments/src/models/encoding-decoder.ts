import { describe, integer, list, literal, number, optional, refuse, string, struct, type Decoder } from '@ptu/config'
import { isRecord, type Json } from '@ptu/core'
import { openTokenizer, type Encoding, type PhotoLabels, type TokenRule } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'

type Column = Extract<Encoding, { readonly kind: 'table' }>['columns'][number]

/** Decodes a value by the decoder that its field `kind` names. */
const byKind =
  <A>(decoders: Readonly<Record<string, Decoder<A>>>): Decoder<A> =>
  (input, path) => {
    const kind = isRecord(input) ? input['kind'] : undefined
    const decoder = typeof kind === 'string' && Object.hasOwn(decoders, kind) ? decoders[kind] : undefined
    return decoder === undefined
      ? refuse(path, `expected a kind among ${Object.keys(decoders).join(', ')}, got ${describe(input)}`)
      : decoder(input, path)
  }

const column: Decoder<Column> = byKind<Column>({
  number: struct({ kind: literal('number'), name: string, mean: number() }),
  category: struct({ kind: literal('category'), name: string, categories: list(string, { min: 1, max: 1000 }) }),
})

const usableTokenizer: Decoder<Json> = (input, path) => {
  const opened = openTokenizer(input as Json, { steps: 512, padding: 0 })
  return E.isLeft(opened) ? refuse(path, opened.left.message) : E.right(input as Json)
}

const labelFields = {
  label: string,
  target: optional(
    struct({
      kind: literal('multi-label', 'regress'),
      separator: optional(string),
      columns: list(string, { min: 1, max: 100_000 }),
    }),
  ),
}

/** Checks the columns of a table of images, which a model remembers. */
export const photoLabelsDecoder: Decoder<PhotoLabels> = struct({ image: string, ...labelFields })

const tokenFields = {
  steps: integer({ min: 3, max: 8192 }),
  padding: integer({ min: 0, max: 1_000_000 }),
  tokenizer: usableTokenizer,
}

/** Checks the columns of a table. */
export const columnsDecoder: Decoder<readonly Column[]> = list(column, { min: 1, max: 1_000_000 })

/** Checks the rule that a pretrained encoder numbers texts by. */
export const tokenRuleDecoder: Decoder<TokenRule> = struct(tokenFields)

/** Checks the way from a row or a text to an example, which a model remembers. */
export const encodingDecoder: Decoder<Encoding> = byKind<Encoding>({
  table: struct({
    kind: literal('table'),
    ...labelFields,
    columns: columnsDecoder,
    missing: literal('refuse', 'drop', 'mean'),
  }),
  text: struct({
    kind: literal('text'),
    text: string,
    ...labelFields,
    unit: literal('word', 'character'),
    vocabulary: list(string, { min: 2, max: 1_000_000 }),
  }),
  tokens: struct({ kind: literal('tokens'), text: string, ...labelFields, ...tokenFields }),
})
