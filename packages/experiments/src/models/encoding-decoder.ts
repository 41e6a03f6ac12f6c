import { describe, list, literal, number, refuse, string, struct, type Decoder } from '@ptu/config'
import { isRecord } from '@ptu/core'
import type { Encoding } from '@ptu/data'

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

/** Checks the way from a row or a text to an example, which a model remembers. */
export const encodingDecoder: Decoder<Encoding> = byKind<Encoding>({
  table: struct({
    kind: literal('table'),
    label: string,
    columns: list(column, { min: 1, max: 1_000_000 }),
    missing: literal('refuse', 'drop', 'mean'),
  }),
  text: struct({
    kind: literal('text'),
    text: string,
    label: string,
    unit: literal('word', 'character'),
    vocabulary: list(string, { min: 2, max: 1_000_000 }),
  }),
})
