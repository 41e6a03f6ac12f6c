import { optional, refine, string, struct, withDefault, type Decoder } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import type { TransferSpec } from '../run/transfer.ts'
import { experimentFields, rate, seed, sourceOf } from './fields.ts'

/** A transfer with the folder of its run. */
export interface TransferConfig {
  readonly spec: TransferSpec
  readonly out: string
}

const fields = struct({
  ...experimentFields,
  strategy: withDefault(string, 'ptu'),
  rate: optional(rate),
  draw: optional(seed),
  out: withDefault(string, 'runs/transfer'),
})

/**
 * Checks the configuration of a transfer. The source network is trained with `seed`; the labels are those of `draw`, which is `seed`
 * too unless given, as the draws of a comparison are.
 *
 * @example
 * ```ts
 * const decoded = transferConfig({ source: 'mnist:0-4', target: 'mnist:5-9', strategy: 'share-2' }, [])
 * expect(E.map(({ spec }: TransferConfig) => spec.method)(decoded)).toEqual(E.right('share-2'))
 * ```
 */
export const transferConfig: Decoder<TransferConfig> = refine(fields, (config, path) => {
  const { out, strategy: method, method: modules, target, shots, steps, batch, rate: own, backend } = config
  const { allowUntrained, draw = config.seed } = config
  return pipe(
    sourceOf(config, path),
    E.map((source) => ({
      spec: { source, method, modules, target, shots, steps, batch, rate: own, seed: draw, backend, allowUntrained },
      out,
    })),
  )
})
