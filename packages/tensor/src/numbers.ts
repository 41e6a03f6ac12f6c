import { engine, getBackend, getKernel, tensor, type Tensor } from '@tensorflow/tfjs-core'

import type { Shape } from './params.ts'

/**
 * Shows the numbers of a tensor of 32-bit floats to `use`: where they lie if the backend can, else a copy.
 *
 * They may be read until `use` returns, may not be written to, and no tensor may be made meanwhile.
 *
 * @example
 * ```ts
 * const numbers = Float32Array.of(0, 0)
 * peek(tensor1d([3, 4]), (found) => numbers.set(found))
 * expect([...numbers]).toEqual([3, 4])
 * ```
 */
export const peek = (x: Tensor, use: (numbers: Float32Array) => void): void => {
  if (x.dtype !== 'float32') throw new Error(`peek: expected a tensor of float32, got ${x.dtype}`)
  if ((getKernel('PtuPeek', getBackend()) as unknown) === undefined) use(x.dataSync<'float32'>())
  else engine().runKernel('PtuPeek', { x }, { use: use as never })
}

/** Makes a tensor of numbers that may change afterwards. WASM copies what it is given, other backends are given a copy. */
export const copied = (numbers: Float32Array, shape: Shape): Tensor =>
  tensor(getBackend() === 'wasm' ? numbers : numbers.slice(), [...shape])
