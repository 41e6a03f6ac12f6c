import type { Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

/** One weight of a trained model by its name, such as `conv1/kernel`. */
export interface StoredWeight {
  readonly name: string
  readonly shape: Shape
  /** The reason why its numbers cannot be read, if they cannot. */
  readonly refused?: string
  /** The numbers as a new tensor; the caller owns it. */
  tensor(): Tensor
}
