import { getKernel, type KernelBackend, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core'

/** The numbers of a tensor, copied out of the backend. */
export const numbersOf = (backend: object, { dataId }: TensorInfo): Float32Array =>
  (backend as KernelBackend).readSync(dataId) as Float32Array

/** A new tensor on the backend. */
export const tensorOf = (backend: object, values: Float32Array, shape: readonly number[]): TensorInfo => ({
  dataId: (backend as KernelBackend).write(values, [...shape], 'float32'),
  shape: [...shape],
  dtype: 'float32',
})

/** Runs another kernel of the WASM backend, without the engine's bookkeeping: the result is the caller's. */
export const runKernel = (backend: object, name: string, inputs: object, attrs: object): TensorInfo => {
  const kernel = getKernel(name, 'wasm')
  const args = { inputs, attrs, backend } as unknown as Parameters<KernelFunc>[0]
  return kernel.kernelFunc(args) as TensorInfo
}

export const release = (backend: object, { dataId }: TensorInfo): void => {
  ;(backend as KernelBackend).disposeData(dataId)
}
