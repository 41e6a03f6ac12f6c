import { bytesIn, sha256 } from '@ptu/core'
import { readPhotos, type Dataset, type PhotoColumns } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { KeptExamples } from '../models/kept-examples.ts'
import { toRunError, UsageError, type ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import type { InputRule } from '../sources/portable-network.ts'
import { inSharedMemory } from '../tasks/shared-memory.ts'
import type { LabelledData } from './labelled-data.ts'

/** The options of reading labelled files. */
export interface ReadOptions {
  readonly test: string | undefined
  readonly strict: boolean
  /** Draws the rows and texts that are learnt from where there are too many. */
  readonly seed: number
  /** The examples of an earlier training that come before those that are read. */
  readonly earlier?: KeptExamples | undefined
  readonly signal: AbortSignal
  readonly onStep: OnStep
}

/** Reads labelled images as a network wants them. */
export const readLabelled = (
  path: string,
  { image, columns }: Pick<InputRule, 'image'> & { readonly columns?: PhotoColumns },
  { test, strict, signal, onStep, earlier }: ReadOptions,
): TE.TaskEither<ExperimentError, LabelledData> => {
  if (image === null) return TE.left(new UsageError('expected a source that reads images; name one with --model'))
  return pipe(
    readPhotos(path, image, {
      ...{ strict, signal, progress: onStep },
      ...(test !== undefined && { test }),
      ...(columns && { columns }),
      ...(earlier && { classes: earlier.examples.classes }),
    }),
    TE.mapLeft(toRunError),
    TE.flatMapTask((photos) => async () => ({
      train: inSharedMemory(photos.train),
      test: photos.test && inSharedMemory(photos.test),
      files: [...(earlier?.files ?? []), ...photos.files.train],
      testFiles: photos.files.test ?? [],
      unreadable: photos.unreadable,
      warnings: photos.warnings,
      ...(photos.columns && { columns: photos.columns }),
      counts: photos.counts.map((count, label) => ({ ...count, train: count.train + countOf(earlier, label) })),
      digest: await digestOfPhotos(photos.train, photos.test, earlier?.examples),
    })),
  )
}

/** The number of earlier examples of a class. */
const countOf = (earlier: KeptExamples | undefined, label: number): number =>
  earlier?.examples.labels.reduce((sum, own) => sum + Number(own === label), 0) ?? 0

/** The SHA-256 of labelled images, as a training remembers them. */
export const digestOfPhotos = async (train: Dataset, test: Dataset | undefined, earlier?: Dataset): Promise<string> => {
  const parts = [train, ...(test ? [test] : []), ...(earlier ? [earlier] : [])].flatMap(
    ({ features, labels, classes, shape, targets }) => [
      sha256(JSON.stringify([shape, classes])),
      sha256(bytesIn(features)),
      sha256(targets === undefined ? bytesIn(labels) : bytesIn(targets.values)),
    ],
  )
  return sha256((await Promise.all(parts)).join('\n'))
}
