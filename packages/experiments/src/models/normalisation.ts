import { list, number, oneOrList, struct, type Decoder } from '@ptu/config'
import type { Normalisation } from '@ptu/data'

/** Checks the step before a network's first layer, as it stands in the metadata of a file. */
export const normalisationDecoder: Decoder<Normalisation> = struct({
  mean: oneOrList(number(), list(number(), { min: 1 })),
  deviation: oneOrList(number({ above: 0 }), list(number({ above: 0 }), { min: 1 })),
})
