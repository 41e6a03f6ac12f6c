import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'

import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { UsageError, type ExperimentError } from '../errors.ts'
import type { Objects } from '../run/objects.ts'
import { bucketAddress, isBucket } from './bucket-address.ts'
import { objectBucket } from './object-bucket.ts'
import { objectFolder } from './object-folder.ts'

/**
 * Opens the objects that machines share: those of a bucket, `s3://BUCKET/PREFIX`, or else of a folder, whose path starts at
 * `from` unless it is absolute. A Left if that is a file; it need not be there.
 */
export const openObjects = (from: string, store: string): TaskEither<ExperimentError, Objects> =>
  isBucket(store) ? pipe(TE.fromEither(bucketAddress(store)), TE.flatMap(objectBucket)) : inFolder(resolve(from, store))

const inFolder = (path: string): TaskEither<UsageError, Objects> =>
  pipe(
    TE.fromTask(async () => (await stat(path).catch(() => undefined))?.isDirectory() ?? true),
    TE.flatMap((is) =>
      is
        ? TE.right(objectFolder(path))
        : TE.left(new UsageError(`--store: expected a folder or s3://BUCKET/PREFIX, ${path} is a file`)),
    ),
  )
