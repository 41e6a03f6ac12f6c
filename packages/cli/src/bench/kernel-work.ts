import { disposeParams, scope } from '@ptu/tensor'
import {
  add,
  conv2d,
  depthwiseConv2d,
  fill,
  grads,
  matMul,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core'

import type { Work } from './rate.ts'

/** A kernel at work on numbers of its own. */
export interface KernelWork extends Work {
  readonly name: string
  /** The limit that it is held against: operations, or bytes moved. */
  readonly limit: 'compute' | 'memory'
  readonly free: () => void
}

const made = (
  name: string,
  limit: KernelWork['limit'],
  amount: number,
  shapes: readonly (readonly number[])[],
  compute: (...inputs: readonly Tensor[]) => Tensor | readonly Tensor[],
): KernelWork => {
  const inputs = shapes.map((shape) => fill([...shape], 0.5))
  return {
    ...{ name, limit, amount },
    run: () => {
      disposeParams(scope(() => compute(...inputs)))
    },
    free: () => {
      disposeParams(inputs)
    },
  }
}

const product = (rows: number, depth: number, columns: number): KernelWork =>
  made(
    `product ${rows} × ${depth} × ${columns}`,
    'compute',
    2 * rows * depth * columns,
    [
      [rows, depth],
      [depth, columns],
    ],
    (a, b) => matMul(a as Tensor2D, b as Tensor2D),
  )

const convolve = (x: Tensor, w: Tensor): Tensor => conv2d(x as Tensor4D, w as Tensor4D, 1, 'same')

/** Operations of a 3×3 convolution, counted as its definition has them. */
const [batch, side, from, to] = [8, 28, 32, 64]
const convolution = 2 * batch * side * side * 9 * from * to
const images = [batch, side, side, from]
const filters = [3, 3, from, to]

/** Numbers beyond what caches hold. */
const numbers = 4e6

/** The kernels that training spends its time in. The caller frees each. */
export const kernelWorks = (): readonly KernelWork[] => [
  product(512, 512, 512),
  product(32, 1024, 256),
  made(`convolution 3×3, ${from} to ${to} channels`, 'compute', convolution, [images, filters], convolve),
  made('its two gradients, with it', 'compute', 3 * convolution, [images, filters], (x, w) =>
    grads((a: Tensor, b: Tensor) => convolve(a, b))([x, w] as Tensor[]),
  ),
  made(`convolution 1×1, ${from} to ${to} channels`, 'compute', convolution / 9, [images, [1, 1, from, to]], convolve),
  made(`depthwise 3×3, ${from} channels`, 'compute', convolution / to, [images, [3, 3, from, 1]], (x, w) =>
    depthwiseConv2d(x as Tensor4D, w as Tensor4D, 1, 'same'),
  ),
  made(`sum of ${numbers / 1e6} million numbers`, 'memory', 3 * 4 * numbers, [[numbers], [numbers]], (a, b) =>
    add(a, b),
  ),
]
