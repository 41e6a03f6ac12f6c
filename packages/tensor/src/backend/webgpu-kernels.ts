import { getKernel, type TensorInfo } from '@tensorflow/tfjs-core'

import { replaceKernel } from './replace-kernel.ts'

interface Memory {
  readonly makeTensorInfo: (shape: number[], dtype: string, values: Float32Array) => TensorInfo
  readonly disposeData: (data: object) => unknown
}

/** `1 · x`, whose shader reads whole numbers and writes float32. */
const toFloat = (x: TensorInfo, backend: Memory): TensorInfo => {
  const one = backend.makeTensorInfo([], 'float32', Float32Array.of(1))
  const { kernelFunc: multiply } = getKernel('Multiply', 'webgpu')
  const result = multiply({ inputs: { a: x, b: one }, backend }) as TensorInfo
  backend.disposeData(one.dataId)
  return result
}

/**
 * Makes the cast to float32 convert.
 *
 * tfjs-backend-webgpu 4.22 gives the same whole numbers a new type; the next shader that moves them (a sum over an inner
 * axis does) does not compile, and its result is 0 or memory of others.
 */
export const registerWebgpuKernels = (): void => {
  replaceKernel('Cast', 'webgpu', (stock) => (call) => {
    const { x } = call.inputs
    const reinterprets = call.attrs?.['dtype'] === 'float32' && (x?.dtype === 'bool' || x?.dtype === 'int32')
    return x && reinterprets ? toFloat(x, call.backend as Memory) : stock(call)
  })
}
