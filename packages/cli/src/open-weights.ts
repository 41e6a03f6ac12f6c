import type { ImageRule } from '@ptu/data'
import {
  huggingFaceOrigin,
  normalisationFor,
  pixelRanges,
  recipes,
  RunError,
  type BodyRecipe,
  type ExperimentError,
  type InputRule,
  type OpenedNetwork,
  type OpenOptions,
  type PixelRange,
  type Recipe,
} from '@ptu/experiments'
import { disposeModel, openModel, type ModelFile, type TensorFile } from '@ptu/formats'
import { disposeSource } from '@ptu/networks'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { torchFirst } from './first-normalisation.ts'
import { foreignInput, usualRanges } from './foreign-input.ts'
import { networkOfPieces } from './network-of-pieces.ts'
import { openBody } from './open-body.ts'

/** The network of a file of PyTorch or safetensors: the one that its tensors tell, or that of a body that was named. */
export const openWeights = (
  name: string,
  file: TensorFile,
  wanted: OpenOptions,
): TE.TaskEither<ExperimentError, OpenedNetwork> => {
  const { input, range, body } = wanted
  if (body !== undefined) return fromBody(name, file, body, wanted)
  return pipe(
    openModel(file, input === undefined ? {} : { input: [...input, 3] }),
    E.mapLeft(
      ({ message }) =>
        new RunError(`cannot open ${name}: ${message}, or name a ready-made body with --body where it is one`),
    ),
    TE.fromEither,
    TE.flatMap((model) => {
      const first = recipeOf(model) === undefined || range !== undefined ? torchFirst(file.tensors) : undefined
      return fromOpened(name, model, wanted, first)
    }),
  )
}

/** The network of images of an opened file or folder. Consumes the model. */
export const fromOpened = (
  name: string,
  model: ModelFile,
  wanted: OpenOptions,
  first: OpenedNetwork['first'],
): TE.TaskEither<ExperimentError, OpenedNetwork> => {
  const made = {
    ...{ name, title: `${model.architecture} from ${name}`, pieces: model.source.blocks, first },
    input: inputOf(model, wanted.range),
    warnings: warningsOf(model, wanted.range),
  }
  return networkOfPieces(made, wanted, () => {
    disposeModel(model)
  })
}

/** The network whose layers a ready-made body has and whose parameters a file holds. */
const fromBody = (
  name: string,
  file: TensorFile,
  body: BodyRecipe,
  wanted: OpenOptions,
): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  pipe(
    openBody(name, file, body, wanted.input),
    TE.fromEither,
    TE.flatMap(({ source, shape }) =>
      pipe(
        foreignInput(name, { shape, range: wanted.range, usual, fit: { fit: 'crop' } }),
        TE.fromEither,
        TE.flatMap(({ input, warnings }) => {
          const title = `${body.name} from ${name}`
          return networkOfPieces(
            { name, title, pieces: source.blocks, input, first: torchFirst(file.tensors), warnings },
            wanted,
            () => undefined,
          )
        }),
        (task) => async () => {
          const made = await task()
          disposeSource(source)
          return made
        },
      ),
    ),
  )

/** The recipe of a network's architecture; undefined where none is known. */
const recipeOf = ({ architecture }: ModelFile): Recipe | undefined =>
  recipes.find((known) => known.format === 'pytorch' && architecture.endsWith(known.architecture))

/** The range that is assumed of networks of PyTorch without a recipe. */
const usual = usualRanges.pytorch

/** The inputs that a network expects: those of the recipe of its architecture, at the size that it is opened for. */
const inputOf = (model: ModelFile, range: PixelRange | undefined): InputRule => {
  const recipe = recipeOf(model)
  const [height = 224, width = 224] = model.input
  const image = imageFor(recipe, [height, width])
  return {
    ...{ shape: model.input, vocabulary: null, image, normalisation: normalisationOf(model, recipe, range) },
    origin: model.config && huggingFaceOrigin(model.config),
  }
}

const normalisationOf = (
  { normalisation: own }: ModelFile,
  recipe: Recipe | undefined,
  range: PixelRange | undefined,
): InputRule['normalisation'] =>
  range === undefined
    ? ((own && ofBytes(own)) ?? recipe?.normalisation ?? normalisationFor(usual))
    : normalisationFor(range)

/** The step from pixels of 0 to 1, for pixels of 0 to 255. */
const ofBytes = ({ mean, deviation }: NonNullable<ModelFile['normalisation']>): InputRule['normalisation'] => ({
  mean: mean.map((part) => 255 * part),
  deviation: deviation.map((part) => 255 * part),
})

const warningsOf = (model: ModelFile, range: PixelRange | undefined): readonly string[] =>
  range !== undefined || model.normalisation !== undefined || recipeOf(model) !== undefined
    ? []
    : [
        `no recipe says what ${model.architecture} expects of its pixels: taken to be the range ${usual} of ` +
          `torchvision's networks; if it was trained otherwise, say so with --range ${pixelRanges.join(' or ')}`,
      ]

/** The way of a recipe from images to examples, at another size: the shorter side in proportion. */
const imageFor = (recipe: Recipe | undefined, size: readonly [number, number]): ImageRule => {
  if (!recipe?.image) return { size, channels: 3, fit: 'crop' }
  const { shorter, size: own, ...rule } = recipe.image
  if (shorter === undefined) return { ...rule, size }
  return { ...rule, size, shorter: Math.max(...size, Math.round((shorter * Math.min(...size)) / Math.min(...own))) }
}
