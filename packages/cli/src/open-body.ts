import { UsageError, type BodyRecipe, type ExperimentError } from '@ptu/experiments'
import { findModules, fromStateDict, type TensorFile } from '@ptu/formats'
import type { Body, OpenBlock, SourceNetwork } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

/** A network opened by a body that was named. The caller owns `source`. */
export interface OpenedBody {
  readonly source: SourceNetwork<OpenBlock>
  /** The shape of an example. */
  readonly shape: Shape
}

/**
 * Opens a file of weights as a ready-made body: its tensors are told apart by the names of the blocks, or by their shapes.
 *
 * Images have three channels or one, whichever the tensors fit.
 */
export const openBody = (
  name: string,
  file: TensorFile,
  recipe: BodyRecipe,
  size: Shape | undefined,
): E.Either<ExperimentError, OpenedBody> => {
  if (recipe.kind !== 'classify' || recipe.readsTexts === true)
    return E.left(new UsageError(`--body: a file of weights does not hold the tokens that ${recipe.name} reads`))
  const shapes = shapesFor(file, size)
  const fits = shapes.map((shape) => opened(file, recipe.body({ shape }), shape))
  return pipe(
    fits.find(E.isRight) ?? fits[0] ?? E.left('it holds no tensors'),
    E.mapLeft(
      (problem) =>
        new UsageError(
          `--body: the tensors of ${name} are not those of ${recipe.name}: ${problem}` +
            (size === undefined ? '; name the size of its images with --input, for example 28x28' : '') +
            '; a network with other layers can be opened by a module of yours (docs/your-own-method.md)',
        ),
    ),
  )
}

const opened = (file: TensorFile, body: Body, input: Shape): E.Either<string, OpenedBody> =>
  pipe(
    findModules(body, { file, input }),
    E.flatMap((modules) => fromStateDict(body, { tensors: file.tensors, modules, input })),
    E.bimap(
      ({ message }) => message,
      (source) => ({ source, shape: input }),
    ),
  )

/** The shapes of an example that are tried: images of a size in colour or grey, else as many numbers as a matrix reads. */
const shapesFor = ({ tensors }: TensorFile, size: Shape | undefined): readonly Shape[] =>
  size === undefined
    ? [...new Set(tensors.flatMap(({ shape }) => (shape.length === 2 ? [shape[1] ?? 1] : [])))].map((width) => [width])
    : [3, 1].map((channels) => [...size, channels])
