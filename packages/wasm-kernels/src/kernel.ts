import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core'
import type { Exports } from './binary.ts'
import type { Heap } from './heap.ts'

/** The tools of an own kernel: the backend's memory and the module linked to it. */
export interface Native {
  readonly heap: Heap
  readonly wasm: Exports
}

export interface Call<Inputs, Attrs> {
  readonly inputs: Inputs
  readonly attrs: Attrs
  readonly backend: object
}

/** Makes a kernel for tfjs's registry, which does not know the types of its inputs and attributes. */
export const asKernel = <Inputs, Attrs>(kernel: (call: Call<Inputs, Attrs>) => TensorInfo | TensorInfo[]): KernelFunc =>
  kernel as unknown as KernelFunc

/** Kernels by name. Each is made from the stock kernel that it replaces; that is undefined if there is none. */
export type KernelTable = Readonly<Record<string, (stock: KernelFunc | undefined) => KernelFunc>>

/** Calls the stock kernel with the same arguments. */
export const callStock = (
  name: string,
  stock: KernelFunc | undefined,
  call: Call<unknown, unknown>,
): TensorInfo | TensorInfo[] => {
  if (stock === undefined)
    throw new Error(`${name} needs float32 tensors on the WASM backend: cast them before the call.`)
  return stock(call as unknown as Parameters<KernelFunc>[0])
}

/**
 * Declares a tensor that a kernel keeps for its gradient alone as a scalar, whatever it holds: tfjs makes a tensor of zeros as
 * large as every output that has no gradient.
 */
export const keptForGradient = (tensor: TensorInfo): TensorInfo => ({ ...tensor, shape: [] })

/** The inputs of a kernel by name. */
export type Inputs<Names extends string> = Readonly<Record<Names, TensorInfo>>

export const isFloat = (...tensors: readonly (TensorInfo | null | undefined)[]): boolean =>
  tensors.every((tensor) => tensor == null || tensor.dtype === 'float32')

/**
 * Throws unless a tensor has the shape that a kernel's other inputs ask for: otherwise the kernel would read outside
 * its memory.
 */
export const expectShape = (name: string, { shape }: TensorInfo, expected: readonly number[]): void => {
  if (shape.length === expected.length && shape.every((size, axis) => size === expected[axis])) return
  throw new Error(
    `Expected ${name} of shape [${expected.join(', ')}], got [${shape.join(', ')}]: check strides and padding.`,
  )
}

export const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
