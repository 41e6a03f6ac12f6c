import { lstat } from 'node:fs/promises'
import { join } from 'node:path'

import { list, string, struct, type Decoder } from '@ptu/config'
import { isRecord, type Json } from '@ptu/core'
import { RunError, toRunError, UsageError, type ExperimentError } from '@ptu/experiments'
import { readBounded, readDocument, writeAtomically } from '@ptu/experiments/node'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer } from '../answer.ts'
import { byteSize } from '../format.ts'
import { isFile, modelLimit } from '../load-model.ts'

/** The files beside `model.json` and its weights that a page can use. */
const companions = ['labels.txt', 'parity.json', 'pixels.js', 'index.html']

/** Tells whether a folder has a `tf.LayersModel` that can be copied. */
export const hasLayersModel = (folder: string): Promise<boolean> => isFile(join(folder, 'model.json'))

/** Checks that no model would be replaced in a folder; a Left if one would. */
export const free = (folder: string, replaces: boolean): TE.TaskEither<ExperimentError, void> =>
  pipe(
    TE.fromTask(() =>
      lstat(join(folder, 'model.json')).then(
        () => true,
        () => false,
      ),
    ),
    TE.flatMap((taken) =>
      taken && !replaces
        ? TE.left(new UsageError(`${folder} holds a model already; replace it with --replace, or name another --out`))
        : TE.right(undefined),
    ),
  )

/** Copies the `tf.LayersModel` of a model folder, and the files that a page needs. */
export const copyLayersModel = (from: string, to: string): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    readDocument(join(from, 'model.json')),
    TE.flatMapEither((document) => weightsIn(document, from)),
    TE.bindTo('weights'),
    TE.bindW('others', () => TE.fromTask(() => present(from))),
    TE.bindW('files', ({ weights, others }) =>
      pipe(
        ['model.json', ...weights, ...others],
        TE.traverseSeqArray((name) =>
          pipe(
            copy(join(from, name), join(to, name)),
            TE.map((bytes) => ({ name, bytes })),
          ),
        ),
      ),
    ),
    TE.map(({ files, others }) => ({
      text: [
        `wrote to ${to}: ${files.map(({ name, bytes }) => `${name} (${byteSize(bytes)})`).join(', ')}`,
        others.includes('index.html')
          ? 'a tf.LayersModel, pixels in and probabilities out, no ptu needed; index.html shows how a page uses it'
          : 'a tf.LayersModel, encoded rows in and probabilities out, no ptu needed; its metadata hold the encoding',
      ].join('\n'),
      json: { folder: to, files },
    })),
  )

const present = async (folder: string): Promise<readonly string[]> => {
  const found = await Promise.all(companions.map((name) => isFile(join(folder, name))))
  return companions.filter((_, i) => found[i] === true)
}

const copy = (from: string, to: string): TE.TaskEither<RunError, number> =>
  pipe(
    readBounded(from, modelLimit),
    TE.tap((bytes) => writeAtomically(to, bytes)),
    TE.bimap(toRunError, (bytes) => bytes.length),
  )

const group = struct({ paths: list(string, { max: 1000 }) })

const pathsOf: Decoder<{ readonly paths: readonly string[] }> = (input, path) =>
  group(isRecord(input) ? { paths: input['paths'] } : input, path)

/** The files of weights that a `model.json` names; only plain names, so that no path leaves its folder. */
const weightsIn = (document: Json, folder: string): E.Either<RunError, readonly string[]> =>
  pipe(
    list(pathsOf, { min: 1, max: 1000 })(isRecord(document) ? document['weightsManifest'] : undefined, []),
    E.map((groups) => groups.flatMap(({ paths }) => paths)),
    E.mapLeft(() => new RunError(`expected ${folder}/model.json to name its weights, it does not`)),
    E.filterOrElse(
      (names) => names.every((name) => /^[\w-][\w .-]*$/.test(name)),
      (names) =>
        new RunError(`expected plain names of files of weights in ${folder}/model.json, got ${names.join(', ')}`),
    ),
  )
