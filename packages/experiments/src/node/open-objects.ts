import { resolve } from 'node:path'

import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { Objects } from '../run/objects.ts'
import { bucketAddress, isBucket } from './bucket-address.ts'
import { objectBucket } from './object-bucket.ts'
import { objectFolder } from './object-folder.ts'

/**
 * Opens the objects that machines share: those of a bucket, `s3://BUCKET/PREFIX`, or else of a folder, whose path starts at
 * `from` unless it is absolute.
 */
export const openObjects = (from: string, store: string): TaskEither<ExperimentError, Objects> =>
  isBucket(store)
    ? pipe(TE.fromEither(bucketAddress(store)), TE.flatMap(objectBucket))
    : TE.right(objectFolder(resolve(from, store)))
