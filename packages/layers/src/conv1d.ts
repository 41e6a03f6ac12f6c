import { ShapeError } from '@ptu/core'
import { mapParams, scope } from '@ptu/tensor'
import {
  add,
  conv2d as convolve,
  matMul,
  mul,
  reshape,
  tensor2d,
  zeros,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core'

import type { ConvolutionParams } from './convolution.ts'
import { heNormal, type Initializer } from './initializers.ts'
import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'
import { sequenceShape } from './sequence.ts'
import { checkWindow, placePads, spanOf, type Pads, type Window } from './window.ts'

/**
 * The number of zeros around a sequence.
 *
 * `'valid'` adds none. `'same'` adds as few as make the output `ceil(steps / stride)`, the odd one at the end.
 * `'causal'` adds them only at the start, so that no output reads a later step. A number stands for both sides; a pair
 * is `[before, after]`.
 */
export type StepPadding = 'same' | 'valid' | 'causal' | number | readonly [number, number]

/** The options of {@link conv1d}. */
export interface Conv1dOptions {
  /** Default 1. */
  readonly stride?: number
  /** Default `'same'`. */
  readonly padding?: StepPadding
  /** Default 1. */
  readonly dilation?: number
  /** True if a bias is added; default true. */
  readonly bias?: boolean
  /** Default {@link heNormal}. */
  readonly initializer?: Initializer
}

/**
 * A convolution over steps, `[batch, steps, in] -> [batch, steps', filters]`.
 *
 * `y[b,t,o] = bias[o] + Σ kernel[u,c,o] · x[b, t·stride + u·dilation - before, c]`, where `x` is 0 outside the
 * sequence and the kernel is `[size, in, filters]`.
 *
 * Throws `OptionError` for counts that are no positive integers, `ShapeError` for an input that is no sequence or that
 * the window does not fit in.
 *
 * @example
 * ```ts
 * expect(conv1d(16, 3, { padding: 'causal', dilation: 2 }).output([20, 8])).toEqual([20, 16])
 * ```
 */
export const conv1d = (filters: number, size: number, options: Conv1dOptions = {}): Layer<ConvolutionParams> => {
  const { stride = 1, padding = 'same', dilation = 1, bias: hasBias = true, initializer = heNormal } = options
  const name = `conv1d(${filters}, ${size})`
  checkCount(name, 'filters', filters)
  const window = windowOver({ size, stride, dilation }, padding)
  checkWindow(name, window)
  return {
    spec: { type: 'conv1d', filters, size, stride, padding, dilation, bias: hasBias },
    structure: {
      kind: 'affine',
      scale: (params, factor) => mapParams(params, (leaf) => mul(leaf, factor)),
      rescale: (params, before, after) =>
        mapParams(params, (leaf, [part]) => mul(leaf, part === 'kernel' ? after / before : after)),
    },
    output: (input) => [slide(name, window, input), filters],
    init: (key, input) => {
      const [, channels] = sequenceShape(name, input)
      const kernel = initializer(key, [size, channels, filters], { in: size * channels, out: size * filters })
      return hasBias ? { kernel, bias: zeros([filters]) } : { kernel }
    },
    apply: ({ kernel, bias }, x) =>
      scope(() => {
        const [batch = 1, steps = 1, channels = 1] = x.shape
        const map: Tensor4D = reshape(x, [batch, steps, 1, channels])
        const y = convolve(map, dilated(kernel, window), [stride, 1], padsOf(window, steps))
        const sequence = reshape(y, [batch, -1, filters])
        return bias === undefined ? sequence : add(sequence, bias)
      }),
  }
}

type StepCounts = Readonly<Record<'size' | 'stride' | 'dilation', number>>
type StepWindow = StepCounts & Pick<Window, 'padding'>

/** The window over a map whose height is the number of steps. */
const windowOver = (counts: StepCounts, padding: StepPadding): StepWindow => {
  if (padding === 'same' || padding === 'valid') return { ...counts, padding }
  const causal = [(counts.size - 1) * counts.dilation, 0] as const
  const sides = padding === 'causal' ? causal : typeof padding === 'number' ? ([padding, padding] as const) : padding
  return { ...counts, padding: [sides, [0, 0]] }
}

const padsOf = (window: StepWindow, steps: number): Pads => {
  const [none, sides] = placePads(window, steps, 1)
  return [none, sides, [0, 0], none]
}

const slide = (name: string, window: StepWindow, input: readonly number[]): number => {
  const [steps] = sequenceShape(name, input)
  const [, [before, after]] = padsOf(window, steps)
  const count = Math.floor((steps + before + after - spanOf(window, 0)) / window.stride) + 1
  if (count < 1)
    throw new ShapeError(
      `${name}: a window that spans ${spanOf(window, 0)} does not fit in [batch, ${input.join(', ')}]; use padding 'same' or a smaller window`,
    )
  return count
}

/** The kernel with `dilation - 1` zeros between its elements, as a kernel over a map of width 1; `dilate` says why. */
const dilated = (kernel: Tensor, window: StepWindow): Tensor4D => {
  const [size = 1, channels = 1, filters = 1] = kernel.shape
  if (window.dilation === 1 || size === 1) return reshape(kernel, [size, 1, channels, filters])
  const span = spanOf(window, 0)
  const places = new Float32Array(span * size)
  for (let element = 0; element < size; element++) places[element * window.dilation * size + element] = 1
  const spread = matMul(tensor2d(places, [span, size]), reshape(kernel, [size, channels * filters]))
  return reshape(spread, [span, 1, channels, filters])
}
