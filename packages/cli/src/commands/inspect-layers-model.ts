import { toRunError, type ExperimentError, type RunError } from '@ptu/experiments'
import { bodyOfLayersModel, describedModel, type DescribedModel, type StoredLayersModel } from '@ptu/formats'
import { readLayersModel } from '@ptu/formats/node'
import type { Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer } from '../answer.ts'
import { lastPoint, pointsIn, refusal, usualCuts, type LastPoint } from '../layers-model-points.ts'
import { table } from '../table.ts'

/** Shows where a tf.LayersModel can be cut, and where it is unless told otherwise. A backend must have started. */
export const inspectLayersModel = (path: string): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    readLayersModel(path),
    TE.mapLeft((error): ExperimentError => toRunError(error)),
    TE.flatMapEither((model) =>
      pipe(
        cutsOf(path, 'a tf.LayersModel', model),
        E.map(({ text, input, points }) => {
          const { axes } = describedModel(model).facts
          return {
            text: axes === undefined ? text : `${text}\naxes: ${axes}`,
            json: { kind: 'layers-model', input, points, ...(axes !== undefined && { axes }) },
          }
        }),
      ),
    ),
  )

/** The places at which a model can be cut, and the same in words. */
export interface CutsFound {
  readonly text: string
  /** The shape of an example. */
  readonly input: Shape
  readonly points: readonly { readonly number: number; readonly name: string; readonly use: string }[]
}

/** Finds where a model of Keras, TensorFlow.js or ONNX can be cut, and where it is unless told otherwise; reads no weight. */
export const cutsOf = (
  path: string,
  title: string,
  model: StoredLayersModel | DescribedModel,
): E.Either<RunError, CutsFound> =>
  pipe(
    pointsIn(path, model, undefined),
    E.bindTo('found'),
    E.bind('end', ({ found: { points, shape } }) => lastPoint(path, model, points, shape)),
    E.bind('cuts', ({ found: { points, shape }, end: { last } }) =>
      usualCuts(points.slice(0, last), (cuts) =>
        pipe(bodyOfLayersModel(model, cuts, { input: shape, until: points[last - 1] ?? '' }), E.mapLeft(toRunError)),
      ),
    ),
    E.map(({ found, end, cuts }) => textOf(path, title, { ...found, ...end, cuts })),
  )

interface Found extends LastPoint {
  readonly points: readonly string[]
  readonly shape: Shape
  readonly cuts: readonly string[]
}

const textOf = (path: string, title: string, { points, shape, last, refused, cuts }: Found): CutsFound => {
  const useOf = (name: string, number: number): string => {
    if (number === last) return 'the last that is used'
    return cuts.includes(name) ? 'ends a block' : ''
  }
  const places = points.map((name, i) => ({ number: i + 1, name, use: useOf(name, i + 1) }))
  return {
    text: [
      `${title} of inputs ${shape.join(' × ')}; it can be cut after ${points.length} of its layers`,
      '',
      table(
        ['#', 'layer', 'unless told otherwise'],
        places.map(({ number, name, use }) => [String(number), name, use]),
      ),
      ...(refused === undefined ? [] : ['', refusal(path, points[last - 1] ?? '', refused)]),
      '',
      `use it: ptu compare --model ${path} --cut NUMBERS --until NUMBER --target FOLDER`,
    ].join('\n'),
    input: shape,
    points: places,
  }
}
