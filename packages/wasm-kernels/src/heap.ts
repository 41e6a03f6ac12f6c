import type { DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core'
import { webAssembly, type Memory } from './web-assembly.ts'

/**
 * The memory of tfjs's WASM backend, as the kernels of this package see it. Addresses are bytes from its start and stay
 * valid when the memory grows; views do not, so take them after the last allocation.
 */
export interface Heap {
  readonly memory: Memory
  /** The address of a tensor's numbers. */
  address(tensor: TensorInfo): number
  /** A new tensor whose numbers are not initialised. */
  allocate(shape: readonly number[], dtype: DataType): TensorInfo
  /** The same numbers under another shape, without a copy. */
  share(tensor: TensorInfo, shape: readonly number[]): TensorInfo
  release(tensor: TensorInfo): void
  /** Calls `use` with the address of `bytes` bytes, aligned to 16, that are freed when it returns. */
  borrow<A>(bytes: number, use: (address: number) => A): A
}

/** The parts of `BackendWasm` and of its Emscripten module that this file uses; most of them are not public API. */
interface PrivateBackend extends KernelBackend {
  readonly wasm: {
    readonly asm?: { readonly memory?: unknown }
    readonly wasmMemory?: unknown
    readonly _malloc: (bytes: number) => number
    readonly _free: (address: number) => void
  }
  readonly dataIdMap: { readonly get: (id: object) => { readonly memoryOffset: number } }
  readonly makeOutput: (shape: readonly number[], dtype: DataType) => TensorInfo
}

/** The parts of the backend that {@link openHeap} needs and does not find; empty if all are there. */
export const missingParts = (backend: object): readonly string[] => {
  const b = backend as Partial<PrivateBackend>
  const wasm: Partial<PrivateBackend['wasm']> = b.wasm ?? {}
  const parts: Readonly<Record<string, unknown>> = {
    'wasm._malloc': wasm._malloc,
    'wasm._free': wasm._free,
    'dataIdMap.get': b.dataIdMap?.get,
    makeOutput: b.makeOutput,
    incRef: b.incRef,
    disposeData: b.disposeData,
  }
  const missing = Object.keys(parts).filter((name) => typeof parts[name] !== 'function')
  const memory = wasm.wasmMemory ?? wasm.asm?.memory
  return memory instanceof webAssembly.Memory ? missing : ['wasm.asm.memory', ...missing]
}

const ALIGNMENT = 16

/**
 * Opens the heap of a started WASM backend. Only this function touches unpublished parts of the backend; check them
 * with {@link missingParts} first.
 */
export const openHeap = (backend: object): Heap => {
  const b = backend as PrivateBackend
  return {
    memory: (b.wasm.wasmMemory ?? b.wasm.asm?.memory) as Memory,
    address: (tensor) => b.dataIdMap.get(tensor.dataId).memoryOffset,
    allocate: (shape, dtype) => b.makeOutput(shape, dtype),
    share: ({ dataId, dtype }, shape) => {
      b.incRef(dataId)
      return { dataId, shape: [...shape], dtype }
    },
    release: ({ dataId }) => {
      b.disposeData(dataId)
    },
    borrow: (bytes, use) => {
      const block = b.wasm._malloc(bytes + ALIGNMENT) >>> 0
      try {
        return use(Math.ceil(block / ALIGNMENT) * ALIGNMENT)
      } finally {
        b.wasm._free(block)
      }
    },
  }
}
