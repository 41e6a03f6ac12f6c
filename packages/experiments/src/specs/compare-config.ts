import {
  integer,
  literal,
  oneOrList,
  optional,
  refine,
  refuse,
  string,
  struct,
  withDefault,
  type Decoder,
} from '@ptu/config'
import { isRecord } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import { builtInMethods } from '../methods/built-in.ts'
import type { CompareSpec } from '../run/compare.ts'
import { distinct, experimentFields, rate, seed, sourceOf } from './fields.ts'

/** A comparison with the place where it runs. */
export interface CompareConfig {
  readonly spec: CompareSpec
  /** Threads that train at the same time; one for each core unless given. */
  readonly workers: number | undefined
  /** The folder of the run. */
  readonly out: string
  /** The address of the queue whose workers train, or true for the one in the environment; none unless given. */
  readonly queue: string | true | undefined
  /** The folder of finished cells that others share. */
  readonly store: string | undefined
}

/** Checks the address of a queue, or true for the one in the environment; messages do not show it, for it may hold a password. */
const address: Decoder<string | true> = (input, path) =>
  typeof input === 'string' || input === true ? E.right(input) : refuse(path, 'expected the address of a queue')

/** The fields of a comparison; without modules, a method must be a built-in one. */
const fieldsFor = (methodName: Decoder<string>) =>
  struct({
    ...experimentFields,
    seeds: withDefault(oneOrList(integer({ min: 1, max: 1000 }), distinct(seed)), 6),
    strategies: optional(distinct(methodName)),
    rates: optional(distinct(rate)),
    judge: optional(string),
    measure: optional(distinct(string)),
    workers: optional(integer({ min: 1, max: 256 })),
    out: withDefault(string, 'runs/compare'),
    queue: optional(address),
    store: optional(string),
  })

const anyName = fieldsFor(string)
const builtInName = fieldsFor(literal(...builtInMethods.map(({ name }) => name)))

const fields: typeof anyName = (input, path) =>
  (isRecord(input) && input['method'] !== undefined ? anyName : builtInName)(input, path)

/** The methods that are compared unless others are named. */
const usual: readonly string[] = ['scratch', 'share', 'fine-tune', 'freeze', 'fine-tune-all', 'ptu', 'ptu-fixed']

/**
 * Checks the configuration of a comparison. A number of `seeds` becomes that many, counted from `seed`; methods of the
 * modules in `method` are named in `strategies`, and `judge` names the one that is judged.
 *
 * @example
 * ```ts
 * const decoded = compareConfig({ source: 'mnist:0-4', target: 'mnist:5-9', seeds: 2 }, [])
 * expect(E.map(({ spec }: CompareConfig) => spec.seeds)(decoded)).toEqual(E.right([0, 1]))
 * ```
 */
export const compareConfig: Decoder<CompareConfig> = refine(fields, (config, path) => {
  const { seeds, workers, out, queue, store, method: modules, target, shots, steps, batch, rates, backend } = config
  const methods = config.strategies ?? usual
  const counted = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => config.seed + i) : seeds
  const spec = {
    seeds: counted,
    methods,
    modules,
    target,
    shots,
    steps,
    batch,
    rates,
    backend,
    rate: undefined,
    judged: config.judge,
    measures: config.measure,
    allowUntrained: config.allowUntrained,
  }
  return pipe(
    sourceOf(config, path),
    E.map((source) => ({ spec: { ...spec, source }, workers, out, queue, store })),
  )
})
