import { bytesIn, sha256 } from '@ptu/core'
import { readPhotos, type Dataset } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { toRunError, UsageError, type ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import type { InputRule } from '../sources/portable-network.ts'
import { inSharedMemory } from '../tasks/shared-memory.ts'
import type { LabelledData } from './labelled-data.ts'

/** The options of reading labelled files. */
export interface ReadOptions {
  readonly test: string | undefined
  readonly strict: boolean
  readonly signal: AbortSignal
  readonly onStep: OnStep
}

/** Reads labelled images as a network wants them. */
export const readLabelled = (
  path: string,
  { image }: Pick<InputRule, 'image'>,
  { test, strict, signal, onStep }: ReadOptions,
): TE.TaskEither<ExperimentError, LabelledData> => {
  if (image === null) return TE.left(new UsageError('expected a source that reads images; name one with --model'))
  return pipe(
    readPhotos(path, image, { strict, signal, progress: onStep, ...(test !== undefined && { test }) }),
    TE.mapLeft(toRunError),
    TE.flatMapTask((photos) => async () => ({
      train: inSharedMemory(photos.train),
      test: photos.test && inSharedMemory(photos.test),
      files: photos.files.train,
      unreadable: photos.unreadable,
      counts: photos.counts,
      digest: await digestOfPhotos(photos.train, photos.test),
    })),
  )
}

/** The SHA-256 of labelled images, as a training remembers them. */
export const digestOfPhotos = async (train: Dataset, test: Dataset | undefined): Promise<string> => {
  const parts = [train, ...(test ? [test] : [])].flatMap(({ features, labels, classes, shape }) => [
    sha256(JSON.stringify([shape, classes])),
    sha256(bytesIn(features)),
    sha256(bytesIn(labels)),
  ])
  return sha256((await Promise.all(parts)).join('\n'))
}
