import type { Dataset } from '@ptu/data'

/** Copies numbers into memory that threads share; numbers that lie there are returned as they are. */
export const shared = <A extends Uint8Array | Float32Array | Int32Array>(numbers: A): A => {
  if (typeof SharedArrayBuffer === 'undefined' || numbers.buffer instanceof SharedArrayBuffer) return numbers
  const kind = numbers instanceof Uint8Array ? Uint8Array : numbers instanceof Float32Array ? Float32Array : Int32Array
  const copy = new kind(new SharedArrayBuffer(numbers.byteLength))
  copy.set(numbers)
  return copy as A
}

/** The same data set in memory that threads share instead of copying. */
export const inSharedMemory = (dataset: Dataset): Dataset => ({
  ...dataset,
  features: shared(dataset.features),
  labels: shared(dataset.labels),
})
