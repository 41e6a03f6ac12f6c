import * as E from 'fp-ts/lib/Either.js'

import { list, oneOrList, optional, refine, struct, withDefault } from './combine.ts'
import { integer, literal, number, string, type Decoder } from './decoder.ts'
import { describe, refuse, type Decoded } from './issue.ts'
import { suggestion } from './nearest.ts'

/** Strategies that a comparison can hold. */
export type StrategyName = 'scratch' | 'share' | 'fine-tune' | 'ptu' | 'ptu-three' | 'ptu-fixed'

/** `ptu-three` has a random branch as well; `ptu-fixed` is the control with gates fixed at .75. */
export const strategyNames: readonly StrategyName[] = ['scratch', 'share', 'fine-tune', 'ptu', 'ptu-three', 'ptu-fixed']

/** Ready-made networks that a source can have; `rows` and the taggers are recurrent. */
export type BodyName = 'lenet' | 'mlp' | 'vgg' | 'resnet' | 'rows' | 'tagger' | 'tagger-lstm'

/** The bodies that a configuration can name. */
export const bodyNames: readonly BodyName[] = ['lenet', 'mlp', 'vgg', 'resnet', 'rows', 'tagger', 'tagger-lstm']

/** What every command that trains needs. */
export interface TrainConfig {
  /** A data specification, for example `mnist:0-4`, a folder, a CSV file. */
  readonly source: string
  readonly target: string
  /** Labelled target examples per class; of texts with a tag for each token, labelled texts. */
  readonly shots: number
  /** Absent: `tagger` for texts with a tag for each token, else `lenet`. */
  readonly body: BodyName | undefined
  /** Training steps; absent: as many as the number of labels asks for. */
  readonly steps: number | undefined
  readonly batch: number
  /** Passes over the source data when the source network is trained. */
  readonly epochs: number
  readonly seed: number
  readonly backend: string
  /** The folder of the run. */
  readonly out: string
}

/** A checked comparison of strategies. */
export interface CompareConfig extends TrainConfig {
  readonly seeds: readonly number[]
  readonly strategies: readonly StrategyName[]
  /** The learning rates that heuristics choose from. */
  readonly rates: readonly number[]
  /** Threads that train at the same time; absent: one for each core. */
  readonly workers: number | undefined
}

/** A checked transfer by one strategy. */
export interface TransferConfig extends TrainConfig {
  /** `scratch`, `ptu`, …, or a heuristic with its depth: `share-2`, `fine-tune-3`. */
  readonly strategy: string
  readonly rate: number
}

const seed = integer({ min: 0, max: 2 ** 32 - 1 })
const rate = number({ above: 0, max: 10 })

const trainFields = {
  source: string,
  target: string,
  shots: withDefault(integer({ min: 1, max: 100_000 }), 10),
  body: optional(literal(...bodyNames)),
  steps: optional(integer({ min: 1, max: 1_000_000 })),
  batch: withDefault(integer({ min: 1, max: 65_536 }), 32),
  epochs: withDefault(number({ above: 0, max: 1000 }), 2),
  seed: withDefault(seed, 0),
  backend: withDefault(string, 'auto'),
}

const distinct = <A>(member: Decoder<A>): Decoder<readonly A[]> =>
  refine(list(member, { min: 1, max: 1000 }), (values, path): Decoded<readonly A[]> => {
    const repeated = values.find((value, i) => values.indexOf(value) !== i)
    return repeated === undefined ? E.right(values) : refuse(path, `${describe(repeated)} is named twice`)
  })

const compareFields = struct({
  ...trainFields,
  seeds: withDefault(oneOrList(integer({ min: 1, max: 1000 }), distinct(seed)), 3),
  strategies: withDefault(distinct(literal(...strategyNames)), ['scratch', 'share', 'fine-tune', 'ptu']),
  rates: withDefault(distinct(rate), [1e-3, 4e-3]),
  workers: optional(integer({ min: 1, max: 256 })),
  out: withDefault(string, 'runs/compare'),
})

/**
 * A comparison's configuration. A number of `seeds` becomes that many, counted from `seed`.
 *
 * @example
 * ```ts
 * compareConfig({ source: 'mnist:0-4', target: 'mnist:5-9', seeds: 2 }, []) // Right: seeds [0, 1], shots 10, …
 * ```
 */
export const compareConfig: Decoder<CompareConfig> = refine(compareFields, (config) => {
  const { seeds } = config
  return E.right({
    ...config,
    seeds: typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => config.seed + i) : seeds,
  })
})

const depth = /^(share|fine-tune)-[1-9][0-9]?$/

const strategy: Decoder<string> = (input, path) => {
  if (typeof input === 'string' && (strategyNames.some((name) => name === input) || depth.test(input)))
    return E.right(input)
  return refuse(
    path,
    `expected ${strategyNames.join(', ')}, share-K or fine-tune-K; got ${describe(input)}${suggestion(input, strategyNames)}`,
  )
}

/** A transfer's configuration. */
export const transferConfig: Decoder<TransferConfig> = struct({
  ...trainFields,
  strategy: withDefault(strategy, 'ptu'),
  rate: withDefault(rate, 4e-3),
  out: withDefault(string, 'runs/transfer'),
})
