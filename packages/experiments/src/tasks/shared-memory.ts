import { bytesIn } from '@ptu/core'
import type { Dataset } from '@ptu/data'

/** Copies numbers into memory that threads share; numbers that are already there are returned as they are. */
export const shared = <A extends Uint8Array | Float32Array | Int32Array>(numbers: A): A => {
  if (typeof SharedArrayBuffer === 'undefined' || numbers.buffer instanceof SharedArrayBuffer) return numbers
  const buffer = new SharedArrayBuffer(numbers.byteLength)
  new Uint8Array(buffer).set(bytesIn(numbers))
  return viewOf(numbers, buffer) as A
}

/** Zeros in memory that threads share, where there is such memory. */
export const sharedFloats = (length: number): Float32Array =>
  typeof SharedArrayBuffer === 'undefined'
    ? new Float32Array(length)
    : new Float32Array(new SharedArrayBuffer(4 * length))

const viewOf = (
  like: Uint8Array | Float32Array | Int32Array,
  buffer: SharedArrayBuffer,
): Uint8Array | Float32Array | Int32Array => {
  if (like instanceof Uint8Array) return new Uint8Array(buffer)
  return like instanceof Float32Array ? new Float32Array(buffer) : new Int32Array(buffer)
}

/** The same data set in memory that threads share instead of copying. */
export const inSharedMemory = (dataset: Dataset): Dataset => ({
  ...dataset,
  features: shared(dataset.features),
  labels: shared(dataset.labels),
})
