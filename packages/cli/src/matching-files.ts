import { basename, dirname, join } from 'node:path'

import { isRecord, sha256, sourceOf, type ByteSource } from '@ptu/core'
import { RunError } from '@ptu/experiments'
import { readDocument } from '@ptu/experiments/node'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

/** The SHA-256 of files, by their names. */
export type Digests = Readonly<Record<string, string>>

/** The SHA-256 of the contents of files. */
export const digestsOf = async (files: Readonly<Record<string, Uint8Array>>): Promise<Digests> =>
  Object.fromEntries(
    await Promise.all(Object.entries(files).map(async ([name, bytes]) => [name, await sha256(bytes)] as const)),
  )

/**
 * Checks that a file of a model folder is the one that the `model.json` beside it was made with. A folder without
 * `model.json`, or one that names no digest of the file, is taken as it is.
 */
export const matching = (path: string, bytes: Uint8Array | ByteSource): TE.TaskEither<RunError, void> =>
  pipe(
    TE.fromTask(readDocument(join(dirname(path), 'model.json'))),
    TE.map((document) => (E.isRight(document) ? digestIn(document.right, basename(path)) : undefined)),
    TE.flatMap((wanted) =>
      TE.fromTask(
        async () => wanted === undefined || wanted === (await sha256(sourceOf(bytes).range(0, bytes.length))),
      ),
    ),
    TE.filterOrElse(
      (matches) => matches,
      () =>
        new RunError(
          `${path} is not the file that model.json beside it was made with: one of the two was replaced; ` +
            'keep each model in a folder of its own, or train it again',
        ),
    ),
    TE.map(() => undefined),
  )

const digestIn = (document: unknown, name: string): string | undefined => {
  const metadata = isRecord(document) ? document['userDefinedMetadata'] : undefined
  const own = isRecord(metadata) ? metadata['ptu'] : undefined
  const digests = isRecord(own) ? own['sha256'] : undefined
  const found = isRecord(digests) && Object.hasOwn(digests, name) ? digests[name] : undefined
  return typeof found === 'string' ? found : undefined
}
