import {
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core'

/**
 * Runs a kernel that does in one pass what composed operations do otherwise, up to rounding.
 *
 * Undefined on a backend that lacks it (see `@ptu/wasm-kernels`) and for tensors that are not float32. Borrows; the caller owns
 * the result.
 */
export const fused = (kernel: string, inputs: NamedTensorMap, attrs: NamedAttrMap = {}): Tensor | undefined => {
  const serves =
    (getKernel(kernel, getBackend()) as unknown) !== undefined &&
    Object.values(inputs).every(({ dtype }) => dtype === 'float32')
  return serves ? engine().runKernel<Tensor>(kernel, inputs, attrs) : undefined
}
