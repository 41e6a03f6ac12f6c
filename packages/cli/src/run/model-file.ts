import { key, messageOf, ShapeError, Tree } from '@ptu/core'
import { integer, list, literal, nullable, number, string, struct, type Decoder } from '@ptu/config'
import type { Normalisation } from '@ptu/data'
import { fromSpec, type Layer } from '@ptu/layers'
import { disposeParams, loadParams, saveParams, type ParamTree, type Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, toRunError } from '../errors.ts'
import type { GateReading } from '../results/results.ts'
import { gateDecoder } from '../results/schema.ts'
import { normalisationDecoder, readMetadata } from './metadata.ts'

/** What a model's file says of it besides its parameters. */
export interface ModelFacts {
  readonly format: 'ptu-model/1'
  /** The plain network: `fromSpec` makes it. */
  readonly spec: unknown
  /** The names of its blocks, input side first; the head is the last. */
  readonly blocks: readonly string[]
  /** The shape of one input. */
  readonly shape: Shape
  readonly classes: readonly string[]
  /** The tokens that inputs are numbers of; null where inputs are measurements. Then every step has a class. */
  readonly vocabulary: readonly string[] | null
  /** What inputs went through: `(x - mean) / deviation`. */
  readonly normalisation: Normalisation
  readonly strategy: string
  readonly rate: number
  readonly seed: number
  readonly steps: number
  /** SHA-256 of the data of the source network. */
  readonly sourceData: string
  readonly targetData: string
  /** On the target's test data, from 0 to 1. */
  readonly accuracy: number
  /** How the gates stood before they were folded away. */
  readonly gates: readonly GateReading[]
}

/** A model from a file; the caller owns `params`. */
export interface LoadedModel {
  readonly facts: ModelFacts
  readonly layer: Layer
  readonly params: ParamTree
}

const factsDecoder: Decoder<ModelFacts> = struct({
  format: literal('ptu-model/1'),
  spec: (input: unknown) => E.right(input),
  blocks: list(string, { min: 1 }),
  shape: list(integer({ min: 1 }), { min: 1, max: 8 }),
  classes: list(string, { min: 2 }),
  vocabulary: nullable(list(string, { min: 2, max: 1_000_000 })),
  normalisation: normalisationDecoder,
  strategy: string,
  rate: number({ above: 0 }),
  seed: integer({ min: 0 }),
  steps: integer({ min: 1 }),
  sourceData: string,
  targetData: string,
  accuracy: number({ min: 0, max: 1 }),
  gates: list(gateDecoder),
})

/** Saves a folded model, whole or not at all. Borrows `params`. */
export const saveModel = (path: string, params: ParamTree, facts: ModelFacts): TE.TaskEither<RunError, void> =>
  pipe(saveParams(path, params, { ptu: JSON.stringify(facts) }), TE.mapLeft(toRunError))

/**
 * Loads a model that {@link saveModel} saved, or anything that claims to be one: nothing in it is trusted.
 *
 * The parameters must have the structure and the shapes that the network of the file's spec has.
 */
export const loadModel = (path: string): TE.TaskEither<RunError, LoadedModel> =>
  pipe(
    loadParams(path),
    TE.mapLeft(toRunError),
    TE.flatMap(({ params, metadata }) =>
      pipe(
        TE.fromEither(checked(params, readMetadata(factsDecoder, metadata['ptu']))),
        TE.mapLeft((problem) => {
          disposeParams(params)
          return new RunError(`cannot use ${path}: ${problem}`)
        }),
      ),
    ),
  )

const checked = (params: ParamTree, facts: ModelFacts | undefined): E.Either<string, LoadedModel> => {
  if (facts === undefined) return E.left('it is not a model that ptu transfer saved')
  return pipe(
    fromSpec(facts.spec),
    E.mapLeft(({ message }) => message),
    E.flatMap((layer) => {
      const problem = misfit(layer, facts, params)
      return problem === undefined ? E.right({ facts, layer, params }) : E.left(problem)
    }),
  )
}

/** Why parameters are not those of a layer, or undefined. */
const misfit = (layer: Layer, { shape, classes, vocabulary }: ModelFacts, params: ParamTree): string | undefined => {
  const made = E.tryCatch(() => {
    const output = layer.output(shape)
    const wanted = [...(vocabulary === null ? [] : shape), classes.length]
    if (output.join() !== wanted.join())
      throw new ShapeError(
        `expected outputs [${wanted.join(', ')}] for its classes, its network has [${output.join(', ')}]`,
      )
    const fresh = layer.init(key(0), shape)
    const shapes = shapesOf(fresh)
    disposeParams(fresh)
    return shapes
  }, messageOf)
  if (E.isLeft(made)) return made.left
  return made.right === shapesOf(params) ? undefined : 'its parameters are not those of the network it describes'
}

const shapesOf = (params: ParamTree): string =>
  JSON.stringify(Tree.map(params, ({ shape, dtype }) => `${dtype} ${shape.join()}`))
