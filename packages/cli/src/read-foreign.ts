import { basename } from 'node:path'

import { RunError, toRunError } from '@ptu/experiments'
import type { NamedBytes } from '@ptu/formats'
import { descriptionBeside } from '@ptu/formats/node'
import { readFile } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { modelLimit } from './load-model.ts'

/** Reads a file of a model and, for weights of Keras, the description beside it. */
export const readForeign = (path: string): TE.TaskEither<RunError, NamedBytes> =>
  pipe(
    readFile(path, modelLimit),
    TE.flatMap((bytes) =>
      pipe(
        path.endsWith('.h5') ? descriptionBeside(path) : TE.right(undefined),
        TE.map((description) => ({ name: basename(path), bytes, ...(description && { description }) })),
      ),
    ),
    TE.mapLeft(toRunError),
  )
