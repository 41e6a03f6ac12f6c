import { OptionError, permutation, type Key } from '@ptu/core'
import { fitProbe, probeLogits } from '@ptu/trainer'

import { checkFeatures, checkLabels, type Features } from './features.ts'

/** Learns from some examples and returns the probabilities of the classes for others, `[others, classes]`, row by row. */
export type Learner = (train: readonly number[], others: readonly number[]) => Promise<ArrayLike<number>>

/** The options of {@link codeLength}. */
export interface CodeLengthOptions {
  /** `[examples]`, counted from 0. */
  readonly labels: ArrayLike<number>
  readonly learn: Learner
  /** Draws the order in which the labels are sent. */
  readonly key: Key
  /** The number of labels that are sent before anything is learnt; twice the number of classes unless given. */
  readonly first?: number
}

/** The labels that are sent between one learning and the next. */
export interface CodedPortion {
  /** The number of examples that were learnt from. */
  readonly learntFrom: number
  readonly labels: number
  /** The bits that these labels take. */
  readonly bits: number
}

/** The length of a code for labels. */
export interface CodeLength {
  /** The bits of all labels: lower where fewer labels teach more. */
  readonly bits: number
  /** The bits without learning, `n · log2 C`. */
  readonly uniformBits: number
  readonly portions: readonly CodedPortion[]
}

/**
 * The prequential code length of labels: the bits it takes to send them where sender and receiver both learn, again and
 * again, from those already sent. One number for how well and from how few labels a strategy learns.
 *
 * `Σ_i -log2 p_i(y_i)`, where `p_i` was learnt from the labels of earlier portions. The first portion is sent as it is, by
 * `log2 C` bits a label, and each learning is from twice as many labels as the last. Probabilities are mixed with a uniform
 * one, `(n·p + 1) / (n + C)` after `n` labels, so that a class not seen yet has a finite code (this project's choice).
 *
 * Rejects with `OptionError` for labels of one class, a `first` out of range, or what are no probabilities.
 *
 * @example
 * ```ts
 * const labels = Array.from({ length: 32 }, (_, i) => i % 2)
 * const perfect: Learner = async (_train, others) => others.flatMap((i) => (labels[i] === 0 ? [1, 0] : [0, 1]))
 * const { bits, uniformBits } = await codeLength({ labels, learn: perfect, key: key(0) })
 * expect(uniformBits).toBe(32)
 * expect(bits).toBeLessThan(10)
 * ```
 *
 * References:
 *   Dawid, "Present position and potential developments: the prequential approach", JRSS A 147, 1984, https://doi.org/10.2307/2981683
 *   Blier & Ollivier, "The description length of deep learning models", NeurIPS 2018, §3.4, https://arxiv.org/abs/1802.07044
 */
export const codeLength = async ({ labels, learn, key, first }: CodeLengthOptions): Promise<CodeLength> => {
  const examples = labels.length
  const classes = checkLabels('codeLength', labels, examples)
  const begin = first ?? Math.min(2 * classes, examples)
  if (!(Number.isSafeInteger(begin) && begin >= 1 && begin <= examples))
    throw new OptionError(`codeLength: expected a first portion from 1 to ${examples} labels, got ${begin}`)
  const order = [...permutation(key, examples)]
  const portions: CodedPortion[] = [{ learntFrom: 0, labels: begin, bits: begin * Math.log2(classes) }]
  for (let sent = begin; sent < examples; sent *= 2) {
    const [train, others] = [order.slice(0, sent), order.slice(sent, 2 * sent)]
    const probabilities = await learn(train, others)
    if (probabilities.length !== others.length * classes)
      throw new OptionError(
        `codeLength: expected probabilities of ${classes} classes for ${others.length} examples, got ${probabilities.length} numbers`,
      )
    const bits = others.map((example, i) => {
      const p = probabilities[i * classes + (labels[example] as number)] as number
      if (!(p >= 0 && p <= 1 + 1e-6)) throw new OptionError(`codeLength: expected probabilities from 0 to 1, got ${p}`)
      return -Math.log2((sent * p + 1) / (sent + classes))
    })
    portions.push({ learntFrom: sent, labels: others.length, bits: bits.reduce((sum, b) => sum + b, 0) })
  }
  return {
    bits: portions.reduce((sum, portion) => sum + portion.bits, 0),
    uniformBits: examples * Math.log2(classes),
    portions,
  }
}

/**
 * A {@link Learner} that fits a linear probe to features, as a frozen network with a new head does.
 *
 * Throws `OptionError` for features that are not finite, or labels that do not fit.
 */
export const probeLearner = (features: Features, labels: ArrayLike<number>, key: Key): Learner => {
  checkFeatures('probeLearner', features)
  const classes = checkLabels('probeLearner', labels, features.examples)
  const { size } = features
  const rowsAt = (places: readonly number[]): Float32Array => {
    const rows = new Float32Array(places.length * size)
    places.forEach((place, i) => {
      rows.set(features.values.subarray(place * size, (place + 1) * size), i * size)
    })
    return rows
  }
  return (train, others) => {
    const own = Int32Array.from(train, (i) => labels[i] as number)
    const logits = probeLogits(fitProbe({ features: rowsAt(train), size, labels: own, classes, key }), rowsAt(others))
    return Promise.resolve(
      others.flatMap((_, i) => {
        const row = logits.subarray(i * classes, (i + 1) * classes)
        const most = Math.max(...row)
        const total = row.reduce((sum, z) => sum + Math.exp(z - most), 0)
        return Array.from(row, (z) => Math.exp(z - most) / total)
      }),
    )
  }
}
