import type { Shape } from '@ptu/tensor'

/** Numbers with their axes in another order: axis `i` of the result is axis `order[i]` of `shape`. */
export const permuted = (values: Float32Array, shape: Shape, order: readonly number[]): Float32Array => {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  const sizes = order.map((axis) => shape[axis] ?? 1)
  const steps = order.map((axis) => strides[axis] ?? 1)
  const found = new Float32Array(values.length)
  const place = sizes.map(() => 0)
  let from = 0
  for (let i = 0; i < found.length; i++) {
    found[i] = values[from] ?? 0
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const [size = 1, step = 1] = [sizes[axis], steps[axis]]
      const next = (place[axis] ?? 0) + 1
      place[axis] = next === size ? 0 : next
      from += next === size ? step * (1 - size) : step
      if (next < size) break
    }
  }
  return found
}
