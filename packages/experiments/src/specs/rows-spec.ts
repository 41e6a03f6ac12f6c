import { boolean, describe, list, literal, optional, refuse, string, struct, type Decoder } from '@ptu/config'
import { isRecord } from '@ptu/core'
import type { RowsSpec, TableRowsSpec, TargetRequest, TextRowsSpec } from '@ptu/data'

const target: Decoder<TargetRequest> = struct({
  kind: literal('multi-label', 'regress'),
  separator: optional(string),
})

const table: Decoder<TableRowsSpec> = struct({
  kind: literal('table'),
  label: optional(string),
  target: optional(target),
  missing: optional(literal('refuse', 'drop', 'mean')),
  categories: optional(list(string, { max: 100_000 })),
  ignore: optional(list(string, { max: 100_000 })),
  header: optional(boolean),
})

const text: Decoder<TextRowsSpec> = struct({
  kind: literal('text'),
  text: optional(string),
  label: optional(string),
  target: optional(target),
  unit: optional(literal('word', 'character')),
  header: optional(boolean),
})

const kinds: Readonly<Record<RowsSpec['kind'], Decoder<RowsSpec>>> = { table, text }

/** Checks how the rows of a file are read. */
export const rowsSpec: Decoder<RowsSpec> = (input, path) => {
  const kind = isRecord(input) ? input['kind'] : undefined
  return kind === 'table' || kind === 'text'
    ? kinds[kind](input, path)
    : refuse(path, `expected a kind, table or text, got ${describe(kind)}`)
}
