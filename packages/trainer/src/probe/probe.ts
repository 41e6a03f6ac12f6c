import { ShapeError } from '@ptu/core'

/** A linear classifier of features: one dense layer. */
export interface Probe {
  readonly size: number
  readonly classes: number
  /** `[size, classes]`: the kernel of a dense layer over features as they come. */
  readonly weights: Float64Array
  /** `[classes]`. */
  readonly bias: Float64Array
  /** λ, as chosen. */
  readonly penalty: number
  /**
   * `[examples, classes]`: log-probabilities of each training example from the fold that held it out; NaN if its class was
   * in no other fold.
   */
  readonly heldOut: Float64Array
}

/**
 * The logits of each example: `features · weights + bias`, `[examples, classes]`.
 *
 * Throws `ShapeError` if the features are not whole examples.
 */
export const probeLogits = (
  { size, classes, weights, bias }: Pick<Probe, 'size' | 'classes' | 'weights' | 'bias'>,
  features: Float32Array,
): Float32Array => {
  if (features.length % size !== 0)
    throw new ShapeError(`expected a multiple of ${String(size)} features, got ${String(features.length)}`)
  const logits = new Float32Array((features.length / size) * classes)
  const own = new Float64Array(classes)
  for (let from = 0; from < features.length; from += size) {
    own.set(bias)
    for (let j = 0; j < size; j++) {
      const x = features[from + j] as number
      for (let c = 0; c < classes; c++) own[c] = (own[c] as number) + x * (weights[j * classes + c] as number)
    }
    logits.set(own, (from / size) * classes)
  }
  return logits
}
