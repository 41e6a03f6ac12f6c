import {
  boolean,
  integer,
  list,
  literal,
  number,
  optional,
  refine,
  refuse,
  string,
  struct,
  withDefault,
  type Decoder,
} from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import { augmentationNames, type AugmentationName } from '../train/augmentation.ts'
import type { TrainSpec } from '../train/train-spec.ts'
import { dataKinds } from '../train/data-kinds.ts'
import { distinct, openedFields, seed } from './fields.ts'
import { readingFields } from './reading-fields.ts'
import { trainingSource } from './training-source.ts'

/** A training with the place where it runs. */
export interface TrainConfig {
  readonly spec: TrainSpec
  /** Threads that train at the same time; one for each core unless given. */
  readonly workers: number | undefined
  /** The folder of the model. */
  readonly out: string
}

/** Checks names of changes of pictures; `none` alone is no change. */
const augment: Decoder<readonly AugmentationName[]> = refine(
  distinct(literal(...augmentationNames, 'none')),
  (names, path) => {
    const changes = names.filter((name) => name !== 'none')
    if (changes.includes('amplitudes') && changes.every((name) => name === 'amplitudes' || name === 'flip'))
      return refuse(path, 'expected crop, shift or colour beside amplitudes, which come from a changed copy')
    return changes.length < names.length && changes.length > 0
      ? refuse(path, `expected changes of pictures or none, got both: ${names.join(', ')}`)
      : E.right(changes)
  },
)

const fields = struct({
  data: string,
  kind: withDefault(literal(...dataKinds.map(({ name }) => name)), 'photos'),
  ...readingFields,
  source: optional(string),
  epochs: optional(number({ above: 0, max: 1000 })),
  embeddings: optional(string),
  model: optional(string),
  ...openedFields,
  body: optional(string),
  test: optional(string),
  minutes: withDefault(number({ above: 0, max: 100_000 }), 10),
  method: optional(string),
  modules: withDefault(list(string, { max: 100 }), []),
  ensemble: withDefault(boolean, false),
  strict: withDefault(boolean, false),
  forget: optional(boolean),
  balance: withDefault(boolean, false),
  augment: optional(augment),
  steps: optional(integer({ min: 1, max: 1_000_000 })),
  batch: optional(integer({ min: 1, max: 65_536 })),
  seed: withDefault(seed, 0),
  backend: withDefault(string, 'auto'),
  workers: optional(integer({ min: 1, max: 256 })),
  threads: withDefault(integer({ min: 1, max: 64 }), 1),
  out: withDefault(string, 'my-model'),
})

/**
 * Checks the configuration of a training.
 *
 * @example
 * ```ts
 * const decoded = trainConfig({ data: 'photos', minutes: 5 }, [])
 * expect(E.map(({ spec }: TrainConfig) => spec.budget)(decoded)).toEqual(E.right(300))
 * ```
 */
export const trainConfig: Decoder<TrainConfig> = refine(fields, (config, path) => {
  const { data, test, minutes, method, modules, ensemble, strict, balance } = config
  const { augment: changes, steps, batch, backend } = config
  return pipe(
    trainingSource(config, path),
    E.map(({ source, reading }) => ({
      spec: {
        ...{ source, data, reading, test, budget: 60 * minutes, method, modules, ensemble, strict },
        ...{ balance, augment: changes, steps, batch, backend, seed: config.seed, threads: config.threads },
      },
      workers: config.workers,
      out: config.out,
    })),
  )
})
