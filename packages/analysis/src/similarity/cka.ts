import { OptionError } from '@ptu/core'

import { checkFeatures, type Features } from './features.ts'

/** The options of {@link linearCka}. */
export interface CkaOptions {
  /**
   * Takes the estimate without the bias of few examples, which makes unrelated features of few examples look alike. It may
   * be slightly below 0. Default false.
   */
  readonly unbiased?: boolean
}

/** The products of all pairs of examples, in double precision. */
const gramOf = ({ values, examples, size }: Features): Float64Array => {
  const gram = new Float64Array(examples * examples)
  for (let i = 0; i < examples; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = 0; k < size; k++) sum += (values[i * size + k] as number) * (values[j * size + k] as number)
      gram[i * examples + j] = sum
      gram[j * examples + i] = sum
    }
  return gram
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)

const rowSums = (gram: Float64Array, n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => sumOf(gram.subarray(i * n, (i + 1) * n)))

/** `H K H`: what the Gram matrix of the centred features is. */
const centred = (gram: Float64Array, n: number): Float64Array => {
  const rows = rowSums(gram, n)
  const whole = sumOf(rows) / (n * n)
  return gram.map((value, at) => value - ((rows[Math.floor(at / n)] as number) + (rows[at % n] as number)) / n + whole)
}

const product = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)

/** `HSIC_1` of two Gram matrices: unbiased, for at least four examples. */
const unbiasedHsic = (a: Float64Array, b: Float64Array, n: number): number => {
  const off = (gram: Float64Array): Float64Array => gram.map((value, at) => (Math.floor(at / n) === at % n ? 0 : value))
  const [k, l] = [off(a), off(b)]
  const [rowsK, rowsL] = [rowSums(k, n), rowSums(l, n)]
  const whole = (sumOf(rowsK) * sumOf(rowsL)) / ((n - 1) * (n - 2))
  return (product(k, l) + whole - (2 / (n - 2)) * product(rowsK, rowsL)) / (n * (n - 3))
}

/**
 * The likeness of two sets of features of the same examples, from 0 to 1: centred kernel alignment with a linear kernel.
 *
 * `CKA = ‖Yᵀ X‖² / (‖Xᵀ X‖ · ‖Yᵀ Y‖)` with centred features and Frobenius norms. Rotating or scaling the features of one
 * side changes nothing. Computed from the products of examples, so that the number of features does not matter. Throws
 * `OptionError` for features of different examples, of fewer than 2 (unbiased: 4), that are not finite, or that are the same
 * for all examples.
 *
 * @example
 * ```ts
 * const a = { values: Float32Array.of(1, 2, 3, 5), examples: 4, size: 1 }
 * const b = { values: Float32Array.of(-2, -4, -6, -10), examples: 4, size: 1 }
 * expect(linearCka(a, b)).toBeCloseTo(1)
 * ```
 *
 * References:
 *   Kornblith, Norouzi, Lee & Hinton, "Similarity of neural network representations revisited", ICML 2019, §3, https://arxiv.org/abs/1905.00414
 *   Song, Smola, Gretton, Bedo & Borgwardt, "Feature selection via dependence maximization", JMLR 13, 2012, eq. 5 (unbiased)
 */
export const linearCka = (a: Features, b: Features, { unbiased = false }: CkaOptions = {}): number => {
  const { k, l, n } = alignedGrams('linearCka', a, b)
  if (unbiased && n < 4)
    throw new OptionError(`linearCka: expected at least 4 examples for the unbiased estimate, got ${n}`)
  return aligned(unbiased ? unbiasedHsic : product, k, l, n)
}

/** The centred Gram matrices of two sets of features of the same examples. */
const alignedGrams = (name: string, a: Features, b: Features) => {
  checkFeatures(name, a)
  checkFeatures(name, b)
  const n = a.examples
  if (n !== b.examples)
    throw new OptionError(`${name}: expected features of the same examples, got ${n} and ${b.examples}`)
  const [k, l] = [centred(gramOf(a), n), centred(gramOf(b), n)]
  if (!(product(k, k) > 1e-20 && product(l, l) > 1e-20))
    throw new OptionError(`${name}: expected features that differ between examples, got the same for all`)
  return { k, l, n }
}

const aligned = (hsic: typeof unbiasedHsic, k: Float64Array, l: Float64Array, n: number): number =>
  hsic(k, l, n) / Math.sqrt(hsic(k, k, n) * hsic(l, l, n))

const without = (gram: Float64Array, n: number, left: number): Float64Array =>
  gram.filter((_, at) => Math.floor(at / n) !== left && at % n !== left)

/**
 * The part of each example in the unbiased estimate of {@link linearCka}: its jackknife pseudo-value.
 *
 * `v_i = n · CKA - (n - 1) · CKA_i`, where `CKA_i` is estimated without example i. Their mean estimates the likeness, and an
 * interval of their mean is one of the likeness over the choice of examples. Resampling with replacement would not do: an
 * example that is drawn twice is like itself. Throws `OptionError` as {@link linearCka} does, and for fewer than 5 examples.
 *
 * @example
 * ```ts
 * const a = { values: Float32Array.of(1, 2, 3, 5, 8), examples: 5, size: 1 }
 * expect([...ckaByExample(a, a)].map((value) => value.toFixed(6))).toEqual(Array(5).fill('1.000000'))
 * ```
 *
 * References:
 *   Arvesen, "Jackknifing U-statistics", Ann. Math. Statist. 40(6), 1969, §3, https://doi.org/10.1214/aoms/1177697287
 */
export const ckaByExample = (a: Features, b: Features): Float64Array => {
  const { k, l, n } = alignedGrams('ckaByExample', a, b)
  if (n < 5) throw new OptionError(`ckaByExample: expected at least 5 examples, got ${n}`)
  const whole = aligned(unbiasedHsic, k, l, n)
  return Float64Array.from(
    { length: n },
    (_, i) => n * whole - (n - 1) * aligned(unbiasedHsic, without(k, n, i), without(l, n, i), n - 1),
  )
}
