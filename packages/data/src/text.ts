import * as E from 'fp-ts/lib/Either.js'

import { DataError } from './errors.ts'

const newline = 10

const lineAt = (bytes: Uint8Array, offset: number): number =>
  1 + bytes.subarray(0, offset).reduce((lines, byte) => lines + (byte === newline ? 1 : 0), 0)

/** The number of bytes decoded at a time: a text has an end that a file may not have. */
const piece = 2 ** 20

const isUtf8 = (bytes: Uint8Array): boolean => {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for (let from = 0; from < bytes.length; from += piece)
      decoder.decode(bytes.subarray(from, from + piece), { stream: true })
    decoder.decode()
    return true
  } catch {
    return false
  }
}

/** The number of the first line that is not UTF-8. A line feed is never part of a longer character. */
const firstBadLine = (bytes: Uint8Array): number => {
  for (let line = 1, from = 0; ; line++) {
    const end = bytes.indexOf(newline, from)
    if (end < 0 || !isUtf8(bytes.subarray(from, end))) return line
    from = end + 1
  }
}

/** Tells whether bytes begin with the mark of UTF-16, or with a character of ASCII in two bytes. */
const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || (first === 0) !== (second === 0)

/** Checks that bytes are text in UTF-8; a Left names the line that is not. */
export const checkText = (bytes: Uint8Array): E.Either<DataError, void> => {
  const nul = bytes.indexOf(0)
  if (isUtf16(bytes)) return E.left(new DataError('expected UTF-8, got UTF-16; save it as UTF-8'))
  if (nul >= 0)
    return E.left(new DataError(`line ${String(lineAt(bytes, nul))} holds a NUL byte: expected text in UTF-8`))
  return isUtf8(bytes)
    ? E.right(undefined)
    : E.left(new DataError(`line ${String(firstBadLine(bytes))} is not UTF-8; save the file as UTF-8`))
}
