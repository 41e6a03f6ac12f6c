import type { Shape } from '@ptu/tensor'

/**
 * Labelled examples in plain memory: nothing here touches the engine.
 *
 * Example `i` is `features[i · size .. (i + 1) · size]`, where `size` is the product of `shape`; its class is
 * `classes[labels[i]]`.
 */
export interface Dataset {
  /** The shape of one example, for example `[height, width, channels]`. */
  readonly shape: Shape
  /** Pixel bytes as they are in the file, or numbers. */
  readonly features: Uint8Array | Float32Array
  /** `[count]`, each below `classes.length`. */
  readonly labels: Int32Array
  readonly classes: readonly string[]
}
