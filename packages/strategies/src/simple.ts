import { infer } from '@ptu/layers'
import type { SourceBlock } from '@ptu/networks'
import { cloneParams, type Shape } from '@ptu/tensor'

import { PlanError, type Strategy } from './strategy.ts'

/**
 * Keeps the source's function and parameters: nothing to learn. The state "frozen".
 *
 * @example
 * ```ts
 * const source = freeze(mlp([8]), initBody(mlp([8]), key(0), [4]))
 * expect(source.blocks.map((block) => share(block).learns)).toEqual([false])
 * ```
 */
export const share: Strategy = ({ name, layer, params: pretrained }) => ({
  name,
  strategy: 'share',
  learns: false,
  observes: false,
  output: (input: Shape) => layer.output(input),
  init: () => [],
  apply: (_params, { x }) => layer.apply(pretrained, x, infer),
  fold: () => ({ layer, params: cloneParams(pretrained) }),
})

/** Starts from the source's parameters and learns all of them. The state "fine-tuned". */
export const fineTune: Strategy = ({ name, layer, params: pretrained }) => ({
  name,
  strategy: 'fine-tune',
  learns: true,
  observes: false,
  output: (input: Shape) => layer.output(input),
  init: () => cloneParams(pretrained),
  apply: (params, { x }, mode) => layer.apply(params, x, mode),
  fold: (params) => ({ layer, params: cloneParams(params) }),
})

/** Takes the source's architecture only and learns it from a random start. The state "random". */
export const scratch: Strategy = ({ name, layer }) => ({
  name,
  strategy: 'scratch',
  learns: true,
  observes: false,
  output: (input: Shape) => layer.output(input),
  init: (key, input) => layer.init(key, input),
  apply: (params, { x }, mode) => layer.apply(params, x, mode),
  fold: (params) => ({ layer, params: cloneParams(params) }),
})

/** Passes on what the source computed: feature extraction from any source, a black box too. Nothing to learn. */
export const observe: Strategy<SourceBlock> = (block) => ({
  name: block.name,
  strategy: 'observe',
  learns: false,
  observes: true,
  output: (input: Shape) => block.output(input),
  init: () => [],
  apply: (_params, { source }) => {
    if (source === undefined) throw new PlanError(`${block.name}: expected the source's activation, got none`)
    return source.clone()
  },
})
