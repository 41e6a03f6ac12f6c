import { basename } from 'node:path'

import { RunError, toRunError } from '@ptu/experiments'
import type { NamedBytes } from '@ptu/formats'
import { filesBeside } from '@ptu/formats/node'
import { readFile } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { modelLimit } from './load-model.ts'

/** Reads a file of a model with the files beside it that it needs. */
export const readForeign = (path: string): TE.TaskEither<RunError, NamedBytes> =>
  pipe(
    readFile(path, modelLimit),
    TE.flatMap((bytes) =>
      pipe(
        filesBeside(path, bytes),
        TE.map((others) => ({ name: basename(path), bytes, ...others })),
      ),
    ),
    TE.mapLeft(toRunError),
  )
