import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { decode, list, literal, string, struct } from '@ptu/config'
import { RunError } from '@ptu/experiments'
import { readDocument } from '@ptu/experiments/node'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { isFile } from './load-model.ts'

/** The file of a model folder that names the examples of its training by their digests. */
export const trainedOnFile = 'trained-on.json'

const schema = 'ptu-trained-on/1'

const document = struct({ schema: literal(schema), examples: list(string, { max: 10_000_000 }) })

/** The way on where the file is broken: without it nothing tells which examples were learnt from. */
const remedy =
  'copy the folder of the model anew, or delete the file: examples of the training then count as new ones, so give data that it never saw'

/** The content of the file. */
export const encodeTrainedOn = (digests: readonly string[]): string => JSON.stringify({ schema, examples: digests })

/** The digests of the examples that a model was trained on; empty where its folder does not say, or there is none. */
export const trainedOn = (model: string): TE.TaskEither<RunError, ReadonlySet<string>> => {
  const path = join(model, trainedOnFile)
  return pipe(
    TE.fromTask(async () => (await stat(model).catch(() => undefined))?.isDirectory() === true && (await isFile(path))),
    TE.flatMap((is) => (is ? readDocument(path) : TE.right({ schema, examples: [] }))),
    TE.flatMapEither(decode(document, `${path} does not name the examples of a training:`)),
    TE.bimap(
      ({ message }) => new RunError(`${message}\n  ${remedy}`),
      ({ examples }) => new Set(examples),
    ),
  )
}
