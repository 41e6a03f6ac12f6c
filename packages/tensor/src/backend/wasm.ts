import { activate } from './activate.ts'
import type { Starter } from './names.ts'

interface WasmPackage {
  readonly version_wasm: string
  readonly getThreadsCount: () => number
}

/** Starts WebAssembly and adds the kernels that its backend lacks for training. */
export const startWasm: Starter = async (load) => {
  const wasm = (await load('@tensorflow/tfjs-backend-wasm')) as WasmPackage
  await activate('wasm')
  const { registerTrainingKernels } = await import('@ptu/wasm-kernels') // after the check that the backend is installed
  const { mode, warnings } = registerTrainingKernels()
  const threads = wasm.getThreadsCount()
  return {
    version: wasm.version_wasm,
    notes: [`threads: ${String(threads)}`, `training kernels: ${mode}`],
    warnings,
  }
}
