import {
  engine,
  pad as padWith,
  slice,
  Tensor,
  type KernelFunc,
  type Tensor4D,
  type TensorInfo,
} from '@tensorflow/tfjs-core'

import { scope } from '../scope.ts'
import { replaceKernel } from './replace-kernel.ts'

type Pads = readonly (readonly [number, number])[]

interface WindowAttrs {
  readonly pad: 'same' | 'valid' | number | Pads
  readonly dataFormat?: string
  readonly inputShape?: readonly number[]
}

/**
 * The way a kernel is brought to `valid`: the input to pad, the number to pad with, and whether its result has the
 * input's size.
 */
interface Recipe {
  readonly padded?: string
  readonly fill?: number
  readonly cut?: boolean
}

/** The kernels of tfjs-node 4.22 that refuse padding in numbers (or, depthwise, fail at it) but take `valid`. */
const recipes: Readonly<Record<string, Recipe>> = {
  Conv2DBackpropFilter: { padded: 'x' },
  Conv2DBackpropInput: { cut: true },
  DepthwiseConv2dNativeBackpropFilter: { padded: 'x' },
  DepthwiseConv2dNativeBackpropInput: { cut: true },
  MaxPool: { padded: 'x', fill: -Infinity },
  MaxPoolGrad: { padded: 'input', fill: -Infinity, cut: true },
}

/** Padding in numbers for `[batch, height, width, channels]`; undefined if the kernel can be called as it is. */
const padsIn = ({ pad, dataFormat = 'NHWC' }: WindowAttrs): Pads | undefined => {
  if (typeof pad === 'string' || dataFormat !== 'NHWC') return undefined
  const pads =
    typeof pad === 'number'
      ? ([
          [0, 0],
          [pad, pad],
          [pad, pad],
          [0, 0],
        ] as const)
      : pad
  return pads.some(([before, after]) => before + after > 0) ? pads : undefined
}

const grown = (shape: readonly number[], pads: Pads): number[] =>
  shape.map((size, axis) => size + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0))

/** The result of a kernel as a tensor that the engine knows. */
const tensorOf = (result: TensorInfo): Tensor =>
  result instanceof Tensor ? (result as Tensor) : engine().makeTensorFromTensorInfo(result)

/**
 * The kernel for padding in numbers too: it is applied as `valid` to a padded input, and the part of the padding is cut
 * off.
 */
const withPadding =
  (stock: KernelFunc, { padded, fill = 0, cut = false }: Recipe): KernelFunc =>
  (call) => {
    const { inputs, attrs, backend } = call
    const given = attrs as unknown as WindowAttrs
    const pads = padsIn(given)
    if (pads === undefined) return stock(call)
    const shape = given.inputShape ?? inputs[padded ?? '']?.shape ?? []
    return scope((): Tensor => {
      const enlarge = (x: TensorInfo | undefined): Tensor => padWith(x as Tensor4D, pads as [number, number][], fill)
      const valid = { ...attrs, pad: 'valid', ...(given.inputShape && { inputShape: grown(shape, pads) }) }
      const result = tensorOf(
        stock({
          inputs: padded === undefined ? inputs : { ...inputs, [padded]: enlarge(inputs[padded]) },
          attrs: valid,
          backend,
        }) as TensorInfo,
      )
      const begin = pads.map(([before]) => before)
      return cut ? slice(result as Tensor4D, begin, [...shape]) : result
    })
  }

/**
 * Makes tfjs-node's kernels take padding in numbers, which its convolutions take forwards and refuse backwards.
 *
 * Without this no convolution with padding in numbers trains on the native backend. Calling it again changes nothing.
 */
export const registerNativeKernels = (): void => {
  for (const [kernelName, recipe] of Object.entries(recipes))
    replaceKernel(kernelName, 'tensorflow', (stock) => withPadding(stock, recipe))
}
