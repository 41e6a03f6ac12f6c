import { RunError, toRunError } from '@ptu/experiments'
import { bodyOfLayersModel, cutPoints, describedModel, type DescribedModel, type StoredLayersModel } from '@ptu/formats'
import { shapesOf, type Layer } from '@ptu/layers'
import type { Body } from '@ptu/networks'
import { countParams, disposeParams, scope, type Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

/** The most blocks that a network without residual blocks is cut into. */
const mostBlocks = 8

/** The layers that a model can be cut at, input side first, and the shape of its examples. */
export const pointsIn = (
  path: string,
  model: StoredLayersModel | DescribedModel,
  input: Shape | undefined,
): E.Either<RunError, { readonly points: readonly string[]; readonly shape: Shape }> => {
  const points = cutPoints(model)
  if (E.isLeft(points)) return E.left(toRunError(points.left))
  const shape = input ?? describedModel(model).input
  return shape === undefined
    ? E.left(new RunError(`${path} does not say the size of its images; name it with --input, for example 224x224`))
    : E.right({ points: points.right, shape })
}

/** The place until which a model is used. */
export interface LastPoint {
  /** The number of the point. */
  readonly last: number
  /** The reason why a later layer cannot be opened; undefined where all can. */
  readonly refused: string | undefined
}

/**
 * Finds the point that a model is used until: its last map, for classifiers give vectors after it; of a network without
 * maps the last vector that does not take all parameters. A model is used only up to a layer that cannot be opened. Of a
 * network with maps no weight is read.
 */
export const lastPoint = (
  path: string,
  model: StoredLayersModel | DescribedModel,
  points: readonly string[],
  shape: Shape,
): E.Either<RunError, LastPoint> => {
  let refused: string | undefined
  let vector: LastPoint | undefined
  for (let last = points.length; last > 0; last--) {
    const until = points[last - 1] ?? ''
    const output = outputAt(model, until, shape)
    if (E.isLeft(output)) refused = output.left
    else if (output.right.length === 3) return E.right({ last, refused })
    else if (vector === undefined && output.right.length === 1 && learnsAfter(model, until, shape))
      vector = { last, refused }
  }
  return vector === undefined
    ? E.left(new RunError(`expected ${path} to be a network with a map or a vector before its classifier; name the last layer to use with --until`)) // prettier-ignore
    : E.right(vector)
}

/** The words for a model that is used only up to a layer that cannot be opened. */
export const refusal = (name: string, until: string, refused: string): string =>
  `${name} is used until ${until} only, for what comes after it cannot be opened: ${refused}`

/** The shape of what a model gives at a point, or the reason why it cannot be opened so far. */
const outputAt = (model: StoredLayersModel | DescribedModel, until: string, shape: Shape): E.Either<string, Shape> =>
  pipe(
    bodyOfLayersModel(model, [], { input: shape, until }),
    E.bimap(
      ({ message }) => message,
      (body) => shapesOf(body.map(({ layer }) => layer), shape).at(-1) ?? shape, // prettier-ignore
    ),
  )

/** Tells whether the layers after a point have parameters, or cannot be opened. */
const learnsAfter = (model: StoredLayersModel | DescribedModel, point: string, shape: Shape): boolean => {
  const whole = bodyOfLayersModel(model, [point], { input: shape })
  if (E.isLeft(whole)) return true
  const params = scope(() => whole.right.slice(1).map((part) => part.params()))
  const count = countParams(params)
  disposeParams(params)
  return count > 0
}

/**
 * The points where paths meet, if there are several before the last; else some of all points. A normalisation is not cut from
 * the layer before it, which can take it in.
 */
export const usualCuts = (
  points: readonly string[],
  open: (cuts: readonly string[]) => E.Either<RunError, Body>,
): E.Either<RunError, readonly string[]> => {
  const before = points.slice(0, -1)
  return pipe(
    open(before),
    E.map((finest) => {
      const joins = finest.slice(0, -1).filter(({ layer }) => isJoin(layer))
      const names = joins.map(({ name }) => name)
      if (names.length > 1) return names
      const whole = before.filter((_, i) => !normalises(finest[i + 1]?.layer))
      const step = Math.max(1, Math.ceil(whole.length / mostBlocks))
      return whole.filter((_, i) => i % step === step - 1)
    }),
  )
}

/** Tells whether a layer begins with a batch normalisation. */
const normalises = (layer: Layer | undefined): boolean => {
  if (layer?.structure.kind === 'composite' && layer.structure.flow === 'chain')
    return normalises(layer.structure.parts[0])
  return layer?.spec.type === 'frozenBatchNorm'
}

const isJoin = ({ structure }: Layer): boolean =>
  structure.kind === 'composite' && (structure.flow === 'sum' || structure.flow === 'join')
