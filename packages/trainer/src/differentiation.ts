import type { ParamTree, ValueAndGrad } from '@ptu/tensor'
import type { Scalar } from '@tensorflow/tfjs-core'

/**
 * A way to compute the loss of a step and the gradient to descend, from the loss as a function of the parameters.
 *
 * Borrows the parameters; the caller owns both results.
 */
export type Differentiation = (loss: (params: ParamTree) => Scalar) => (params: ParamTree) => ValueAndGrad<ParamTree>
