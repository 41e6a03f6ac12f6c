import { OptionError, Tree } from '@ptu/core'
import { infer } from '@ptu/layers'
import { disposeParams, scope, type ParamTree, type Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

import type { Body, OpenBlock, SourceNetwork } from './source.ts'

/**
 * Freezes a body and its pretrained parameters, one tree per block, into a source.
 *
 * Borrows `params` for the source's life. Throws `OptionError` if there are not as many trees as blocks.
 *
 * @example
 * ```ts
 * const body = mlp([16, 8])
 * const source = freeze(body, initBody(body, key(0), [4]))
 * ```
 */
export const freeze = (body: Body, params: readonly ParamTree[]): SourceNetwork<OpenBlock> => {
  if (body.length !== params.length)
    throw new OptionError(`freeze: expected parameters for ${body.length} blocks, got ${params.length}`)
  const blocks = body.map(({ name, layer }, i) => ({
    name,
    layer,
    params: params[i] as ParamTree,
    output: (input: Shape) => layer.output(input),
  }))
  return {
    blocks,
    activations: (x) =>
      scope(() => {
        const found: Tensor[] = []
        for (const { layer, params: pretrained } of blocks)
          found.push(layer.apply(pretrained, found.at(-1) ?? x, infer))
        return found
      }),
  }
}

/** Frees the parameters of a source. Only their owner may call this. */
export const disposeSource = ({ blocks }: SourceNetwork<OpenBlock>): void => {
  for (const { params } of blocks) disposeParams(params)
}

/** Counts the numbers in each block of a source. */
export const parameterCounts = ({ blocks }: SourceNetwork<OpenBlock>): readonly number[] =>
  blocks.map(({ params }) => Tree.leaves(params).reduce((sum, leaf) => sum + leaf.size, 0))
