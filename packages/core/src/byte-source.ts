/** The bytes of a file, in memory or read as they are asked for. */
export interface ByteSource {
  readonly length: number
  /** The bytes from `begin` to before `end`, both inside the file. Throws where they cannot be read. */
  range(begin: number, end: number): Uint8Array
}

/**
 * Bytes in memory as a source, whose ranges are views; a source stays as it is.
 *
 * @example
 * ```ts
 * expect(sourceOf(Uint8Array.of(1, 2, 3)).range(1, 3)).toEqual(Uint8Array.of(2, 3))
 * ```
 */
export const sourceOf = (bytes: Uint8Array | ByteSource): ByteSource =>
  bytes instanceof Uint8Array ? { length: bytes.length, range: (begin, end) => bytes.subarray(begin, end) } : bytes
