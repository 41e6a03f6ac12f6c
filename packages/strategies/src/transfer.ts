import { split } from '@ptu/core'
import { infer, shapesOf, splitMode, type Layer, type Mode, type StagedLayer } from '@ptu/layers'
import type { OpenBlock, SourceBlock, SourceNetwork } from '@ptu/networks'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import { PlanError, type Strategy, type TransferBlock } from './strategy.ts'

/** The learnt parameters of a transfer model: one tree per block, and the head's. */
export type TransferParams = { readonly blocks: readonly ParamTree[]; readonly head: ParamTree }

/** One strategy per block of the source, input side first, and a new head. */
export interface TransferPlan<B extends SourceBlock = OpenBlock> {
  readonly blocks: readonly Strategy<B>[]
  readonly head: Layer
}

/** A model of a new task: a layer, whose parameters are only what is to be learnt. */
export interface TransferModel extends StagedLayer<TransferParams> {
  readonly blocks: readonly TransferBlock[]
  readonly head: Layer
}

/** The part kept per example: the input of the first block that learns, and the source's activations that later blocks read. */
type Encoded = {
  readonly x: Tensor
  readonly prepared: ParamTree
  readonly taps: { readonly [block: string]: Tensor }
}

/**
 * Carries a source over to a new task, block by block. Borrows the source for the model's life.
 *
 * Throws {@link PlanError} if the plan has more or fewer strategies than the source has blocks.
 *
 * @example
 * ```ts
 * const source = freeze(mlp([16, 8]), initBody(mlp([16, 8]), key(0), [4]))
 * const model = transfer(source, { blocks: [share, ptu()], head: dense(3) })
 * expect(model.output([4])).toEqual([3])
 * ```
 */
export const transfer = <B extends SourceBlock>(source: SourceNetwork<B>, plan: TransferPlan<B>): TransferModel => {
  const blocks = planned(source, plan)
  const layers = [...blocks, plan.head]
  const first = blocks.findIndex(({ learns }) => learns)
  const start = first < 0 ? blocks.length : first
  const encode = (x: Tensor): Encoded => scope(() => encodeWith(source, blocks, start, x))
  const decode = (params: TransferParams, encoded: ParamTree, mode: Mode): Tensor =>
    scope(() => {
      const features = run(blocks, start, params, encoded as Encoded, mode)
      return plan.head.apply(params.head, features, splitMode(mode, layers.length).at(-1) ?? mode)
    })
  return {
    spec: { type: 'transfer', blocks: blocks.map(({ strategy }) => strategy), head: plan.head.spec },
    structure: { kind: 'opaque' },
    blocks,
    head: plan.head,
    output: (input) => shapesOf(layers, input).at(-1) ?? input,
    init: (key, input) => {
      const keys = split(key, layers.length)
      const inputs: readonly Shape[] = [input, ...shapesOf(layers, input)]
      const made = layers.map((layer, i) => layer.init(keys[i] ?? key, inputs[i] ?? input))
      return { blocks: made.slice(0, -1), head: made.at(-1) ?? [] }
    },
    encode,
    decode,
    apply: (params, x, mode) => scope(() => decode(params, encode(x), mode)),
  }
}

const planned = <B extends SourceBlock>(
  { blocks }: SourceNetwork<B>,
  plan: TransferPlan<B>,
): readonly TransferBlock[] => {
  if (plan.blocks.length !== blocks.length)
    throw new PlanError(
      `expected one strategy for each of the ${blocks.length} blocks (${blocks.map(({ name }) => name).join(', ')}), ` +
        `got ${plan.blocks.length}`,
    )
  return blocks.map((block, i) => (plan.blocks[i] as Strategy<B>)(block))
}

/** Everything up to `start` and every activation of the source that a later block reads. */
const encodeWith = (source: SourceNetwork, blocks: readonly TransferBlock[], start: number, x: Tensor): Encoded => {
  const seen = blocks.some(({ observes }) => observes) ? source.activations(x) : []
  const carried = blocks.slice(0, start).reduce<Tensor>((h, block, i) => {
    const tap = seen[i]
    return block.apply([], { x: h, ...(block.observes && tap && { source: tap }) }, infer)
  }, x.clone())
  const taps = seen.flatMap((tap, i) => (i >= start && blocks[i]?.observes ? [[String(i), tap] as const] : []))
  return { x: carried, prepared: blocks[start]?.prepare?.(carried) ?? [], taps: Object.fromEntries(taps) }
}

/** The blocks from `start` on. */
const run = (
  blocks: readonly TransferBlock[],
  start: number,
  params: TransferParams,
  { x, prepared, taps }: Encoded,
  mode: Mode,
): Tensor => {
  const modes = splitMode(mode, blocks.length + 1)
  return blocks.slice(start).reduce((h, block, i) => {
    const at = start + i
    const tap = taps[String(at)]
    const kept = i === 0 && block.prepare ? { prepared } : {}
    return block.apply(params.blocks[at] ?? [], { x: h, ...kept, ...(tap && { source: tap }) }, modes[at] ?? mode)
  }, x)
}
