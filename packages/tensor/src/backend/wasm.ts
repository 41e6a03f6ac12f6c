import { activate } from './activate.ts'
import type { Starter } from './names.ts'

interface WasmPackage {
  readonly version_wasm: string
  readonly getThreadsCount: () => number
}

interface KernelsPackage {
  readonly registerTrainingKernels?: () => {
    readonly mode: string
    readonly backendVersion: string
    readonly tested: boolean
    readonly warnings: readonly string[]
  }
}

/** Starts WebAssembly and adds the kernels that its backend lacks for training. */
export const startWasm: Starter = async (load) => {
  const wasm = (await load('@tensorflow/tfjs-backend-wasm')) as WasmPackage
  await activate('wasm')
  const kernels = (await import('@ptu/wasm-kernels')) as KernelsPackage
  const registered = kernels.registerTrainingKernels?.()
  const threads = wasm.getThreadsCount()
  return {
    version: wasm.version_wasm,
    notes: [`threads: ${String(threads)}`, `training kernels: ${registered?.mode ?? 'none'}`],
    warnings: registered?.warnings ?? [],
  }
}
