import type { Value } from './value.ts'

/** The bytes of one storage. */
export interface StoredBytes {
  /** The number of bytes, known before they are read. */
  readonly size: number
  bytes(): Uint8Array
}

/** The contents of a PyTorch file: one value, and the storages that its tensors lie in. */
export interface Container {
  readonly format: string
  readonly value: Value
  readonly littleEndian: boolean
  readonly storages: ReadonlyMap<string, StoredBytes>
}
