import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

import { characterTokenizer } from '@ptu/data'
import { RunError, UsageError, type ExperimentError, type OpenModel } from '@ptu/experiments'
import { openChars2vec } from '@ptu/formats'
import { disposeSource } from '@ptu/networks'
import { readFile } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { networkOfPieces } from './network-of-pieces.ts'

/** The files of a network of chars2vec. */
const files = { weights: 'weights.h5', list: 'model.pkl' }

/** Larger files are refused before they are read. */
const limits = { weights: 2 ** 30, list: 2 ** 20 }

/** The most characters of a text unless others are named. */
const usualTokens = 128

/** The folder of a network of chars2vec that is meant by its path or by its weights; undefined where there is none. */
export const isChars2vec = async (path: string): Promise<string | undefined> => {
  const folder = basename(path) === files.weights ? dirname(path) : path
  const found = await Promise.all(
    Object.values(files).map((name) =>
      stat(join(folder, name)).then(
        (each) => each.isFile(),
        () => false,
      ),
    ),
  )
  return found.every(Boolean) ? folder : undefined
}

/** Opens a folder of chars2vec: LSTMs over the characters of a text. */
export const openChars2vecFolder: OpenModel = (folder, wanted) => {
  const name = basename(resolve(folder))
  const stray = (['input', 'range', 'body'] as const).find((option) => wanted[option] !== undefined)
  if (stray !== undefined)
    return TE.left(new UsageError(`--${stray}: ${name} reads the characters of texts; leave --${stray} out`))
  const read = (file: keyof typeof files) =>
    pipe(
      readFile(join(folder, files[file]), limits[file]),
      TE.map((bytes) => ({ name: join(name, files[file]), bytes })),
    )
  return pipe(
    TE.Do,
    TE.bind('weights', () => read('weights')),
    TE.bind('list', () => read('list')),
    TE.mapLeft((error): ExperimentError => new RunError(error.message)),
    TE.flatMapEither(({ weights, list }) => openChars2vec(weights, list)),
    TE.mapLeft((error): ExperimentError => new RunError(error.message)),
    TE.flatMap(({ source, characters, units }) => {
      const steps = wanted.tokens ?? usualTokens
      const tokens = { tokenizer: characterTokenizer(characters), steps, padding: 0 }
      const input = { shape: [steps], vocabulary: null, image: null, tokens, normalisation: { mean: 0, deviation: 1 } }
      const title = `chars2vec of ${characters.length} characters and ${units} units from ${name}`
      return networkOfPieces({ name, title, pieces: source.blocks, input, warnings: [] }, wanted, () => {
        disposeSource(source)
      })
    }),
    // The rows of characters stay as they are: a 1 each.
    TE.map((network) => ({ ...network, learning: 2 })),
  )
}
