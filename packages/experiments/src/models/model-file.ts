import {
  integer,
  list,
  literal,
  nullable,
  number,
  optional,
  refine,
  refuse,
  string,
  struct,
  type Decoder,
} from '@ptu/config'
import { Tree, type ByteSource } from '@ptu/core'
import type { Column, Encoding, ImageRule, Normalisation, PhotoLabels } from '@ptu/data'
import { fromSpec, type Layer } from '@ptu/layers'
import { decodeParams, disposeParams, encodeParams, type ParamTree, type Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, toRunError } from '../errors.ts'
import type { GateReading } from '../results/evaluation.ts'
import { gateDecoder } from '../results/schema.ts'
import { columnsDecoder, encodingDecoder, photoLabelsDecoder } from './encoding-decoder.ts'
import { imageRuleDecoder } from './image-rule.ts'
import { misfit } from './misfit.ts'
import { readMetadata } from './metadata.ts'
import { normalisationDecoder } from './normalisation.ts'
import { originDecoder, type Origin } from './origin.ts'
import { taskFactsDecoder, taskProblem, type TaskFacts } from './task-facts.ts'

/** The facts of a model that its file holds besides its parameters. */
export interface ModelFacts {
  readonly format: 'ptu-model/2'
  /** The plain network: `fromSpec` makes it. */
  readonly spec: unknown
  /** The names of its blocks, input side first; the head is the last. */
  readonly blocks: readonly string[]
  /** The shape of one input. */
  readonly shape: Shape
  readonly classes: readonly string[]
  /**
   * The tokens that inputs are numbers of, for a model that gives every step a class; null if inputs are measurements.
   */
  readonly vocabulary: readonly string[] | null
  /**
   * The way from an image to an example; null if inputs are no images, or are images in the form that the data have.
   */
  readonly image: ImageRule | null
  /** The way from a row or a text to an example: columns, categories, vocabulary; absent where inputs are neither. */
  readonly encoding?: Encoding | undefined
  /** The columns of the table that it was transferred to, in the order of its inputs; absent where it has an encoding. */
  readonly table?: readonly Column[] | undefined
  /** The columns of the table of images that it was trained on; absent of folders of classes. */
  readonly columns?: PhotoLabels | undefined
  /** The facts of a task whose examples do not have one class each: thresholds, scale; absent where each has one. */
  readonly task?: TaskFacts | undefined
  /** The step before the first layer: `(x - mean) / deviation`. */
  readonly normalisation: Normalisation
  /** The description of the file that the source network was opened from, if it had one that is kept. */
  readonly origin?: Origin | undefined
  /** The method that made it, with its depth if it has one: `ptu`, `share-2`. */
  readonly method: string
  readonly rate: number
  readonly seed: number
  readonly steps: number
  /** The SHA-256 of the data of the source network; null if they are not known. */
  readonly sourceData: string | null
  readonly targetData: string
  /** On the target's test data, from 0 to 1; null if there were none. */
  readonly accuracy: number | null
  /** The gates before they were folded away. */
  readonly gates: readonly GateReading[]
}

/** A model from a file; the caller owns `params`. */
export interface LoadedModel {
  readonly facts: ModelFacts
  readonly layer: Layer
  readonly params: ParamTree
}

const fields: Decoder<ModelFacts> = struct({
  format: literal('ptu-model/2'),
  spec: (input: unknown) => E.right(input),
  blocks: list(string),
  shape: list(integer({ min: 1 }), { min: 1, max: 8 }),
  classes: list(string, { min: 1 }),
  vocabulary: nullable(list(string, { min: 2, max: 1_000_000 })),
  image: nullable(imageRuleDecoder),
  encoding: optional(encodingDecoder),
  table: optional(columnsDecoder),
  columns: optional(photoLabelsDecoder),
  task: optional(taskFactsDecoder),
  normalisation: normalisationDecoder,
  origin: optional(originDecoder),
  method: string,
  rate: number({ above: 0 }),
  seed: integer({ min: 0 }),
  steps: integer({ min: 1 }),
  sourceData: nullable(string),
  targetData: string,
  accuracy: nullable(number({ min: 0, max: 1 })),
  gates: list(gateDecoder),
})

const factsDecoder: Decoder<ModelFacts> = refine(fields, (facts, path) => {
  const problem = taskProblem(facts.task, facts.classes.length)
  return problem === undefined ? E.right(facts) : refuse(path, problem)
})

/** The bytes of a model's file. Borrows `params`. */
export const encodeModel = (params: ParamTree, facts: ModelFacts): Promise<Uint8Array> =>
  encodeParams(params, { ptu: JSON.stringify(facts) })

/**
 * Reads what {@link encodeModel} wrote, or anything that claims to be it: nothing in it is trusted.
 *
 * The parameters must have the structure and the shapes that the network of the file's spec has.
 */
export const decodeModel = (bytes: Uint8Array | ByteSource): TE.TaskEither<RunError, LoadedModel> =>
  pipe(
    decodeParams(bytes),
    TE.mapLeft(toRunError),
    TE.flatMap(({ params, metadata }) =>
      pipe(
        TE.fromEither(checked(params, readMetadata(factsDecoder, metadata['ptu']))),
        TE.tap(() => allFinite(params)),
        TE.mapLeft((problem) => {
          disposeParams(params)
          return new RunError(problem)
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

/** A Left where a parameter is no finite number: what such a network answers means nothing. */
const allFinite =
  (params: ParamTree): TE.TaskEither<string, void> =>
  async () => {
    for (const leaf of Tree.leaves(params))
      if (!(await leaf.data()).every((value) => Number.isFinite(value)))
        return E.left('some of its parameters are no finite numbers; train it again at a lower rate')
    return E.right(undefined)
  }
