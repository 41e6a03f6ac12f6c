import type { Layer } from '@ptu/layers'
import type { Body } from '@ptu/networks'
import { cloneParams, disposeParams, type ParamTree } from '@ptu/tensor'

import { PlanError, type Folded, type TransferBlock } from './strategy.ts'
import type { TransferModel, TransferParams } from './transfer.ts'

/** A plain network: `withHead(body, head)` with `params` computes it, and `freeze(body, params.slice(0, -1))` is a source. */
export interface PlainNetwork {
  readonly body: Body
  readonly head: Layer
  /** One tree per block, then the head's. The caller owns them. */
  readonly params: readonly ParamTree[]
}

/**
 * Turns a trained transfer model into a plain network of plain parameters, without source, gates or branches.
 *
 * Equal to the model at inference within rounding (1e-5 relative). Borrows `params`; the caller owns the result's.
 * Throws a {@link PlanError} that names the block which cannot be folded: a block of a black box, a gate that looks at
 * its input, or a mix after the nonlinearity or of hidden states.
 *
 * @example
 * ```ts
 * const source = freeze(mlp([8]), initBody(mlp([8]), key(0), [4]))
 * const model = transfer(source, { blocks: [ptu()], head: dense(3) })
 * const learnt = model.init(key(1), [4])
 * const { body, head, params } = fold(model, learnt)
 * const [plain, mixed] = [withHead(body, head).apply(params, ones([2, 4]), infer), model.apply(learnt, ones([2, 4]), infer)]
 * plain.dataSync().forEach((y, i) => expect(y).toBeCloseTo(mixed.dataSync()[i] ?? NaN, 5))
 * ```
 */
export const fold = (model: TransferModel, params: TransferParams): PlainNetwork => {
  const folded: (Folded & { readonly name: string })[] = []
  try {
    for (const [i, block] of model.blocks.entries())
      folded.push({ name: block.name, ...foldBlock(block, params.blocks[i] ?? []) })
  } catch (cause) {
    disposeParams(folded.map((block) => block.params))
    throw cause
  }
  return {
    body: folded.map(({ name, layer }) => ({ name, layer })),
    head: model.head,
    params: [...folded.map((block) => block.params), cloneParams(params.head)],
  }
}

const foldBlock = (block: TransferBlock, params: ParamTree): Folded => {
  const place = `block ${block.name} (${block.strategy})`
  if (block.fold === undefined) throw new PlanError(`${place} cannot be folded: keep the model and its source`)
  try {
    return block.fold(params)
  } catch (cause) {
    throw cause instanceof PlanError ? new PlanError(`${place}: ${cause.message}`) : cause
  }
}
