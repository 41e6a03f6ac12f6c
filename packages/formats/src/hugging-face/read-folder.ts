import { messageOf } from '@ptu/core'
import { ImportError } from '@ptu/networks'
import { FileError, readFile } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { insideFolder } from '../inside-folder.ts'
import type { FolderDescriptions } from './descriptions.ts'

/** Larger descriptions are refused before they are read. */
const largest = 2 ** 24

/** The files of a Hugging Face folder: where its weights are, and what describes them. */
export interface HuggingFaceFiles {
  /** `model.safetensors`, or the index of a sharded one. */
  readonly weights: string
  readonly descriptions: FolderDescriptions
}

type Failure = FileError | ImportError

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )

/** Tells whether a path is a folder. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

/**
 * Tells whether a folder is one of Hugging Face: it holds a `config.json` beside weights of safetensors. A folder of a model that ptu
 * made has no `config.json`.
 *
 * @example
 * ```ts
 * expect(await isHuggingFaceFolder('no-such-folder')).toBe(false)
 * ```
 */
export const isHuggingFaceFolder = async (path: string): Promise<boolean> =>
  (await isFile(join(path, 'config.json'))) && (await weightsOf(path)) !== undefined

const weightsOf = async (path: string): Promise<string | undefined> => {
  for (const name of ['model.safetensors', 'model.safetensors.index.json'])
    if (await isFile(join(path, name))) return join(path, name)
  return undefined
}

/** The files of a Hugging Face folder. Nothing outside the folder is read, not even through a link. */
export const huggingFaceFiles = (path: string): TE.TaskEither<Failure, HuggingFaceFiles> =>
  pipe(
    checkedWeights(path),
    TE.bindTo('weights'),
    TE.bind('config', () => description(path, 'config.json')),
    TE.bind('preprocessor', () => optional(path, 'preprocessor_config.json')),
    TE.bind('pooling', () => optional(path, '1_Pooling/config.json')),
    TE.bind('sentences', () => optional(path, 'sentence_bert_config.json')),
    TE.map(({ weights, config, preprocessor, pooling, sentences }) => ({
      weights,
      descriptions: {
        config,
        ...(preprocessor && { preprocessor }),
        ...(pooling && { pooling }),
        ...(sentences && { sentences }),
      },
    })),
  )

const checkedWeights = (path: string): TE.TaskEither<Failure, string> =>
  pipe(
    TE.fromTask<string | undefined, Failure>(() => weightsOf(path)),
    TE.flatMap((weights) => (weights === undefined ? TE.left(noFolder(path)) : TE.right(weights))),
  )

const noFolder = (path: string): ImportError =>
  new ImportError(
    `${path}: expected a folder with config.json beside model.safetensors or model.safetensors.index.json; weights of PyTorch (pytorch_model.bin) are saved so by model.save_pretrained(folder, safe_serialization=True)`,
  )

const description = (path: string, name: string): TE.TaskEither<Failure, Uint8Array> =>
  pipe(
    optional(path, name),
    TE.flatMap((bytes) => (bytes === undefined ? TE.left(noFolder(path)) : TE.right(bytes))),
  )

const optional = (folder: string, name: string): TE.TaskEither<Failure, Uint8Array | undefined> => {
  const path = join(folder, name)
  return pipe(
    TE.tryCatch(
      async () => ((await isFile(path)) ? insideFolder(folder, name) : undefined),
      (cause) => new FileError(path, `cannot read ${path}: ${messageOf(cause)}`),
    ),
    TE.flatMap((real) => (real === undefined ? TE.right(undefined) : readFile(real, largest))),
  )
}
