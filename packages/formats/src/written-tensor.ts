import type { Shape } from '@ptu/tensor'

/** A tensor to be written to a file. */
export interface WrittenTensor {
  readonly name: string
  readonly shape: Shape
  readonly values: Float32Array | BigInt64Array
}

/** The bytes of numbers, the lowest of each first. */
export const bytesOfNumbers = ({ buffer, byteOffset, byteLength }: WrittenTensor['values']): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
