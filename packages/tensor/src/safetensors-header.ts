import { isRecord, type ByteSource } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

/** A file is not what its header says, or is no file of parameters. */
export class CorruptFileError extends Error {
  override readonly name = 'CorruptFileError'
}

/** The type, the shape and the place of a tensor in the data section, in bytes. */
export interface Entry {
  readonly dtype: 'F32' | 'I32'
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** A checked header: the entries fill the data without gaps, so no two overlap and none lies outside. */
export interface Header {
  readonly metadata: Readonly<Record<string, string>>
  readonly entries: ReadonlyMap<string, Entry>
  readonly dataStart: number
}

interface Sized {
  readonly name: string
  readonly dtype: 'F32' | 'I32'
  readonly shape: readonly number[]
}

/** Headers beyond this are refused before they are parsed, as the reference implementation does. */
const headerLimit = 100_000_000

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 4)

/** The bytes of a file with its header written and its data still zero. */
export const layout = (
  tensors: readonly Sized[],
  metadata: Readonly<Record<string, string>>,
): { readonly bytes: Uint8Array; readonly dataStart: number } => {
  let offset = 0
  const fields = tensors.map(({ name, dtype, shape }) => {
    const begin = offset
    offset += sizeOf(shape)
    return [name, { dtype, shape, data_offsets: [begin, offset] }] as const
  })
  const text = JSON.stringify({ ...Object.fromEntries(fields), __metadata__: metadata })
  const header = new TextEncoder().encode(text)
  const padded = Math.ceil(header.length / 8) * 8
  const bytes = new Uint8Array(8 + padded + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(header, 8)
  bytes.fill(32, 8 + header.length, 8 + padded)
  return { bytes, dataStart: 8 + padded }
}

/** Reads and checks a header; allocates nothing that the file's own length does not allow. */
export const parse = (source: ByteSource): E.Either<CorruptFileError, Header> => {
  const fail = (problem: string): E.Either<CorruptFileError, never> => E.left(new CorruptFileError(problem))
  if (source.length < 8) return fail(`expected a header of 8 bytes, the file has ${String(source.length)}`)
  const first = source.range(0, 8)
  const length = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true))
  if (length > headerLimit || length > source.length - 8)
    return fail(
      `its header claims ${String(length)} bytes, the file has ${String(source.length - 8)} after the first 8`,
    )
  try {
    const json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(source.range(8, 8 + length))) as unknown
    return checked(json, source.length - 8 - length, 8 + length)
  } catch {
    return fail('its header is not JSON')
  }
}

const checked = (json: unknown, dataLength: number, dataStart: number): E.Either<CorruptFileError, Header> => {
  if (!isRecord(json)) return E.left(new CorruptFileError('its header is not a record'))
  const { __metadata__: metadata = {}, ...fields } = json
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    return E.left(new CorruptFileError('its metadata is not a record of texts'))
  const found = Object.entries(fields).map(([name, field]) => ({ name, entry: entryOf(field) }))
  const bad = found.find(({ entry }) => entry === undefined)
  if (bad !== undefined)
    return E.left(new CorruptFileError(`its entry ${bad.name.slice(0, 80)} is no F32 or I32 tensor`))
  const entries = (found as readonly { name: string; entry: Entry }[]).toSorted(
    (a, b) => a.entry.begin - b.entry.begin || a.entry.end - b.entry.end,
  )
  let next = 0
  for (const { name, entry } of entries) {
    if (entry.begin !== next || entry.end > dataLength)
      return E.left(new CorruptFileError(`its entry ${name.slice(0, 80)} does not fit the data`))
    next = entry.end
  }
  if (next !== dataLength)
    return E.left(new CorruptFileError(`expected ${String(next)} bytes of data, got ${String(dataLength)}`))
  return E.right({
    metadata: metadata as Readonly<Record<string, string>>,
    entries: new Map(entries.map(({ name, entry }) => [name, entry])),
    dataStart,
  })
}

const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0

const isSizes = (x: unknown): x is readonly number[] => Array.isArray(x) && x.length <= 8 && x.every(isSize)

const entryOf = (field: unknown): Entry | undefined => {
  if (!isRecord(field)) return undefined
  const { dtype, shape, data_offsets: offsets } = field
  if ((dtype !== 'F32' && dtype !== 'I32') || !isSizes(shape) || !isSizes(offsets)) return undefined
  const [begin = -1, end = -1] = offsets
  return offsets.length === 2 && end - begin === sizeOf(shape) ? { dtype, shape, begin, end } : undefined
}
