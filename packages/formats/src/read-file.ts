import { messageOf, sourceOf, type ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'
import { FileError, readFile } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'

import { attempt } from './attempt.ts'
import { fileSource } from './file-source.ts'
import { isHdf5 } from './hdf5/read-hdf5.ts'
import { huggingFaceFiles, isFolder } from './hugging-face/read-folder.ts'
import { insideFolder } from './inside-folder.ts'
import { describedKeras } from './layers-model/described-keras.ts'
import { readLayersModel } from './layers-model/read-layers-model.ts'
import { decodeMessages, externalLocations } from './onnx/decode-model.ts'
import { isOnnx } from './onnx/wire.ts'
import { describedFile, folderModelFrom, modelFrom, type ModelFile, type OpenOptions } from './open-model.ts'
import { readTensorFile, type NamedBytes } from './read-tensor-file.ts'
import { joinShards, readShardIndex } from './safetensors/join-shards.ts'
import type { TensorFile } from './stored-tensor.ts'

/** Larger files are refused before they are read. */
const limits = { weights: 2 ** 32, index: 2 ** 26 }

type Failure = FileError | ImportError

/**
 * The tensors of a file, or of the files that a `model.safetensors.index.json` names beside it.
 *
 * Nothing is fetched, and no file outside the index's folder is read. A Left says what is wrong with which file.
 */
export const readTensors = (path: string): TE.TaskEither<Failure, TensorFile> =>
  path.endsWith('.index.json') ? readSharded(path) : readOne(path)

/**
 * `openModel` of a file, of a sharded one by its index, or of a tf.LayersModel by its `model.json`; `openHuggingFace` of a folder.
 *
 * Weights of Keras that do not describe their model are read with the `config.json` beside them.
 *
 * @example
 * ```ts
 * const opened = await readModel('mobilenet_v2-b0353104.pth', { input: [96, 96, 3] })()
 * expect(E.isLeft(opened) && opened.left.message).toContain('it does not exist')
 * ```
 */
export const readModel = (path: string, options: OpenOptions = {}): TE.TaskEither<Failure, ModelFile> =>
  pipe(
    TE.fromTask<boolean, Failure>(() => isFolder(path)),
    TE.flatMap((folder) => (folder ? readFolder(path, options) : readModelFile(path, options))),
  )

const readFolder = (path: string, options: OpenOptions): TE.TaskEither<Failure, ModelFile> =>
  pipe(
    huggingFaceFiles(path),
    TE.flatMap(({ weights, descriptions }) =>
      pipe(
        readTensors(weights),
        TE.flatMapEither((file) => attempt(() => folderModelFrom(file, descriptions, options))),
      ),
    ),
    TE.mapLeft((error) =>
      error instanceof ImportError && !error.message.startsWith(path)
        ? new ImportError(`${path}: ${error.message}`, { cause: error })
        : error,
    ),
  )

const readModelFile = (path: string, options: OpenOptions): TE.TaskEither<Failure, ModelFile> =>
  path.endsWith('.json') && !path.endsWith('.index.json')
    ? pipe(
        readLayersModel(path),
        TE.flatMapEither((model) =>
          attempt(() => describedFile({ format: 'tf.LayersModel', facts: {} }, describedKeras(model), options.input)),
        ),
      )
    : pipe(
        readTensors(path),
        TE.flatMapEither((file) => attempt(() => modelFrom(file, options))),
      )

const readOne = (path: string): TE.TaskEither<Failure, TensorFile> =>
  pipe(
    readNamed(path),
    TE.flatMapEither((file) => attempt(() => readTensorFile(file))),
  )

/**
 * The file of a model and those beside it that it needs, for `openModel` and the like. Nothing of it is read but what says what
 * it is; its numbers are read as they are asked for.
 *
 * These are the `config.json` beside weights of Keras, and the files in its folder in which a model of ONNX keeps numbers. A Left
 * names a file that is missing, is outside of the folder, or has more than `most` bytes.
 */
export const readNamed = (path: string, most: number = limits.weights): TE.TaskEither<Failure, NamedBytes> =>
  pipe(
    bytesAt(path, most),
    TE.bindTo('bytes'),
    TE.bind('others', ({ bytes }) => filesBeside(path, sourceOf(bytes))),
    TE.map(({ bytes, others }) => ({ name: path, bytes, ...others })),
  )

/** A file, read as it is asked for; one that is no regular file is read whole. */
const bytesAt = (path: string, most: number): TE.TaskEither<FileError, Uint8Array | ByteSource> => {
  let source: ByteSource | undefined
  try {
    source = fileSource(path)
  } catch {
    // What is wrong with the file is said where it is read whole.
  }
  return source === undefined || source.length > most ? readFile(path, most) : TE.right(source)
}

type Others = Pick<NamedBytes, 'description' | 'external'>

/**
 * The other files that the file of a model needs: the `config.json` beside weights of Keras, and the files in the same folder
 * that a model of ONNX keeps numbers in.
 */
const filesBeside = (path: string, source: ByteSource): TE.TaskEither<Failure, Others> =>
  pipe(
    TE.fromEither(attempt(() => ({ onnx: isOnnx(source), hdf5: isHdf5(source) }))),
    TE.flatMap((is): TE.TaskEither<Failure, Others> => {
      if (is.onnx) return TE.map((external: NonNullable<Others['external']>) => ({ external }))(externalFiles(path, source)) // prettier-ignore
      return is.hdf5 ? descriptionBeside(path) : TE.right({})
    }),
  )

/** The files in which a model of ONNX keeps numbers, by the names that it calls them. */
const externalFiles = (path: string, source: ByteSource): TE.TaskEither<Failure, NonNullable<Others['external']>> =>
  pipe(
    TE.fromEither(attempt(() => externalLocations(decodeMessages(source)))),
    TE.mapLeft((error): Failure => new ImportError(`${path}: ${error.message}`, { cause: error })),
    TE.flatMap(
      TE.traverseSeqArray((location) =>
        pipe(
          within(path, location),
          TE.flatMap((file) => bytesAt(file, limits.weights)),
          TE.map((content) => [location, content] as const),
        ),
      ),
    ),
    TE.map((entries) => new Map(entries)),
  )

/** The `config.json` beside a file of Keras, which describes the model of weights alone; undefined where there is none. */
const descriptionBeside = (path: string): TE.TaskEither<Failure, Pick<Others, 'description'>> => {
  const beside = join(dirname(path), 'config.json')
  return pipe(
    TE.fromTask(() => stat(beside).then((found) => found.isFile(), () => false)),
    TE.flatMap((exists): TE.TaskEither<Failure, Pick<Others, 'description'>> =>
      exists ? TE.map((description: Uint8Array) => ({ description }))(readFile(beside, limits.index)) : TE.right({}),
    ),
  ) // prettier-ignore
}

const readSharded = (path: string): TE.TaskEither<Failure, TensorFile> =>
  pipe(
    readFile(path, limits.index),
    TE.flatMapEither((bytes) => attempt(() => readShardIndex(jsonOf(path, bytes)))),
    TE.flatMap((index) =>
      pipe(
        TE.traverseSeqArray((file: string) =>
          pipe(
            within(path, basename(file)),
            TE.flatMap(readOne),
            TE.map((tensors) => [file, tensors] as const),
          ),
        )(index.files),
        TE.flatMapEither((shards) => attempt(() => joinShards(index, new Map(shards)))),
      ),
    ),
  )

const jsonOf = (path: string, bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ImportError(`${path}: expected JSON: ${messageOf(cause).slice(0, 200)}`, { cause })
  }
}

/** The real path of a file in the folder of another or below it, even if it is a link. */
const within = (path: string, file: string): TE.TaskEither<Failure, string> =>
  TE.tryCatch(
    async () => {
      const folder = await realpath(dirname(path))
      const wanted = join(folder, file)
      const real = await realpath(wanted).catch(() => wanted)
      if (real.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)) return real
      // The cache of Hugging Face keeps files as links into a folder of its own.
      const kept = file === basename(file) ? await insideFolder(folder, file) : undefined
      if (kept !== undefined) return kept
      throw new ImportError(`expected ${file} inside the folder of ${path}, it is a link that leaves it`)
    },
    (cause) => (cause instanceof ImportError ? cause : new FileError(path, `cannot read ${path}: ${messageOf(cause)}`)),
  )
