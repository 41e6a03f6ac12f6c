import { integer, oneOrList, optional, refine, string, struct, withDefault, type Decoder } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'

import type { CompareSpec } from '../run/compare.ts'
import { distinct, experimentFields, rate, seed, sourceOf } from './fields.ts'

/** A comparison with the place where it runs. */
export interface CompareConfig {
  readonly spec: CompareSpec
  /** Threads that train at the same time; one for each core unless given. */
  readonly workers: number | undefined
  /** The folder of the run. */
  readonly out: string
}

const fields = struct({
  ...experimentFields,
  seeds: withDefault(oneOrList(integer({ min: 1, max: 1000 }), distinct(seed)), 3),
  strategies: optional(distinct(string)),
  rates: withDefault(distinct(rate), [1e-3, 4e-3]),
  workers: optional(integer({ min: 1, max: 256 })),
  out: withDefault(string, 'runs/compare'),
})

/** The methods that are compared unless others are named. */
const usual: readonly string[] = ['scratch', 'share', 'fine-tune', 'ptu']

/**
 * Checks the configuration of a comparison. A number of `seeds` becomes that many, counted from `seed`; methods of the
 * modules in `method` are named in `strategies`.
 *
 * @example
 * ```ts
 * const decoded = compareConfig({ source: 'mnist:0-4', target: 'mnist:5-9', seeds: 2 }, [])
 * expect(E.map(({ spec }: CompareConfig) => spec.seeds)(decoded)).toEqual(E.right([0, 1]))
 * ```
 */
export const compareConfig: Decoder<CompareConfig> = refine(fields, (config) => {
  const { seeds, workers, out, method: modules, target, shots, steps, batch, rates, backend } = config
  const methods = config.strategies ?? usual
  const counted = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => config.seed + i) : seeds
  const spec = {
    source: sourceOf(config),
    seeds: counted,
    methods,
    modules,
    target,
    shots,
    steps,
    batch,
    rates,
    backend,
  }
  return E.right({ spec, workers, out })
})
