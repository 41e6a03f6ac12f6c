import { tidy, type TensorContainer } from '@tensorflow/tfjs-core'

/**
 * Runs `f` and frees every tensor it made except those in its result.
 *
 * The result must be a tensor, or plain lists and records of tensors: tensors inside a Map, a class or a closure are
 * freed. `f` must not be asynchronous.
 *
 * @example
 * ```ts
 * const x = tensor1d([3, 4])
 * const norm = scope(() => sqrt(sum(square(x)))) // frees the square and the sum
 * expect(norm.dataSync()).toEqual(Float32Array.of(5))
 * ```
 */
export const scope = <A>(f: () => A): A => tidy(f as () => TensorContainer) as A
