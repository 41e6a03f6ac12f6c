import { messageOf, sourceOf, type ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'
import { Inflate } from 'fflate'

import { shown } from '../shown.ts'
import { crc32 } from './crc32.ts'
import { dataStart, readDirectory, type DirectoryEntry } from './directory.ts'

/** A member of an archive. */
export interface Member {
  readonly name: string
  /** Its size, before it is read. */
  readonly size: number
  /** Its bytes, checked; if they are stored uncompressed in memory, a view of the archive's. Throws `ImportError`. */
  bytes(): Uint8Array
  /** Its bytes as a source: read as they are asked for if they are stored uncompressed, after one reading that checks them. Throws `ImportError`. */
  source(): ByteSource
}

/** The most bytes that deflate makes of one byte; a member that claims more is refused. */
const mostGrowth = 1032

/** The most bytes that all deflated members together may unpack to. */
const mostInflated = 2 ** 32

/**
 * The members of a zip archive by name. Nothing is written anywhere: a name is only a name.
 *
 * Sizes are checked against the length of the archive, and members may not overlap. Throws `ImportError`.
 *
 * References:
 *   PKWARE, "APPNOTE.TXT – .ZIP file format specification", version 6.3.10, 2022, §4.3, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 *   Fifield, "A better zip bomb", WOOT 2019, §3, https://www.usenix.org/conference/woot19/presentation/fifield
 */
export const openArchive = (source: ByteSource): ReadonlyMap<string, Member> => {
  const entries = readDirectory(source)
  const starts = entries.map((entry) => dataStart(source, entry))
  checkApart(entries.map(({ packed, name }, i) => ({ begin: starts[i] ?? 0, end: (starts[i] ?? 0) + packed, name })))
  checkGrowth(entries)
  const members = new Map<string, Member>()
  for (const [i, entry] of entries.entries()) {
    checkName(entry.name)
    if (members.has(entry.name))
      throw new ImportError(`expected members of different names, two are ${shown(entry.name)}`)
    const start = starts[i] ?? 0
    const bytes = twice(() => contentOf(entry, source.range(start, start + entry.packed)))
    const own = (): ByteSource => (isStored(entry) ? storedPart(source, start, entry) : sourceOf(bytes()))
    members.set(entry.name, { name: entry.name, size: entry.size, bytes, source: own })
  }
  return members
}

/** Refuses a name that leaves the archive: such an archive was made to attack, so nothing in it is believed. */
const checkName = (name: string): void => {
  if (/^[/\\]|^[A-Za-z]:|\0/.test(name) || name.split(/[/\\]/).includes('..'))
    throw new ImportError(`expected names of members inside the archive, got ${shown(name)}; do not trust this file`)
}

const checkApart = (
  places: readonly { readonly begin: number; readonly end: number; readonly name: string }[],
): void => {
  let end = 0
  for (const place of places.filter((one) => one.end > one.begin).toSorted((a, b) => a.begin - b.begin)) {
    if (place.begin < end)
      throw new ImportError(`expected members that do not overlap, ${shown(place.name)} does; do not trust this file`)
    end = place.end
  }
}

const checkGrowth = (entries: readonly DirectoryEntry[]): void => {
  const deflated = entries.filter(({ method }) => method === 8)
  const grown = deflated.find(({ size, packed }) => size > packed * mostGrowth)
  if (grown !== undefined || deflated.reduce((sum, { size }) => sum + size, 0) > mostInflated)
    throw new ImportError(
      `expected members that deflate can hold, ${grown ? shown(grown.name) : 'all together'} would be too large`,
    )
}

const contentOf = (entry: DirectoryEntry, packed: Uint8Array): Uint8Array => {
  const content = unpacked(entry, packed)
  if (content.length !== entry.size || crc32(content) !== entry.crc) return otherThan(entry)
  return content
}

const otherThan = ({ name }: DirectoryEntry): never => {
  throw new ImportError(
    `member ${shown(name)}: expected the size and the checksum of the archive's directory; the file was changed or cut, fetch or save it again`,
  )
}

/** Bytes of a member that are checked together. */
const checkedTogether = 2 ** 20

const isStored = ({ method, flags, size, packed }: DirectoryEntry): boolean =>
  method === 0 && (flags & 1) === 0 && size === packed

/** A stored member as a part of the archive. */
const storedPart = (archive: ByteSource, start: number, entry: DirectoryEntry): ByteSource => {
  let sum = 0
  for (let at = 0; at < entry.size; at += checkedTogether)
    sum = crc32(archive.range(start + at, start + Math.min(entry.size, at + checkedTogether)), sum)
  if (sum !== entry.crc) return otherThan(entry)
  return { length: entry.size, range: (begin, end) => archive.range(start + begin, start + end) }
}

const unpacked = ({ name, method, flags, size }: DirectoryEntry, packed: Uint8Array): Uint8Array => {
  if ((flags & 1) !== 0) throw new ImportError(`member ${shown(name)}: expected no encryption`)
  if (method === 0) return packed
  if (method !== 8) throw new ImportError(`member ${shown(name)}: expected it stored or deflated, got method ${method}`)
  try {
    return inflated(packed, size)
  } catch (cause) {
    throw new ImportError(`member ${shown(name)}: cannot be inflated: ${messageOf(cause)}`, { cause })
  }
}

/** Deflated bytes that are inflated together. */
const pieceSize = 2 ** 12

/** Inflates to a size, or to a little more where there is more than promised: the rest is not looked at. */
const inflated = (packed: Uint8Array, size: number): Uint8Array => {
  const out = new Uint8Array(size + 1)
  let at = 0
  const stream = new Inflate((chunk) => {
    out.set(chunk.subarray(0, out.length - at), at)
    at = Math.min(out.length, at + chunk.length)
  })
  for (let from = 0; from < packed.length && at <= size; from += pieceSize)
    stream.push(packed.subarray(from, from + pieceSize), from + pieceSize >= packed.length)
  return out.subarray(0, at)
}

/** `f`, called twice at the most: what is asked for once need not be kept. */
const twice = <A>(f: () => A): (() => A) => {
  let kept: { readonly value: A } | undefined
  let isAsked = false
  return () => {
    if (kept !== undefined) return kept.value
    const value = f()
    if (isAsked) kept = { value }
    isAsked = true
    return value
  }
}
