import type { ByteSource } from '@ptu/core'

/** Bytes that are read together where few are asked for. */
const windowSize = 2 ** 13

/** A source from which a few bytes at a time are asked for. */
export interface NearSource extends ByteSource {
  /** The byte at a place inside the file. */
  byte(at: number): number
}

/** Reads the bytes that follow with the few that are asked for, and keeps them until others are. */
export const inWindows = (source: ByteSource): NearSource => {
  let from = 0
  let held: Uint8Array = new Uint8Array(0)
  const hold = (begin: number, end: number): void => {
    if (begin >= from && end <= from + held.length) return
    held = source.range(begin, Math.min(source.length, begin + windowSize))
    from = begin
  }
  return {
    length: source.length,
    range: (begin, end) => {
      if (end - begin >= windowSize) return source.range(begin, end)
      hold(begin, end)
      return held.subarray(begin - from, end - from)
    },
    byte: (at) => {
      if (at < from || at >= from + held.length) hold(at, at + 1)
      return held[at - from] ?? 0
    },
  }
}
