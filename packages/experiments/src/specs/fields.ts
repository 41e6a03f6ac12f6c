import {
  boolean,
  describe,
  integer,
  list,
  number,
  optional,
  refine,
  refuse,
  string,
  withDefault,
  type Decoded,
  type Decoder,
} from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'

import type { SourceSpec } from '../sources/source.ts'

/** Checks a seed: 32 bits. */
export const seed: Decoder<number> = integer({ min: 0, max: 2 ** 32 - 1 })

/** Checks a learning rate. */
export const rate: Decoder<number> = number({ above: 0, max: 10 })

/** Checks a height and width: `224x224`, or `224` for both. */
export const sizeOf: Decoder<readonly [number, number]> = (input, path) => {
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

/** The fields of every configuration that trains on a target. */
export interface ExperimentFields {
  /** The data that a source network is trained on here. */
  readonly source: string
  readonly target: string
  readonly shots: number
  readonly body: string | undefined
  readonly epochs: number
  readonly steps: number | undefined
  readonly batch: number | undefined
  readonly seed: number
  readonly backend: string
  /** Modules with methods of users. */
  readonly method: readonly string[]
  /** Transfers a source network that cannot be told from chance, too. */
  readonly allowUntrained: boolean
}

/** Checks the fields of {@link ExperimentFields}. */
export const experimentFields: { readonly [N in keyof ExperimentFields]: Decoder<ExperimentFields[N]> } = {
  source: string,
  target: string,
  shots: withDefault(integer({ min: 1, max: 100_000 }), 10),
  body: optional(string),
  epochs: withDefault(number({ above: 0, max: 1000 }), 2),
  steps: optional(integer({ min: 1, max: 1_000_000 })),
  batch: optional(integer({ min: 1, max: 65_536 })),
  seed: withDefault(seed, 0),
  backend: withDefault(string, 'auto'),
  method: withDefault(list(string, { max: 100 }), []),
  allowUntrained: withDefault(boolean, false),
}

/** The source spec of flat fields. */
export const sourceOf = ({ source, body, epochs, seed: own }: ExperimentFields): SourceSpec => ({
  kind: 'trained',
  data: source,
  ...(body === undefined ? {} : { body }),
  epochs,
  seed: own,
})
