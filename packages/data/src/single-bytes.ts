/** The characters of the bytes 80 to 9f in windows-1252 (Encoding Standard, index-windows-1252). */
const extra =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178'

/** The most bytes that become arguments of one call. */
const chunk = 8192

/** A character of the same number for each byte. A `TextDecoder` of latin1 is one of windows-1252, and Node 20's is not. */
export const characters = (bytes: Uint8Array): string => {
  const parts: string[] = []
  for (let from = 0; from < bytes.length; from += chunk)
    parts.push(String.fromCharCode(...bytes.subarray(from, from + chunk)))
  return parts.join('')
}

/** Characters of bytes as windows-1252 has them, of which Node 20 decodes 80 to 9f to control characters. */
export const windows1252 = (binary: string): string =>
  binary.replace(/[\x80-\x9f]/g, (character) => extra[character.charCodeAt(0) - 0x80] ?? character)
