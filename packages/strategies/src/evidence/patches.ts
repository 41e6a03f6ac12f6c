import { pairOf, placePads, type Extent, type LayerSpec, type Padding, type Window } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'
import { concat, pad, reshape, slice, stridedSlice, type Tensor } from '@tensorflow/tfjs-core'

/** The window that the description of a convolution gives. */
export const windowOf = (spec: LayerSpec): Window => ({
  size: spec['size'] as Extent,
  stride: spec['stride'] as Extent,
  dilation: spec['dilation'] as Extent,
  padding: spec['padding'] as Padding,
})

/**
 * The inputs that a convolution sees at each of its places, `[n, places, elements · channels]`, in pieces of some elements
 * of the window each: as many as fit in `limit` numbers, at least one.
 *
 * `output` is the shape `[n, height', width', filters]` of the output. The pieces are functions, so that no more than one
 * need be held at a time.
 */
export const patchesOf = (
  x: Tensor,
  window: Window,
  [n = 1, tall = 1, wide = 1]: Shape,
  limit: number,
): readonly (() => Tensor)[] => {
  const [, height = 1, width = 1, channels = 1] = x.shape
  const [rows, columns] = pairOf(window.size)
  const [strides, dilations] = [pairOf(window.stride), pairOf(window.dilation)]
  const padded = pad(x, placePads(window, height, width))
  const seen = (element: number): Tensor => {
    const [top, left] = [Math.floor(element / columns) * dilations[0], (element % columns) * dilations[1]]
    const [down, right] = [(tall - 1) * strides[0] + 1, (wide - 1) * strides[1] + 1]
    const dense = slice(padded, [0, top, left, 0], [n, down, right, channels])
    return reshape(every(dense, strides), [n, tall * wide, channels])
  }
  const count = Math.max(1, Math.floor(limit / (n * tall * wide * channels)))
  return Array.from({ length: Math.ceil((rows * columns) / count) }, (_, piece) => () => {
    const elements = Array.from(
      { length: Math.min(count, rows * columns - piece * count) },
      (_, e) => piece * count + e,
    )
    return concat(elements.map(seen), 2)
  })
}

/** Every so-many-th row and column of a map. */
const every = (map: Tensor, [down, right]: readonly [number, number]): Tensor =>
  down === 1 && right === 1 ? map : stridedSlice(map, [0, 0, 0, 0], [...map.shape], [1, down, right, 1])
