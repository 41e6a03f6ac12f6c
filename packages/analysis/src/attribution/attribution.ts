import { OptionError, ShapeError } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { broadcastTo, engine, zerosLike, type Tensor } from '@tensorflow/tfjs-core'

/** The contribution of each unit to an output, example by example. */
export interface Attribution {
  /** `[batch, ...]`, the shape of the units with the batch before it. */
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** An attribution whose values should sum to the change of the output from the baseline. */
export interface CompleteAttribution extends Attribution {
  /** `F(x) - F(x')` of each example. */
  readonly change: readonly number[]
  /** The sum of its values minus its change, of each example: the error of the method. */
  readonly residual: readonly number[]
}

/** Attributions of examples one after another, as one. */
export const joined = (parts: readonly CompleteAttribution[]): CompleteAttribution => {
  const [, ...units] = parts[0]?.shape ?? [0]
  const size = parts.reduce((sum, { values }) => sum + values.length, 0)
  const values = new Float32Array(size)
  parts.reduce((at, part) => (values.set(part.values, at), at + part.values.length), 0)
  return {
    shape: [parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0), ...units],
    values,
    change: parts.flatMap(({ change }) => change),
    residual: parts.flatMap(({ residual }) => residual),
  }
}

/** Values with the residual that they leave of a change. Throws `OptionError` where one is not finite. */
export const completed = (
  shape: readonly number[],
  values: Float32Array,
  change: readonly number[],
): CompleteAttribution => {
  const size = values.length / Math.max(change.length, 1)
  const residual = change.map((whole, i) =>
    values.subarray(i * size, (i + 1) * size).reduce((sum, v) => sum + v, -whole),
  )
  const odd = residual.findIndex((rest) => !Number.isFinite(rest))
  if (odd >= 0)
    throw new OptionError(
      `expected finite attributions, those of an example are not (its output changes by ${String(change[odd])}); ` +
        'check the inputs, the baseline and the parameters for NaN and infinity',
    )
  return { shape, values, change, residual }
}

/**
 * The sum over all positions of each channel, `[batch, ..., channels] -> [batch, channels]`.
 *
 * @example
 * ```ts
 * const map = { shape: [1, 2, 1, 2], values: Float32Array.of(1, 2, 3, 4) }
 * expect(channelSums(map)).toEqual({ shape: [1, 2], values: Float32Array.of(4, 6) })
 * ```
 */
export const channelSums = ({ shape, values }: Attribution): Attribution => {
  const [batch = 0, channels = 1] = [shape[0], shape.at(-1)]
  const size = values.length / Math.max(batch, 1)
  const sums = new Float32Array(batch * channels)
  values.forEach((value, i) => {
    const place = Math.floor(i / size) * channels + (i % channels)
    sums[place] = (sums[place] as number) + value
  })
  return { shape: [batch, channels], values: sums }
}

/** The gradient of `Σ f(x)` by `x`, or of `Σ dy · f(x)`. Throws `OptionError` where none passes. */
export const gradientAt = (f: (x: Tensor) => Tensor, x: Tensor, dy?: Tensor): Tensor =>
  scope(() => {
    // `grad` of tfjs keeps tensors where no gradient passes; the engine itself can return null for it.
    const found = engine().gradients(() => f(x), [x], dy, true).grads[0] as Tensor | null | undefined
    if (found === null || found === undefined)
      throw new OptionError(
        'expected layers through which a gradient passes to the output; attribute a block above the layer that has none, ' +
          'such as an embedding or a black box',
      )
    return found
  })

/** The baseline for `x`: zeros where none is given, and one for all examples repeated. The caller owns it. */
export const baselineFor = (x: Tensor, baseline: Tensor | undefined): Tensor => {
  if (baseline === undefined) return zerosLike(x)
  const fits = baseline.shape.join() === x.shape.join()
  const serves = baseline.shape[0] === 1 && baseline.shape.slice(1).join() === x.shape.slice(1).join()
  if (!fits && !serves)
    throw new ShapeError(
      `expected a baseline of shape [${x.shape.join(', ')}], or [1, ${x.shape.slice(1).join(', ')}] for all examples, got [${baseline.shape.join(', ')}]`,
    )
  return scope(() => (fits ? baseline.clone() : broadcastTo(baseline, x.shape)))
}
