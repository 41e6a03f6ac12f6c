import {
  boolean,
  describe,
  integer,
  list,
  literal,
  number,
  optional,
  refine,
  refuse,
  string,
  withDefault,
  type Decoded,
  type Decoder,
} from '@ptu/config'
import type { Tree } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

import { pixelRanges, type PixelRange } from '../models/pixel-range.ts'
import type { SourceSpec } from '../sources/source.ts'

/** Checks a seed: 32 bits. */
export const seed: Decoder<number> = integer({ min: 0, max: 2 ** 32 - 1 })

/** Checks a learning rate. */
export const rate: Decoder<number> = number({ above: 0, max: 10 })

/** Checks a height and width: `224x224`, or `224` for both. */
const sizeOf: Decoder<readonly [number, number]> = (input, path) => {
  const [, height = '', width = height] = /^([1-9][0-9]{0,3})(?:x([1-9][0-9]{0,3}))?$/.exec(String(input)) ?? []
  return height === ''
    ? refuse(path, `expected a height and a width like 224x224, got ${describe(input)}`)
    : E.right([Number(height), Number(width)])
}

/** A list of one to a thousand different members. */
export const distinct = <A>(member: Decoder<A>): Decoder<readonly A[]> =>
  refine(list(member, { min: 1, max: 1000 }), (values, path): Decoded<readonly A[]> => {
    const repeated = values.find((value, i) => values.indexOf(value) !== i)
    return repeated === undefined ? E.right(values) : refuse(path, `${describe(repeated)} is named twice`)
  })

/** The fields about opening a pretrained network. */
export interface OpenedFields {
  readonly input: readonly [number, number] | undefined
  readonly freeze: number | undefined
  readonly range: PixelRange | undefined
  readonly cut: readonly string[] | undefined
  readonly until: string | undefined
  /** The most tokens of a text that an encoder of texts reads. */
  readonly tokens: number | undefined
}

/** Checks the name or the number of a piece of a network. */
const piece: Decoder<string> = (input, path) =>
  typeof input === 'number' && Number.isSafeInteger(input) ? E.right(String(input)) : string(input, path)

/** Checks the fields of {@link OpenedFields}. */
export const openedFields: { readonly [N in keyof OpenedFields]: Decoder<OpenedFields[N]> } = {
  input: optional(sizeOf),
  freeze: optional(integer({ min: 0, max: 1000 })),
  range: optional(literal(...pixelRanges)),
  cut: optional(list(piece, { min: 1, max: 1000 })),
  until: optional(piece),
  tokens: optional(integer({ min: 3, max: 8192 })),
}

/** The source spec of a pretrained network. */
export const openedSpec = (
  path: string,
  { input, freeze, range, cut, until, tokens, body }: OpenedFields & { readonly body?: string | undefined },
): SourceSpec => ({
  kind: 'opened',
  path,
  ...(input !== undefined && { input }),
  ...(freeze !== undefined && { freeze }),
  ...(range !== undefined && { range }),
  ...(cut !== undefined && { cut }),
  ...(until !== undefined && { until }),
  ...(tokens !== undefined && { tokens }),
  ...(body !== undefined && { body }),
})

/** The fields of every configuration that trains on a target. */
export interface ExperimentFields extends OpenedFields {
  /** The data that a source network is trained on here. */
  readonly source: string | undefined
  /** A pretrained network, instead of `source`: a file, the folder of a model, or the name of a recipe. */
  readonly model: string | undefined
  readonly target: string
  readonly shots: number
  readonly body: string | undefined
  readonly epochs: number | undefined
  /** A file of vectors of words that the tokens of a source of texts start from. */
  readonly embeddings: string | undefined
  readonly steps: number | undefined
  readonly batch: number | undefined
  readonly seed: number
  readonly backend: string
  /** Modules with methods of users. */
  readonly method: readonly string[]
  /** Allows a source network that cannot be told from chance. */
  readonly allowUntrained: boolean
}

/** Checks the fields of {@link ExperimentFields}. */
export const experimentFields: { readonly [N in keyof ExperimentFields]: Decoder<ExperimentFields[N]> } = {
  source: optional(string),
  model: optional(string),
  ...openedFields,
  target: string,
  shots: withDefault(integer({ min: 1, max: 100_000 }), 10),
  body: optional(string),
  epochs: optional(number({ above: 0, max: 1000 })),
  embeddings: optional(string),
  steps: optional(integer({ min: 1, max: 1_000_000 })),
  batch: optional(integer({ min: 1, max: 65_536 })),
  seed: withDefault(seed, 0),
  backend: withDefault(string, 'auto'),
  method: withDefault(list(string, { max: 100 }), []),
  allowUntrained: withDefault(boolean, false),
}

/** The fields that say which source network is meant. */
type SourceFields = OpenedFields &
  Pick<ExperimentFields, 'source' | 'model' | 'body' | 'epochs' | 'embeddings' | 'seed'>

/** The source spec of flat fields; a Left unless one of `source` and `model` is given, with fields that belong to it. */
export const sourceOf = (fields: SourceFields, path: Tree.Path): Decoded<SourceSpec> => {
  const { source, model, embeddings } = fields
  if (source !== undefined && model !== undefined)
    return refuse([...path, 'model'], 'expected one of source and model, got both; leave one out')
  if (model !== undefined)
    return embeddings === undefined
      ? E.right(openedSpec(model, fields))
      : refuse([...path, 'embeddings'], 'expected only beside source, whose network they start; model has its own')
  if (source === undefined)
    return refuse([...path, 'source'], 'expected data to train a source network on, or model with a pretrained one')
  const stray = (['input', 'freeze', 'range', 'cut', 'until'] as const).find((name) => fields[name] !== undefined)
  if (stray !== undefined) return refuse([...path, stray], 'expected only beside model, it says how a file is opened')
  return E.right(trainedSpec(source, fields))
}

const trainedSpec = (data: string, { body, epochs, tokens, embeddings, seed }: SourceFields): SourceSpec => ({
  kind: 'trained',
  data,
  ...(body !== undefined && { body }),
  ...(epochs !== undefined && { epochs }),
  ...(tokens !== undefined && { tokens }),
  ...(embeddings !== undefined && { embeddings }),
  seed,
})
