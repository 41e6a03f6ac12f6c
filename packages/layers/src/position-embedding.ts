import type { EmbeddingParams } from './embedding.ts'
import type { Initializer } from './initializers.ts'
import type { Layer } from './layer.ts'
import { checkSteps, firstRows, learntSteps } from './learnt-steps.ts'
import type { MaskedOptions } from './sequence.ts'

/** The options of {@link positionEmbedding} and {@link typeEmbedding}. */
export interface PositionEmbeddingOptions extends MaskedOptions {
  /** Default a truncated N(0, 0.02²). */
  readonly initializer?: Initializer
}

/**
 * A learnt vector for each position, `[batch, steps, features]` to the same: `y[b,t] = table[t]`, whatever the input's numbers.
 *
 * It is added to a sequence by `residual`. The table is `[positions, features]`; a sequence of fewer steps takes the first rows.
 * If masked, steps of padding give zeros. Positions count from the first step, so padding stands after the real ones.
 *
 * Throws `OptionError` for a number of positions that is no positive integer, `ShapeError` for more steps than positions.
 *
 * @example
 * ```ts
 * const words = serial(embedding(5000, 32, { masked: true }), residual(positionEmbedding(128, { masked: true })))
 * expect(words.output([20])).toEqual([20, 32])
 * ```
 *
 * References:
 *   Gehring, Auli, Grangier, Yarats & Dauphin, "Convolutional sequence to sequence learning", ICML 2017, §3.1, https://arxiv.org/abs/1705.03122
 */
export const positionEmbedding = (
  positions: number,
  { masked = false, initializer }: PositionEmbeddingOptions = {},
): Layer<EmbeddingParams> => {
  const name = `positionEmbedding(${positions})`
  return learntSteps({
    spec: { type: 'positionEmbedding', positions, masked },
    ...{ name, masked, rows: positions, ...(initializer && { initializer }) },
    check: (steps) => {
      checkSteps(name, positions, steps)
    },
    pick: firstRows,
  })
}

/**
 * A learnt vector that is the same at every step, `[batch, steps, features]` to the same: `y[b,t] = table[0]`.
 *
 * BERT tells the first text of a pair from the second by such vectors, and its table is `[types, features]`. Here a sequence is
 * one text, the first: the other rows are kept and learn nothing. It is added to a sequence by `residual`. If masked, steps of
 * padding give zeros.
 *
 * Throws `OptionError` for a number of types that is no positive integer.
 *
 * @example
 * ```ts
 * const sum = residual(typeEmbedding(2, { masked: true }))
 * expect(sum.output([20, 32])).toEqual([20, 32])
 * ```
 *
 * References:
 *   Devlin, Chang, Lee & Toutanova, "BERT: pre-training of deep bidirectional transformers for language understanding", NAACL 2019, §3, https://arxiv.org/abs/1810.04805
 */
export const typeEmbedding = (
  types: number,
  { masked = false, initializer }: PositionEmbeddingOptions = {},
): Layer<EmbeddingParams> =>
  learntSteps({
    spec: { type: 'typeEmbedding', types, masked },
    ...{ name: `typeEmbedding(${types})`, masked, rows: types, ...(initializer && { initializer }) },
    check: () => undefined,
    pick: (table) => firstRows(table, 1),
  })
