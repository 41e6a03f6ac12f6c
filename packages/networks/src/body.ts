import { split, type Key } from '@ptu/core'
import { serial, shapesOf, type Layer } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'

import type { Body } from './source.ts'

/**
 * A body with a head as one layer; its parameters are the list `[...blocks, head]`.
 *
 * @example
 * ```ts
 * const network = withHead(lenet(), dense(10))
 * ```
 */
export const withHead = (body: Body, head: Layer): Layer<readonly ParamTree[]> =>
  serial(...body.map(({ layer }) => layer), head)

/** Fresh parameters of a body, one tree per block; the caller owns them. */
export const initBody = (body: Body, key: Key, input: Shape): readonly ParamTree[] => {
  const layers = body.map(({ layer }) => layer)
  const inputs = [input, ...shapesOf(layers, input)]
  const keys = split(key, layers.length)
  return layers.map((layer, i) => layer.init(keys[i] ?? key, inputs[i] ?? input))
}
