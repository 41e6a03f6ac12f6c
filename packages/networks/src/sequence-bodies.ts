import {
  bidirectional,
  embedding,
  flatten,
  gru,
  lastStep,
  lstm,
  meanOverTime,
  serial,
  timeDistributed,
  type Initializer,
} from '@ptu/layers'

import type { Body } from './source.ts'

/** The sizes of a {@link tagger}. */
export interface TaggerOptions {
  /** The number of tokens, with the one for padding, 0. */
  readonly vocabulary: number
  /** Default 32. */
  readonly features?: number
  /** Units in each direction; default 32. */
  readonly units?: number
  /** Default `'gru'`. */
  readonly cell?: 'gru' | 'lstm'
}

/**
 * Reads an image row by row: `[rows, ...] -> [units]`, one block `rows`, a GRU whose last state is the output.
 *
 * Nothing is masked: a blank row is a row.
 *
 * @example
 * ```ts
 * expect(withHead(rowReader(48), dense(10)).output([28, 28, 1])).toEqual([10])
 * ```
 *
 * References:
 *   Le, Jaitly & Hinton, "A simple way to initialize recurrent networks of rectified linear units", 2015, §4.2, https://arxiv.org/abs/1504.00941 (pixel by pixel)
 */
export const rowReader = (units = 64): Body => [
  { name: 'rows', layer: serial(timeDistributed(flatten), gru(units), lastStep()) },
]

/**
 * Reads tokens from both ends: `[steps] -> [steps, 2·units]`, blocks `embedding` and `context`. Token 0 is padding: it
 * gives zeros and does not change the outputs of other tokens.
 *
 * The head of a tagger is `timeDistributed(dense(tags), { masked: true })`.
 *
 * @example
 * ```ts
 * const body = tagger({ vocabulary: 5000 })
 * expect(withHead(body, timeDistributed(dense(12), { masked: true })).output([20])).toEqual([20, 12])
 * ```
 *
 * References:
 *   Huang, Xu & Yu, "Bidirectional LSTM-CRF models for sequence tagging", 2015, §2.2, https://arxiv.org/abs/1508.01991
 */
export const tagger = ({ vocabulary, features = 32, units = 32, cell = 'gru' }: TaggerOptions): Body => [
  { name: 'embedding', layer: embedding(vocabulary, features, { masked: true }) },
  { name: 'context', layer: bidirectional({ gru, lstm }[cell](units, { masked: true })) },
]

/** The options of {@link textReader}. */
export interface TextReaderOptions extends Omit<TaggerOptions, 'cell'> {
  /** The start of the vectors of the tokens, such as vectors that were trained elsewhere; that of `embedding` unless given. */
  readonly initializer?: Initializer
}

/**
 * Reads a text to one vector: `[steps] -> [2·units]`, blocks `embedding` and `context`, an LSTM from both ends whose states are averaged
 * over the tokens. Token 0 is padding and does not count.
 *
 * @example
 * ```ts
 * expect(withHead(textReader({ vocabulary: 5000 }), dense(3)).output([20])).toEqual([3])
 * ```
 *
 * References:
 *   Conneau, Kiela, Schwenk, Barrault & Bordes, "Supervised Learning of Universal Sentence Representations", EMNLP 2017, §3.2.2, https://arxiv.org/abs/1705.02364
 */
export const textReader = ({ vocabulary, features = 32, units = 32, initializer }: TextReaderOptions): Body => [
  { name: 'embedding', layer: embedding(vocabulary, features, { masked: true, ...(initializer && { initializer }) }) },
  { name: 'context', layer: serial(bidirectional(lstm(units, { masked: true })), meanOverTime({ masked: true })) },
]
