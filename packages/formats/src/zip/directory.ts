import type { ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { shown } from '../shown.ts'

/** The entry of a member in the directory of an archive. */
export interface DirectoryEntry {
  readonly name: string
  /** 0 stored, 8 deflated. */
  readonly method: number
  readonly flags: number
  readonly crc: number
  /** Bytes in the archive, and bytes of the member itself. */
  readonly packed: number
  readonly size: number
  /** The place at which the member's own header begins. */
  readonly header: number
}

const signatures = { local: 0x04_03_4b_50, entry: 0x02_01_4b_50, end: 0x06_05_4b_50, end64: 0x06_06_4b_50, locator: 0x07_06_4b_50 } as const // prettier-ignore
const lengths = { local: 30, entry: 46, end: 22, end64: 56, locator: 20, comment: 0xff_ff } as const
const all = { bits16: 0xff_ff, bits32: 0xff_ff_ff_ff } as const

/** Archives with more members are refused. */
const mostMembers = 200_000

const corrupt = (problem: string): never => {
  throw new ImportError(`expected a zip archive that is whole: ${problem}; fetch or save the file again`)
}

/** Tells whether a file begins as a zip archive does. */
export const isZip = (source: ByteSource): boolean =>
  source.length >= 4 && viewOf(source.range(0, 4)).getUint32(0, true) === signatures.local

const integer64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true))

const endOf = (view: DataView): number => {
  const last = view.byteLength - lengths.end
  for (let at = last; at >= Math.max(0, last - lengths.comment); at--)
    if (view.getUint32(at, true) === signatures.end) return at
  return corrupt('it has no end of directory')
}

interface Extent {
  readonly count: number
  readonly size: number
  readonly start: number
}

/** The view of a part of a file. */
const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength)

/** The directory's place, from the end of the file, which is all that `view` shows; it begins at byte `from`. */
const extentOf = (view: DataView, from: number): Extent => {
  const end = endOf(view)
  const [count, size, start] = [view.getUint16(end + 10, true), view.getUint32(end + 12, true), view.getUint32(end + 16, true)] // prettier-ignore
  if (count !== all.bits16 && size !== all.bits32 && start !== all.bits32) return { count, size, start }
  const locator = end - lengths.locator
  if (locator < 0 || view.getUint32(locator, true) !== signatures.locator) return { count, size, start }
  const at = integer64(view, locator + 8) - from
  if (at < 0 || at + lengths.end64 > locator || view.getUint32(at, true) !== signatures.end64)
    return corrupt('its 64-bit end of directory is not where it says')
  return { count: integer64(view, at + 32), size: integer64(view, at + 40), start: integer64(view, at + 48) }
}

/** Reads the directory of an archive, checked against the archive's length. Throws `ImportError`. */
export const readDirectory = (source: ByteSource): readonly DirectoryEntry[] => {
  const { length } = source
  if (length < lengths.end) return corrupt(`it has ${length} bytes`)
  const from = Math.max(0, length - lengths.comment - lengths.end - lengths.locator - lengths.end64)
  const { count, size, start } = extentOf(viewOf(source.range(from, length)), from)
  if (start + size > length) return corrupt('its directory lies outside of the file')
  if (count > mostMembers || count * lengths.entry > size)
    return corrupt(`its directory of ${size} bytes cannot hold ${count} members`)
  const bytes = source.range(start, start + size)
  const view = viewOf(bytes)
  const entries: DirectoryEntry[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const { entry, next } = entryAt(bytes, view, at, length)
    entries.push(entry)
    at = next
  }
  return entries
}

const entryAt = (
  bytes: Uint8Array,
  view: DataView,
  at: number,
  length: number,
): { readonly entry: DirectoryEntry; readonly next: number } => {
  const end = view.byteLength
  if (at + lengths.entry > end || view.getUint32(at, true) !== signatures.entry)
    return corrupt('its directory is shorter than it says')
  const [nameLength, extraLength] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)]
  const extra = at + lengths.entry + nameLength
  const next = extra + extraLength + view.getUint16(at + 32, true)
  if (next > end) return corrupt('its directory is shorter than it says')
  const name = new TextDecoder().decode(bytes.subarray(at + lengths.entry, extra))
  const fields = { size: view.getUint32(at + 24, true), packed: view.getUint32(at + 20, true), header: view.getUint32(at + 42, true) } // prettier-ignore
  const entry = {
    name,
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    ...wide(view, fields, extra, extra + extraLength),
  }
  if (entry.header + lengths.local + entry.packed > length)
    return corrupt(`its member ${shown(name)} of ${entry.packed} bytes lies outside of the file`)
  return { entry, next }
}

interface Sizes {
  readonly size: number
  readonly packed: number
  readonly header: number
}

/** The sizes of a member; those that 32 bits cannot hold are in an extra field, in this order. */
const wide = (view: DataView, sizes: Sizes, begin: number, end: number): Sizes => {
  const wanted = (['size', 'packed', 'header'] as const).filter((field) => sizes[field] === all.bits32)
  for (let at = begin; wanted.length > 0 && at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue
    if (at + 4 + wanted.length * 8 > end) return corrupt('a 64-bit size is missing')
    return { ...sizes, ...Object.fromEntries(wanted.map((field, i) => [field, integer64(view, at + 4 + i * 8)])) }
  }
  return sizes
}

/** The place at which the bytes of a member begin, after its own header. Throws `ImportError`. */
export const dataStart = (source: ByteSource, { header, name, packed }: DirectoryEntry): number => {
  const view = viewOf(source.range(header, header + lengths.local))
  if (view.getUint32(0, true) !== signatures.local) return corrupt(`its member ${shown(name)} has no header`)
  const start = header + lengths.local + view.getUint16(26, true) + view.getUint16(28, true)
  return start + packed > source.length ? corrupt(`its member ${shown(name)} lies outside of the file`) : start
}
