import { dirname, join } from 'node:path'

import { RunError, toRunError, type ExperimentError, type OpenedNetwork, type OpenOptions } from '@ptu/experiments'
import { decodeLayersModel, type StoredLayersModel } from '@ptu/formats'
import { readFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { openStored } from './open-layers-model.ts'

/** The files of the package are smaller by far. */
const limit = 2 ** 26

/** True for the file of weights of the npm package nsfwjs. */
export const isNsfwjs = (path: string): boolean => path.endsWith('.min.js')

/**
 * Opens the network that the npm package nsfwjs ships as two scripts: its weights in base64, and beside them its description.
 *
 * The scripts are read as text, and nothing of them is run. Pixels are from 0 to 1, and images are squashed, as nsfwjs does.
 */
export const openNsfwjs = (path: string, wanted: OpenOptions): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    TE.Do,
    TE.bind('weights', () => readFile(path, limit)),
    TE.bind('description', () => readFile(join(dirname(path), 'model.min.js'), limit)),
    TE.mapLeft((error): ExperimentError => toRunError(error)),
    TE.flatMapEither(({ weights, description }) => storedIn(textOf(description), textOf(weights))),
    TE.mapLeft((error) => new RunError(`cannot open ${path}: ${error.message}`)),
    TE.flatMap((model) =>
      openStored(
        model,
        { name: 'nsfwjs', title: 'MobileNetV2 of nsfwjs', path, fit: 'squash' },
        // Its pooling fits maps of one size only; the last map is the same at every size.
        { ...wanted, range: wanted.range ?? '0..1', until: wanted.until ?? 'out_relu' },
      ),
    ),
  )

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Finds the model in the two scripts. */
export const storedIn = (description: string, weights: string): E.Either<Error, StoredLayersModel> => {
  const literal = /\.exports=(\{modelTopology.*\})\},\{\}\]/s.exec(description)?.[1]
  const numbers = /\.exports="([A-Za-z0-9+/=]+)"/.exec(weights)?.[1]
  if (literal === undefined || numbers === undefined)
    return E.left(new Error('expected the scripts of nsfwjs 4.3, with a description and weights in base64'))
  return pipe(
    E.tryCatch(() => JSON.parse(jsonOf(literal)) as unknown, E.toError),
    E.flatMap((json) => decodeLayersModel(json, Uint8Array.from(Buffer.from(numbers, 'base64')))),
  )
}

/** Writes a minified literal of JavaScript, of records, lists, texts, numbers, true and false, as JSON. */
const jsonOf = (literal: string): string =>
  literal.replace(
    /"(?:[^"\\]|\\.)*"|(?<=[{,])[A-Za-z_$][\w$]*(?=:)|!0|!1|(?<![\w.])\.(?=\d)/g,
    (found) => spelled[found] ?? (found.startsWith('"') ? found : `"${found}"`),
  )

const spelled: Readonly<Record<string, string>> = { '!0': 'true', '!1': 'false', '.': '0.' }
