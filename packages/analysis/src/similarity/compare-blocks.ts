import { OptionError, type Key } from '@ptu/core'
import { fitProbe } from '@ptu/trainer'

import { linearCka, type CkaOptions } from './cka.ts'
import { checkFeatures, checkLabels, type BlockFeatures } from './features.ts'

/** The likeness of the outputs of a block in two networks. */
export interface BlockSimilarity {
  readonly block: string
  readonly cka: number
}

/**
 * Compares the outputs of each block of two networks, such as a source and what became of it, on the same examples.
 *
 * Blocks are matched by name; those of one network alone, such as a head, are left out. Throws `OptionError` where no names
 * match, and what {@link linearCka} throws.
 *
 * @example
 * ```ts
 * const body = mlp([6, 5])
 * const found = await blockFeatures(openBlocks(body, initBody(body, key(0), [3])), normal(key(1), [9, 3]))
 * expect(compareBlocks(found, found).map(({ block, cka }) => [block, Math.round(cka)])).toEqual([['dense1', 1], ['dense2', 1]])
 * ```
 */
export const compareBlocks = (
  a: readonly BlockFeatures[],
  b: readonly BlockFeatures[],
  options: CkaOptions = {},
): readonly BlockSimilarity[] => {
  const others = new Map(b.map((features) => [features.block, features]))
  const found = a.flatMap((features) => {
    const other = others.get(features.block)
    return other === undefined ? [] : [{ block: features.block, cka: linearCka(features, other, options) }]
  })
  if (found.length === 0)
    throw new OptionError(
      `compareBlocks: expected blocks of the same names, got ${a.map(({ block }) => block).join(', ')} and ${b.map(({ block }) => block).join(', ')}`,
    )
  return found
}

/** The options of {@link probeBlocks}. */
export interface ProbeBlocksOptions {
  /** `[examples]`, counted from 0. */
  readonly labels: ArrayLike<number>
  /** Draws which examples are held out together: the same for every block. */
  readonly key: Key
  /** A name for each example; examples of one name are held out together. */
  readonly groups?: ArrayLike<string | number>
}

/** The quality of a linear classifier that reads the classes off the output of a block. */
export interface ProbedBlock {
  readonly block: string
  /** The part of held-out examples that it gets right. */
  readonly accuracy: number
  /** The mean of `-log p` of their class over held-out examples. */
  readonly logLoss: number
  /** The number of examples that were judged: those whose class the other folds have. */
  readonly judged: number
}

/**
 * Fits a linear probe to the outputs of each block and judges it on examples that were held out: where in the network the
 * classes become linear.
 *
 * Throws `OptionError` for labels of one class or that do not fit, or features that are not finite.
 *
 * @example
 * ```ts
 * const blocks = openBlocks(mlp([8]), initBody(mlp([8]), key(0), [2]))
 * const x = tensor2d([[0, 3], [0, 4], [1, 5], [5, 0], [4, 0], [3, 1]])
 * const found = probeBlocks(await blockFeatures(blocks, x), { labels: [0, 0, 0, 1, 1, 1], key: key(1) })
 * expect(found[0]?.accuracy).toBe(1)
 * ```
 *
 * References:
 *   Alain & Bengio, "Understanding intermediate layers using linear classifier probes", ICLR workshop 2017, §3, https://arxiv.org/abs/1610.01644
 */
export const probeBlocks = (
  features: readonly BlockFeatures[],
  { labels, key, groups }: ProbeBlocksOptions,
): readonly ProbedBlock[] =>
  features.map((own) => {
    checkFeatures('probeBlocks', own)
    const classes = checkLabels('probeBlocks', labels, own.examples)
    const { heldOut } = fitProbe({
      features: Float32Array.from(own.values),
      size: own.size,
      labels: Int32Array.from(labels),
      classes,
      key,
      ...(groups !== undefined && { groups }),
    })
    const rows = Array.from(labels, (label, i) => ({ label, logs: heldOut.subarray(i * classes, (i + 1) * classes) }))
    const judged = rows.filter(({ logs, label }) => !Number.isNaN(logs[label] as number))
    const mean = (of: (row: (typeof rows)[number]) => number): number =>
      judged.reduce((sum, row) => sum + of(row), 0) / judged.length
    return {
      block: own.block,
      accuracy: mean(({ label, logs }) => (logs.every((log) => log <= (logs[label] as number)) ? 1 : 0)),
      logLoss: mean(({ label, logs }) => -(logs[label] as number)),
      judged: judged.length,
    }
  })
