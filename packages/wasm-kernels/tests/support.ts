import {
  engine,
  getKernel,
  setBackend,
  type KernelBackend,
  type KernelFunc,
  type TensorInfo,
} from '@tensorflow/tfjs-core'
import { composedKernels } from '../src/composed/index.ts'
import { registerTrainingKernels, type Registration } from '../src/index.ts'
import { stockKernel } from '../src/registration.ts'

/** Numbers with a shape, outside any backend. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly values: Float32Array | Int32Array
}

/**
 * The place where a kernel runs: `composed` is the WASM backend with the kernels that serve if the own module cannot.
 */
export type Place = 'cpu' | 'wasm' | 'composed'

interface Emscripten {
  readonly HEAPU8: Uint8Array
  _malloc: (bytes: number) => number
  _free: (address: number) => void
}

const CANARY_BYTES = 32
const CANARY = 0xa5

/** Puts canaries around every block of the backend's heap from now on; they are checked when the block is freed. */
const guardHeap = (wasm: Emscripten): void => {
  // Emscripten replaces both by the module's own functions when they are first called.
  wasm._free(wasm._malloc(1))
  const { _malloc, _free } = wasm
  const sizes = new Map<number, number>()
  wasm._malloc = (bytes) => {
    const address = (_malloc(bytes + 2 * CANARY_BYTES) >>> 0) + CANARY_BYTES
    wasm.HEAPU8.fill(CANARY, address - CANARY_BYTES, address)
    wasm.HEAPU8.fill(CANARY, address + bytes, address + bytes + CANARY_BYTES)
    sizes.set(address, bytes)
    return address
  }
  wasm._free = (address) => {
    const bytes = sizes.get(address >>> 0)
    if (bytes === undefined) {
      _free(address)
      return
    }
    const before = wasm.HEAPU8.subarray(address - CANARY_BYTES, address)
    const after = wasm.HEAPU8.subarray(address + bytes, address + bytes + CANARY_BYTES)
    if (![...before, ...after].every((byte) => byte === CANARY))
      throw new Error(`Written past ${bytes} bytes at ${address}.`)
    sizes.delete(address)
    _free(address - CANARY_BYTES)
  }
}

/** Starts both backends with a guarded heap and registers the kernels. */
export const startKernels = async (): Promise<Registration> => {
  await setBackend('wasm')
  guardHeap((engine().backend as unknown as { readonly wasm: Emscripten }).wasm)
  return registerTrainingKernels()
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Pseudo-random numbers in [-1, 1) from a seed (a 32-bit linear congruential generator). */
export const noise = (shape: readonly number[], seed: number): Numbers => {
  const state = Uint32Array.of(seed * 2654435761 + 1)
  const next = (): number => {
    state[0] = Math.imul(state[0] ?? 0, 1664525) + 1013904223
    return (state[0] >>> 8) / 2 ** 23 - 1
  }
  return { shape, values: Float32Array.from({ length: sizeOf(shape) }, next) }
}

export const integers = (shape: readonly number[], values: readonly number[]): Numbers => ({
  shape,
  values: Int32Array.from(values),
})

const backendOf = (place: Place): KernelBackend => engine().findBackend(place === 'cpu' ? 'cpu' : 'wasm')

const kernelOf = (place: Place, name: string): KernelFunc => {
  if (place !== 'composed') return getKernel(name, place).kernelFunc
  const kernel = composedKernels[name]
  if (kernel === undefined) throw new Error(`Expected ${name} among the composed kernels.`)
  return kernel(stockKernel(name))
}

const upload = (backend: KernelBackend, { shape, values }: Numbers): TensorInfo => {
  const dtype = values instanceof Int32Array ? 'int32' : 'float32'
  return { dataId: backend.write(values, [...shape], dtype), shape: [...shape], dtype }
}

/** Runs one kernel on one backend, outside the engine, and takes its results out of the backend. */
export const runAll = (
  place: Place,
  kernelName: string,
  inputs: Readonly<Record<string, Numbers>> | readonly Numbers[],
  attrs: object,
): readonly Numbers[] => {
  const backend = backendOf(place)
  const kernel = kernelOf(place, kernelName)
  const entries = Object.entries(inputs).map(([key, value]) => [key, upload(backend, value)] as const)
  const infos = Array.isArray(inputs) ? entries.map(([, info]) => info) : Object.fromEntries(entries)
  const result = kernel({ inputs: infos, attrs, backend } as unknown as Parameters<KernelFunc>[0])
  const outputs = Array.isArray(result) ? result : [result]
  const read = outputs.map(({ dataId, shape }) => ({
    shape: [...shape],
    values: backend.readSync(dataId) as Float32Array,
  }))
  for (const { dataId } of [...outputs, ...entries.map(([, info]) => info)]) backend.disposeData(dataId)
  return read
}

/** {@link runAll} for kernels with one result. */
export const run = (...args: Parameters<typeof runAll>): Numbers => {
  const [only] = runAll(...args)
  if (only === undefined) throw new Error(`Expected a result of ${args[1]}.`)
  return only
}

/** Largest difference of two results, relative to the largest number of the first where that exceeds one. */
export const difference = (a: Numbers, b: Numbers): number => {
  if (a.shape.join() !== b.shape.join()) throw new Error(`Shapes differ: [${a.shape.join()}] and [${b.shape.join()}].`)
  const scale = Array.from(a.values).reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  const gaps = Array.from(a.values, (value, i) => Math.abs(value - (b.values[i] ?? NaN)))
  return gaps.reduce((most, gap) => Math.max(most, gap), 0) / scale
}

/** Rows `first` to `end` of the first axis. */
export const rows = ({ shape, values }: Numbers, first: number, end: number): Numbers => {
  const size = sizeOf(shape.slice(1))
  return { shape: [end - first, ...shape.slice(1)], values: values.slice(first * size, end * size) }
}

/** Columns `first` to `end` of the last axis. */
export const columns = ({ shape, values }: Numbers, first: number, end: number): Numbers => {
  const width = shape.at(-1) ?? 1
  const keep = (_: number, i: number): boolean => i % width >= first && i % width < end
  return { shape: [...shape.slice(0, -1), end - first], values: values.filter(keep) }
}
