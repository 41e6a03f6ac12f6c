/** The number of bytes that become characters in one call: arguments are limited in number. */
const step = 2 ** 14

/** Bytes as base64. */
export const toBase64 = (bytes: Uint8Array): string => {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += step) parts.push(String.fromCharCode(...bytes.subarray(at, at + step)))
  return btoa(parts.join(''))
}

/** The bytes of base64; undefined for a text that is not base64. */
export const bytesFromBase64 = (text: string): Uint8Array | undefined => {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
