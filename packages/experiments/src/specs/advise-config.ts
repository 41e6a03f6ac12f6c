import { integer, optional, refine, refuse, string, struct, type Decoder } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import type { AdviseSpec } from '../advise/advise-spec.ts'
import { experimentFields, sourceOf } from './fields.ts'

/** A question for advice. */
export interface AdviseConfig {
  readonly spec: AdviseSpec
}

const {
  source,
  model,
  input,
  cut,
  until,
  freeze,
  range,
  tokens,
  body,
  epochs,
  embeddings,
  batch,
  seed,
  backend,
  allowUntrained,
} = experimentFields

const fields = struct({
  ...{
    source,
    model,
    input,
    cut,
    until,
    freeze,
    range,
    tokens,
    body,
    epochs,
    embeddings,
    batch,
    seed,
    backend,
    allowUntrained,
  },
  target: optional(string),
  data: optional(string),
  shots: optional(integer({ min: 1, max: 100_000 })),
})

/** Labelled examples of each class that are drawn from a target unless another number is given. */
const usualShots = 10

/**
 * Checks the configuration of an advice: either a `target`, of which `shots` examples per class are drawn, or `data`, of
 * which all labelled examples count.
 *
 * @example
 * ```ts
 * const decoded = adviseConfig({ source: 'mnist:0-4', target: 'mnist:5-9' }, [])
 * expect(E.map(({ spec }: AdviseConfig) => spec.shots)(decoded)).toEqual(E.right(10))
 * ```
 */
export const adviseConfig: Decoder<AdviseConfig> = refine(fields, (config, path) => {
  const { target, data, shots } = config
  if (target !== undefined && data !== undefined)
    return refuse([...path, 'data'], 'expected one of target and data, got both; leave one out')
  if (data !== undefined && shots !== undefined)
    return refuse([...path, 'shots'], 'expected only beside target, all examples of data are taken; leave it out')
  const named = target ?? data
  if (named === undefined)
    return refuse([...path, 'target'], 'expected data to draw labelled examples from, or data with labelled examples')
  const asked = data === undefined ? (shots ?? usualShots) : undefined
  return pipe(
    sourceOf(config, path),
    E.map((from) => ({
      spec: {
        ...{ source: from, target: named, shots: asked, seed: config.seed, batch: config.batch },
        ...{ backend: config.backend, allowUntrained: config.allowUntrained },
      },
    })),
  )
})
