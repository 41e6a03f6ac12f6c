import { OptionError } from '@ptu/core'
import { infer, type Layer } from '@ptu/layers'
import type { Body } from '@ptu/networks'
import { scope, type ParamTree } from '@ptu/tensor'
import type { PlainNetwork, TransferModel, TransferParams } from '@ptu/strategies'
import type { Tensor } from '@tensorflow/tfjs-core'

/** A block of a network with its parameters in place, at inference. Its output is what the next block reads. */
export interface FixedBlock {
  readonly name: string
  /** `[batch, ...] -> [batch, ...]`, differentiable. Borrows; the caller owns the result. */
  apply(x: Tensor): Tensor
}

/** A block that can be looked into. */
export interface LayerBlock extends FixedBlock {
  readonly layer: Layer
  readonly params: ParamTree
}

/**
 * The blocks of a plain network with its parameters: a body, or a body with its head as last block. Borrows the parameters
 * for the life of the blocks.
 *
 * Throws `OptionError` if there are not as many trees as blocks.
 *
 * @example
 * ```ts
 * const body = [...mlp([4]), { name: 'head', layer: dense(2) }]
 * const blocks = openBlocks(body, initBody(body, key(0), [3]))
 * expect(blocks.map(({ name }) => name)).toEqual(['dense1', 'head'])
 * ```
 */
export const openBlocks = (body: Body, params: readonly ParamTree[]): readonly LayerBlock[] => {
  if (body.length !== params.length)
    throw new OptionError(`openBlocks: expected parameters for ${body.length} blocks, got ${params.length}`)
  return body.map(({ name, layer }, i) => {
    const own = params[i] ?? []
    return { name, layer, params: own, apply: (x) => layer.apply(own, x, infer) }
  })
}

/** The blocks and the head of a folded model. Borrows its parameters for the life of the blocks. */
export const foldedBlocks = ({ body, head, params }: PlainNetwork): readonly LayerBlock[] =>
  openBlocks([...body, { name: 'head', layer: head }], params)

/**
 * The blocks and the head of a transfer model with its learnt parameters. Borrows both for the life of the blocks.
 *
 * Throws `OptionError` for a block that reads the activation of its source: no gradient passes through a black box, and
 * the block's input is then not all it depends on.
 *
 * @example
 * ```ts
 * const source = freeze(mlp([8]), initBody(mlp([8]), key(0), [4]))
 * const model = transfer(source, { blocks: [ptu()], head: dense(3) })
 * expect(transferBlocks(model, model.init(key(1), [4])).map(({ name }) => name)).toEqual(['dense1', 'head'])
 * ```
 */
export const transferBlocks = (model: TransferModel, params: TransferParams): readonly FixedBlock[] => {
  const observer = model.blocks.find(({ observes }) => observes)
  if (observer !== undefined)
    throw new OptionError(
      `block ${observer.name} (${observer.strategy}) reads a black box, through which no gradient passes; ` +
        'explain a model of an open source, or give the blocks above it',
    )
  const blocks = model.blocks.map((block, i) => ({
    name: block.name,
    apply: (x: Tensor) => block.apply(params.blocks[i] ?? [], { x }, infer),
  }))
  return [...blocks, { name: 'head', apply: (x) => model.head.apply(params.head, x, infer) }]
}

/** A network in two parts: up to the output of a block, and from there on. */
export interface Cut {
  readonly below: (x: Tensor) => Tensor
  readonly above: (h: Tensor) => Tensor
}

/** The name of the cut before the first block. */
export const input = 'input'

/** Cuts a network after the block of a name. Throws `OptionError` that lists the names where there is no such block. */
export const cutAfter = (blocks: readonly FixedBlock[], name: string): Cut => {
  const at = name === input ? 0 : blocks.findIndex((block) => block.name === name) + 1
  if (at === 0 && name !== input)
    throw new OptionError(
      `expected the name of a block, one of ${[input, ...blocks.map((block) => block.name)].join(', ')}, got ${name}`,
    )
  return { below: (x) => run(blocks.slice(0, at), x), above: (h) => run(blocks.slice(at), h) }
}

const run = (blocks: readonly FixedBlock[], x: Tensor): Tensor =>
  scope(() => blocks.reduce((h, block) => block.apply(h), x.clone()))
