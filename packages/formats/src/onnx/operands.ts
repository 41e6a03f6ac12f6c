import { shownShape } from '../shown.ts'
import type { Arrangement, StoredTensor } from '../stored-tensor.ts'
import { withAxes, withShape } from './computed.ts'
import { asLast, refuseNode, shownSizes, type OnnxContext, type Translated } from './context.ts'
import { sizeOf, type Factor, type Value } from './value.ts'

/** A constant that goes along the channels of a value. */
export interface AlongLast extends Translated {
  /** The numbers of the constant, one for each channel, in the order of our tensor. */
  readonly numbers: () => Float32Array
}

/** The order in memory of the numbers along an axis, as an arrangement of a list of them in ONNX's order. */
export const orderAlong = ({ axes, order }: Value, axis: number): Arrangement => {
  const own: readonly Factor[] = axes[axis] ?? []
  return {
    split: own.map(({ size }) => size),
    order: order.filter((one) => own.includes(one)).map((one) => own.indexOf(one)),
  }
}

/**
 * The way in which a constant of several numbers goes along the channels. It is broadcast as in NumPy: the last axes are
 * aligned. Throws `ImportError` where it goes along another axis, or along several.
 */
export const alongLast = (context: OnnxContext, constant: StoredTensor): AlongLast => {
  const { value } = context
  const rank = value.axes.length
  const { shape } = constant
  const axes = shape.flatMap((size, i) => (size === 1 ? [] : [i + rank - shape.length]))
  const [axis = -1] = axes
  const channels = sizeOf(value.axes[axis] ?? [])
  if (axes.length !== 1 || axis < 0 || shape[axis - rank + shape.length] !== channels)
    return refuseNode(
      context,
      `expected a constant along the channels of ${shownSizes(value)}, got ${constant.name} of shape ${shownShape(shape)}`,
    )
  const shaped = asLast(context, axis)
  const { split, order } = orderAlong(shaped.value, axis)
  return { ...shaped, numbers: () => withAxes(withShape(constant, split), order).values() }
}
