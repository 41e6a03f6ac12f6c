import { OptionError, ShapeError } from '@ptu/core'
import { scope, withGradient } from '@ptu/tensor'
import {
  cast,
  gather,
  getBackend,
  mul,
  notEqual,
  reshape,
  unsortedSegmentSum,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core'

import { lecunNormal, type Initializer } from './initializers.ts'
import type { Layer } from './layer.ts'
import { checkCount } from './options.ts'

/** Parameters of `embedding`. */
export type EmbeddingParams = {
  /** `[vocabulary, features]` */
  readonly table: Tensor
}

/** The options of {@link embedding}. */
export interface EmbeddingOptions {
  /**
   * True if token 0, or the one that `padding` names, is padding: its features are 0 whatever the table holds, and its row learns
   * nothing. Default false.
   */
  readonly masked?: boolean
  /** The token that is padding if `masked`, which is 1 in RoBERTa. Default 0. */
  readonly padding?: number
  /** Default {@link lecunNormal}. Each output reads one row, so the entries are drawn from N(0, 1). */
  readonly initializer?: Initializer
}

/** Backends whose data can be read at no cost. */
const readable: ReadonlySet<string> = new Set(['cpu', 'wasm', 'tensorflow'])

/**
 * A row of a table for each token, `[batch, steps] -> [batch, steps, features]`.
 *
 * `y[b,t] = table[x[b,t]]`; tokens are whole numbers from 0, int32 or float32, and have no gradient.
 *
 * Throws `OptionError` for counts that are no positive integers and for a token outside the vocabulary, on the backends
 * where that costs nothing (cpu, wasm, tensorflow; a GPU reads row 0 or zeros instead). Throws `ShapeError` for an
 * input that is no list of tokens.
 *
 * @example
 * ```ts
 * expect(embedding(5000, 32).output([20])).toEqual([20, 32])
 * ```
 *
 * References:
 *   Bengio, Ducharme, Vincent & Jauvin, "A neural probabilistic language model", JMLR 3, 2003, §2, https://www.jmlr.org/papers/v3/bengio03a.html
 */
export const embedding = (
  vocabulary: number,
  features: number,
  { masked = false, padding = 0, initializer = lecunNormal }: EmbeddingOptions = {},
): Layer<EmbeddingParams> => {
  const name = `embedding(${vocabulary}, ${features})`
  checkCount(name, 'vocabulary', vocabulary)
  checkCount(name, 'features', features)
  checkCount(name, 'padding', padding, 0)
  return {
    spec: { type: 'embedding', vocabulary, features, masked, ...(padding > 0 && { padding }) },
    structure: {
      kind: 'affine',
      scale: ({ table }, factor) => ({ table: mul(table, factor) }),
    },
    output: (input) => {
      const [steps = 0] = input
      if (input.length !== 1 || steps < 1)
        throw new ShapeError(`${name}: expected tokens [batch, steps], got [batch, ${input.join(', ')}]`)
      return [steps, features]
    },
    init: (key) => ({ table: initializer(key, [vocabulary, features], { in: 1, out: features }) }),
    apply: ({ table }, x) => {
      checkTokens(name, vocabulary, x)
      return scope(() => reshape(lookUp(table, x, masked ? padding : undefined), [...x.shape, features]))
    },
  }
}

/**
 * The rows of the tokens, `[tokens, features]`. It has its own gradient, because tfjs would pass one on to the tokens.
 */
const lookUp = (table: Tensor, x: Tensor, padding: number | undefined): Tensor =>
  withGradient(
    (save, [rows]) => {
      const tokens = cast(reshape(x, [x.size]), 'int32')
      const real = padding === undefined ? [] : [reshape(cast(notEqual(tokens, padding), 'float32'), [x.size, 1])]
      save([tokens, ...real])
      const blank = (y: Tensor, [mask]: readonly Tensor[]): Tensor => (mask ? mul(y, mask) : y)
      return {
        value: blank(gather(rows, tokens), real),
        gradient: (dy, [at = tokens, ...mask]) => [
          scope(() => unsortedSegmentSum(blank(dy, mask), at as Tensor1D, table.shape[0])),
        ],
      }
    },
    [table] as const,
  )

const checkTokens = (name: string, vocabulary: number, x: Tensor): void => {
  if (!readable.has(getBackend())) return
  const tokens = x.dataSync()
  const wrong = tokens.findIndex((token) => !(Number.isInteger(token) && token >= 0 && token < vocabulary))
  if (wrong >= 0)
    throw new OptionError(
      `${name}: expected tokens from 0 to ${vocabulary - 1}, got ${tokens[wrong]}; map tokens that are not in the vocabulary to one that stands for them`,
    )
}
