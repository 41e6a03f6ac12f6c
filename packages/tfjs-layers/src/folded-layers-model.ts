import { sha256 } from '@ptu/core'
import type { OpenBlock, SourceNetwork } from '@ptu/networks'
import { withHead } from '@ptu/networks'
import { fold, type TransferModel, type TransferParams } from '@ptu/strategies'
import { disposeParams, encodeParams } from '@ptu/tensor'
import type { LayersModel } from '@tensorflow/tfjs-layers'

import { layersModelOf, type LayersModelOptions } from './layers-model-of.ts'

/** The facts about a transfer model besides its parameters. */
export interface FoldedOptions extends LayersModelOptions {
  /** The seed that it was trained from. */
  readonly seed: number
  /** The source it was transferred from; its SHA-256 goes into the metadata. */
  readonly source: SourceNetwork<OpenBlock>
}

/**
 * Folds a trained transfer model of `@ptu/strategies` into a plain `tf.LayersModel`. Its user-defined metadata name the
 * strategy of each block, the seed and the SHA-256 of the source's parameters.
 *
 * Equal at inference within 1e-5. Borrows all; the caller owns the model. Rejects with `PlanError` for a block that
 * cannot be folded, and with `LayersModelError` for a layer that tfjs does not have.
 *
 * @example
 * ```ts
 * import { freeze } from '@ptu/networks'
 * const source = freeze(mlp([8]), initBody(mlp([8]), key(0), [4]))
 * const model = transfer(source, { blocks: [ptu()], head: dense(3) })
 * const params = model.init(key(1), [4]) // and train them
 * const exported = await foldedLayersModel(model, params, { input: [4], seed: 1, source })
 * await exported.save(fileHandler('exported'))
 * ```
 */
export const foldedLayersModel = async (
  model: TransferModel,
  params: TransferParams,
  { seed, source, metadata = {}, ...options }: FoldedOptions,
): Promise<LayersModel> => {
  const sourceSha256 = await digestOf(source)
  const { body, head, params: plain } = fold(model, params)
  try {
    const strategy = Object.fromEntries(model.blocks.map(({ name, strategy: each }) => [name, each]))
    return layersModelOf(withHead(body, head), plain, {
      ...options,
      metadata: { strategy, seed, sourceSha256, ...metadata },
    })
  } finally {
    disposeParams(plain)
  }
}

const digestOf = async ({ blocks }: SourceNetwork<OpenBlock>): Promise<string> =>
  sha256(await encodeParams(blocks.map(({ params }) => params)))
