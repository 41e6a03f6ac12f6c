import { isRecord } from '@ptu/core'
import { ImportError } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import { flatLinks } from '../architectures/flat-chain.ts'
import { matchPlan, type MatchedNetwork } from '../architectures/match-network.ts'
import type { TrainedNetwork } from '../trained-network.ts'
import { configOf } from './config.ts'
import { typeOf } from './from-hugging-face.ts'
import type { Pooling } from './model-type.ts'

/** The body of a folder: its config, the module that it is in, and the way in which states of tokens become one vector. */
export interface FolderBody {
  readonly config: unknown
  readonly prefix: string
  readonly pooling: Pooling
  /** The shape of an example. */
  readonly input: Shape
}

/** The name of a kind of network, by the `model_type` of its config. */
export const kindOf = (config: unknown): string => (isRecord(config) ? String(config['model_type']) : '')

/**
 * The layers of a network as a folder has them; undefined where its layers are others. Throws `ImportError` where it reads
 * pictures of another size than the folder has positions for.
 */
export const matchedBody = (
  network: TrainedNetwork,
  { config, prefix, pooling, input }: FolderBody,
): MatchedNetwork | undefined => {
  const described = { config: configOf(config), tensors: new Map(), pooling }
  const plan = typeOf(described.config).plan({ ...described, ...(input.length === 3 && { input }) }, prefix)
  const { body, epsilon = 0, facts, views = [] } = plan
  if (views.some(({ change }) => change !== undefined))
    throw new ImportError(`expected pictures of one side, which the positions of ${kindOf(config)} are for, got ${input.join(' × ')}`) // prettier-ignore
  const links = flatLinks(network)
  return matchPlan(kindOf(config), { body, head: undefined, input, epsilon, facts, views }, { links, input })
}
