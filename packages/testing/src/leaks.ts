import { memory } from '@tensorflow/tfjs-core'

/** Counts how many more tensors there are after `f` than before it. */
export const tensorsLeakedBy = (f: () => void): number => {
  const before = memory().numTensors
  f()
  return memory().numTensors - before
}
