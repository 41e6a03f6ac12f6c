import type { Value } from './value.ts'

/** The bytes of one storage. */
export interface StoredBytes {
  /** How many bytes there are, known before they are read. */
  readonly size: number
  bytes(): Uint8Array
}

/** What a file of PyTorch holds: one value, and the storages that its tensors lie in. */
export interface Container {
  readonly format: string
  readonly value: Value
  readonly littleEndian: boolean
  readonly storages: ReadonlyMap<string, StoredBytes>
}
