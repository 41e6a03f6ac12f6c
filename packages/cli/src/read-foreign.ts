import { basename } from 'node:path'

import { RunError, toRunError } from '@ptu/experiments'
import type { NamedBytes } from '@ptu/formats'
import { readNamed } from '@ptu/formats/node'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { modelLimit } from './load-model.ts'

/** A file of a model and the files beside it that it needs; their numbers are read as they are asked for. */
export const readForeign = (path: string): TE.TaskEither<RunError, NamedBytes> =>
  pipe(
    readNamed(path, modelLimit),
    TE.bimap(toRunError, (file) => ({ ...file, name: basename(path) })),
  )
