/**
 * Joins byte arrays, one after another, into a new one.
 *
 * @example
 * ```ts
 * expect(concatBytes([Uint8Array.of(1), Uint8Array.of(2, 3)])).toEqual(Uint8Array.of(1, 2, 3))
 * ```
 */
export const concatBytes = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The memory of a typed array as bytes; nothing is copied. */
export const bytesIn = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/**
 * The SHA-256 of bytes or of a text in UTF-8, as 64 hexadecimal digits.
 *
 * @example
 * ```ts
 * expect((await sha256('abc')).slice(0, 8)).toBe('ba7816bf')
 * ```
 *
 * References:
 *   NIST, "Secure Hash Standard", FIPS 180-4, 2015, §6.2, https://doi.org/10.6028/NIST.FIPS.180-4
 */
export const sha256 = async (content: Uint8Array | string): Promise<string> => {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  // Digests are not computed on memory that threads share: such bytes are copied first.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes)
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', own))
  return Array.from(sum, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
