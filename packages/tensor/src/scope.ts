import { Tensor, tidy } from '@tensorflow/tfjs-core'

/**
 * Runs `f` and frees every tensor it made except those in its result.
 *
 * The result must be a tensor, or plain lists and records of tensors: tensors inside a Map or a closure are freed.
 *
 * Throws `TypeError` if `f` is asynchronous.
 *
 * @example
 * ```ts
 * const x = tensor1d([3, 4])
 * const norm = scope(() => sqrt(sum(square(x)))) // frees the square and the sum
 * expect(norm.dataSync()).toEqual(Float32Array.of(5))
 * ```
 */
export const scope = <A>(f: () => A): A => {
  const results: A[] = []
  tidy(() => {
    const result = f()
    if (result instanceof Promise)
      throw new TypeError('scope: expected a function that is not asynchronous, got one that returns a promise')
    results.push(result)
    // The walk of `tidy` itself is slow through records (V8 13), so it is given a flat list.
    return tensorsIn(result)
  })
  return results[0] as A
}

/** The tensors of a result: the tensor itself where it is one, else a list of those in its lists and records. */
const tensorsIn = (result: unknown): Tensor | Tensor[] => {
  if (result instanceof Tensor) return result
  const found: Tensor[] = []
  collect(result, found, new Set())
  return found
}

const collect = (value: unknown, found: Tensor[], seen: Set<object>): void => {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  if (value instanceof Tensor) {
    found.push(value as Tensor)
    return
  }
  if (seen.has(value)) return
  seen.add(value)
  for (const part of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) collect(part, found, seen)
}
