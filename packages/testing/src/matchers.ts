import type { Tensor } from '@tensorflow/tfjs-core'

/** Anything whose numbers can be compared: a tensor, a typed array, a list of numbers. */
export type Numbers = Tensor | ArrayLike<number>

/** The numbers of a tensor or list, in order. */
export const numbersOf = (x: Numbers): readonly number[] => [...Array.from('dataSync' in x ? x.dataSync() : x)]

/**
 * The first place where two lists of numbers differ by more than `absolute + relative · |expected|`, or undefined.
 *
 * A NaN on either side is a difference, as is a different length, and any number where an infinity is expected.
 */
export const firstDifference = (
  received: Numbers,
  expected: Numbers,
  { absolute = 1e-6, relative = 1e-5 }: Tolerance = {},
): string | undefined => {
  const [a, b] = [numbersOf(received), numbersOf(expected)]
  if (a.length !== b.length) return `expected ${String(b.length)} numbers, got ${String(a.length)}`
  const isClose = (x: number, y: number): boolean =>
    x === y || (Number.isFinite(y) && Math.abs(x - y) <= absolute + relative * Math.abs(y))
  const at = a.findIndex((x, i) => !isClose(x, b[i] ?? NaN))
  return at < 0 ? undefined : `at ${String(at)} of ${String(a.length)}: expected ${String(b[at])}, got ${String(a[at])}`
}

/** The largest difference between two numbers: `|a - b| <= absolute + relative · |b|`. */
export interface Tolerance {
  readonly absolute?: number
  readonly relative?: number
}

/** The vitest matcher `toBeAllClose`. */
export const toBeAllClose = (
  received: Numbers,
  expected: Numbers,
  tolerance: Tolerance = {},
): { readonly pass: boolean; readonly message: () => string } => {
  const difference = firstDifference(received, expected, tolerance)
  return { pass: difference === undefined, message: () => difference ?? 'expected a difference, found none' }
}

declare module 'vitest' {
  interface Matchers<T> {
    toBeAllClose(expected: Numbers, tolerance?: Tolerance): T
  }
}
