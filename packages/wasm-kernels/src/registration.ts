import {
  engine,
  getKernel,
  registerKernel,
  unregisterKernel,
  type KernelConfig,
  type KernelFunc,
} from '@tensorflow/tfjs-core'
import { version_wasm } from '@tensorflow/tfjs-backend-wasm'
import { instantiate, supportedInstructions, type InstructionSet } from './binary.ts'
import { composedKernels } from './composed/index.ts'
import { registerGradients } from './gradients.ts'
import { missingParts, openHeap } from './heap.ts'
import type { KernelTable } from './kernel.ts'
import { nativeKernels } from './kernels/index.ts'

/** The kernels that serve training on the WASM backend after {@link registerTrainingKernels}. */
export interface Registration {
  /** `simd` and `relaxed`: the own module, without and with fused multiply-add; `composed`: stock kernels and plain loops. */
  readonly mode: InstructionSet | 'composed'
  /** Version of `@tensorflow/tfjs-backend-wasm`. */
  readonly backendVersion: string
  /** True if the kernels were tested with this version of the backend. */
  readonly tested: boolean
  readonly warnings: readonly string[]
}

const BACKEND = 'wasm'
const TESTED_VERSIONS: readonly string[] = ['4.22.0']

/** The mark on a kernel of this package, so that registering twice replaces nothing twice. */
interface OwnConfig extends KernelConfig {
  readonly ptu?: {
    readonly stock: KernelConfig | undefined
    readonly backend?: object
    readonly registration?: Registration
  }
}

const current = (name: string): OwnConfig | undefined => getKernel(name, BACKEND)

const stockConfig = (name: string): KernelConfig | undefined => {
  const config = current(name)
  return config?.ptu === undefined ? config : config.ptu.stock
}

/** The backend's kernel that one of this package's replaces, or undefined if it has none. */
export const stockKernel = (name: string): KernelFunc | undefined => stockConfig(name)?.kernelFunc

const replace = (config: OwnConfig): void => {
  if (current(config.kernelName) !== undefined) unregisterKernel(config.kernelName, BACKEND)
  registerKernel(config)
}

const installTable = (table: KernelTable): void => {
  for (const [kernelName, kernel] of Object.entries(table)) {
    const stock = stockConfig(kernelName)
    replace({ ...stock, kernelName, backendName: BACKEND, kernelFunc: kernel(stock?.kernelFunc), ptu: { stock } })
  }
}

/** The kernel that every backend has and whose set-up function tells when a backend starts. */
const HOOK = 'Identity'

/** Makes the hook's set-up install the kernels; `registration` is the one already installed on `backend`. */
const installHook = (backend?: object, registration?: Registration): void => {
  const config = current(HOOK)
  if (config === undefined)
    throw new Error('Expected @tensorflow/tfjs-backend-wasm to register an Identity kernel: check its version.')
  const stock = stockConfig(HOOK)
  const setupFunc = (started: object): void => {
    stock?.setupFunc?.(started)
    install(started)
  }
  replace({ ...config, setupFunc, ptu: { stock, ...(backend && { backend }), ...(registration && { registration }) } })
}

const describe = (mode: Registration['mode'], warnings: readonly string[]): Registration => {
  const tested = TESTED_VERSIONS.includes(version_wasm)
  const untested = `@ptu/wasm-kernels was tested with version ${TESTED_VERSIONS.join(', ')} of @tensorflow/tfjs-backend-wasm, not with ${version_wasm}: compare a training run with the cpu backend before relying on it.`
  return { mode, backendVersion: version_wasm, tested, warnings: tested ? warnings : [...warnings, untested] }
}

const composedBecause = (reason: string): Registration =>
  describe('composed', [`@ptu/wasm-kernels trains with composed kernels, which are several times slower: ${reason}`])

/** Links the module to the backend and makes its table, or gives the reason for using the composed kernels. */
const choose = (backend: object): { readonly table: KernelTable; readonly registration: Registration } => {
  const composed = (reason: string): ReturnType<typeof choose> => ({
    table: composedKernels,
    registration: composedBecause(reason),
  })
  const set = supportedInstructions()
  if (set === undefined) return composed('this JavaScript engine has no WebAssembly SIMD.')
  const missing = missingParts(backend)
  if (missing.length > 0) return composed(`the backend does not have ${missing.join(', ')}.`)
  const heap = openHeap(backend)
  try {
    return { table: nativeKernels({ heap, wasm: instantiate(set, heap) }), registration: describe(set, []) }
  } catch (error) {
    return composed(`the module does not link to the backend's memory (${String(error)}).`)
  }
}

const install = (backend: object): Registration => {
  const installed = current(HOOK)?.ptu
  if (installed?.backend === backend && installed.registration !== undefined) return installed.registration
  const { table, registration } = choose(backend)
  installTable(table)
  registerGradients()
  installHook(backend, registration)
  // eslint-disable-next-line no-console -- the one warning a user must see when training is going to be slow
  for (const warning of registration.warnings) console.warn(warning)
  return registration
}

/** The registration that {@link install} will probably give, judged without a backend. */
const expected = (): Registration => {
  const set = supportedInstructions()
  return set === undefined ? composedBecause('this JavaScript engine has no WebAssembly SIMD.') : describe(set, [])
}

/**
 * Registers kernels that make tfjs's WASM backend train: those it lacks, and faster or more correct ones where it is
 * slow or wrong. Call it before or after the backend starts; calling it again changes nothing and returns the same
 * report. Before the start the report says what this JavaScript engine allows; call again afterwards to see what is in
 * use.
 *
 * @example
 * ```ts
 * import { setBackend } from '@tensorflow/tfjs-core'
 * import { registerTrainingKernels } from '@ptu/wasm-kernels'
 *
 * await setBackend('wasm')
 * console.log(registerTrainingKernels().mode) // 'simd', 'relaxed' or 'composed'
 * ```
 */
export const registerTrainingKernels = (): Registration => {
  const started = engine().registry[BACKEND]
  if (started !== undefined) return install(started)
  installHook()
  return expected()
}
