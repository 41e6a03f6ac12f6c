/** The bytes of a file, in memory or read as they are asked for. */
export interface ByteSource {
  readonly length: number
  /** The bytes from `begin` to before `end`, both inside the file. May throw `ImportError`. */
  range(begin: number, end: number): Uint8Array
}

/** Bytes in memory as a source; its ranges are views. */
export const sourceOf = (bytes: Uint8Array): ByteSource => ({
  length: bytes.length,
  range: (begin, end) => bytes.subarray(begin, end),
})
