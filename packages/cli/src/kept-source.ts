import { dirname, join } from 'node:path'

import { sha256 } from '@ptu/core'
import { decodeNetwork, RunError, toRunError, type PortableNetwork } from '@ptu/experiments'
import { readBounded } from '@ptu/experiments/node'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { ModelParts } from './continued-model.ts'
import { modelLimit } from './load-model.ts'

/** The file beside a model of `ptu transfer` that holds the source which the method got. */
export const sourceName = 'source.safetensors'

/** The source of a model and the number of the model's blocks before it, which no method trains. */
export interface KeptSource {
  readonly cut: number
  readonly rest: PortableNetwork
}

/** Reads the source that is kept beside the file of a model; a Left where it is damaged or of another model. */
export const keptSource = (model: string, { body }: ModelParts): TE.TaskEither<RunError, KeptSource> => {
  const path = join(dirname(model), sourceName)
  return pipe(
    readBounded(path, modelLimit),
    TE.flatMap((bytes) => decodeNetwork(bytes)),
    TE.bindTo('rest'),
    TE.bindW('bytes', () => readBounded(model, modelLimit)),
    TE.bindW('digest', ({ bytes }) => TE.fromTask(() => sha256(Uint8Array.from(bytes)))),
    TE.mapLeft((error) => toRunError(error)),
    TE.map(({ rest, digest }) => ({
      rest,
      cut: body.length - rest.blocks.length,
      isOwn: rest.metadata['model'] === digest,
    })),
    TE.filterOrElse(
      ({ isOwn, cut, rest }) => isOwn && rest.blocks.every(({ name }, i) => body[cut + i]?.name === name),
      () => new RunError(`${sourceName} belongs to another model`),
    ),
  )
}
