import { basename, join, resolve } from 'node:path'

import { openTokenizer, type TokenRoom, type TokenRule } from '@ptu/data'
import {
  huggingFaceOrigin,
  RunError,
  toRunError,
  UsageError,
  type ExperimentError,
  type OpenedNetwork,
  type OpenModel,
  type OpenOptions,
} from '@ptu/experiments'
import { disposeModel, type ModelFile, type TokenInput } from '@ptu/formats'
import { readModel } from '@ptu/formats/node'
import { readFile } from '@ptu/tensor'
import type { Json } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { tokenOf } from './token-of.ts'
import { networkOfPieces } from './network-of-pieces.ts'
import { fromOpened } from './open-weights.ts'

/** The most tokens of a text unless others are named: an encoder's time grows with them. */
const usualTokens = 128

/** A larger tokenizer is refused before it is read. */
const tokenizerLimit = 2 ** 25

/** Opens a folder of Hugging Face: an encoder of texts with its tokenizer, or a network of images. */
export const openHuggingFaceFolder: OpenModel = (folder, wanted) => {
  const name = basename(resolve(folder))
  const problem = contradiction(name, wanted)
  if (problem !== undefined) return TE.left(new UsageError(problem))
  return pipe(
    readModel(folder, wanted.input === undefined ? {} : { input: [...wanted.input, 3] }),
    TE.mapLeft((error): ExperimentError => toRunError(error)),
    TE.flatMap((model) => {
      if (model.tokens !== undefined) return ofTexts(folder, model, model.tokens, wanted)
      if (wanted.tokens === undefined) return fromOpened(name, model, wanted, undefined)
      disposeModel(model)
      return TE.left(new UsageError(`--tokens: ${name} reads images; leave --tokens out`))
    }),
  )
}

/** The last layer of an encoder of texts, and the pooling after it. */
const lastLayer = 2

const contradiction = (name: string, { body }: OpenOptions): string | undefined =>
  body === undefined ? undefined : `--body: ${name} describes its own layers; leave --body out`

/** Consumes the model. */
const ofTexts = (
  folder: string,
  model: ModelFile,
  known: TokenInput,
  wanted: OpenOptions,
): TE.TaskEither<ExperimentError, OpenedNetwork> => {
  const name = basename(folder)
  const free = (): void => {
    disposeModel(model)
  }
  return pipe(
    TE.fromEither(roomFor(name, known, wanted)),
    TE.flatMap((room) => tokenizerIn(folder, room, known)),
    TE.mapLeft((error) => {
      free()
      return error
    }),
    TE.flatMap((tokens) => {
      const input = {
        shape: [tokens.steps],
        vocabulary: null,
        image: null,
        tokens,
        normalisation: asTheyAre,
        origin: huggingFaceOrigin(model.config),
      }
      const title = `${model.architecture} from ${name}`
      return networkOfPieces({ name, title, pieces: model.source.blocks, input, warnings: [] }, wanted, free)
    }),
    TE.map((network) => ({ ...network, learning: lastLayer })),
  )
}

/** Tokens are numbers of rows, which no step changes. */
const asTheyAre = { mean: 0, deviation: 1 }

const roomFor = (
  name: string,
  { padding, longest }: TokenInput,
  { range, input, tokens }: OpenOptions,
): E.Either<ExperimentError, TokenRoom> => {
  const stray = range === undefined ? input && '--input' : '--range'
  if (stray !== undefined) return E.left(new UsageError(`${stray}: ${name} reads texts; leave ${stray} out`))
  const steps = tokens ?? Math.min(usualTokens, longest)
  return steps > longest
    ? E.left(new UsageError(`--tokens: ${name} reads at most ${longest} tokens, got ${steps}`))
    : E.right({ steps, padding })
}

/** Tells whether a token is one that pads, as its name says. */
const isPadding = (token: string | undefined): boolean => token !== undefined && /pad/i.test(token)

/** The tokenizer of an encoder, which must not number tokens that the encoder does not have. */
const tokenizerIn = (
  folder: string,
  room: TokenRoom,
  { vocabulary }: TokenInput,
): TE.TaskEither<ExperimentError, TokenRule> => {
  const path = join(folder, 'tokenizer.json')
  return pipe(
    readFile(path, tokenizerLimit),
    TE.mapLeft(
      ({ message }) => new RunError(`${message}; an encoder of texts needs the tokenizer.json it was trained with`),
    ),
    TE.flatMapEither((bytes) => E.tryCatch(() => JSON.parse(new TextDecoder().decode(bytes)) as Json, () => new RunError(`${path}: expected JSON`))), // prettier-ignore
    TE.flatMapEither((tokenizer) =>
      pipe(
        openTokenizer(tokenizer, room),
        E.mapLeft(({ message }) => new RunError(`${path}: ${message}`)),
        E.filterOrElse(
          ({ size }) => size <= vocabulary,
          ({ size }) =>
            new RunError(
              `${path}: it knows ${size} tokens, the network ${vocabulary}: it belongs to another network; put the tokenizer.json beside the network that it was trained with`,
            ),
        ),
        E.filterOrElse(
          () => isPadding(tokenOf(tokenizer, room.padding)),
          () =>
            new RunError(
              `${path}: token ${room.padding}, by which the network pads, is ${JSON.stringify(tokenOf(tokenizer, room.padding) ?? null)}: it belongs to another network; put the tokenizer.json beside the network that it was trained with`,
            ),
        ),
        E.map((): TokenRule => ({ tokenizer, ...room })),
      ),
    ),
    TE.mapLeft((error): ExperimentError => error),
  )
}
