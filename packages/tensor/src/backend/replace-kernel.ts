import { getKernel, registerKernel, unregisterKernel, type KernelConfig, type KernelFunc } from '@tensorflow/tfjs-core'

/** The mark of a kernel that was replaced here, so that a second start replaces nothing. */
interface OwnConfig extends KernelConfig {
  readonly ptu?: true
}

/** Replaces a kernel by one made from the backend's own. Does nothing if the backend has none, or at a second call. */
export const replaceKernel = (
  kernelName: string,
  backendName: string,
  improve: (stock: KernelFunc) => KernelFunc,
): void => {
  const stock = getKernel(kernelName, backendName) as OwnConfig | undefined
  if (stock === undefined || stock.ptu) return
  unregisterKernel(kernelName, backendName)
  const own: OwnConfig = { ...stock, kernelFunc: improve(stock.kernelFunc), ptu: true }
  registerKernel(own)
}
