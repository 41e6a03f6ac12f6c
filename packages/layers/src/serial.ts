import { split } from '@ptu/core'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'

import { splitMode, type Layer } from './layer.ts'

/**
 * Runs layers one after another; the parameters are the list of theirs. At inference no more than one activation
 * between two layers is held at a time.
 *
 * @example
 * ```ts
 * const block = serial(conv2d(16, 3), relu, maxPool(2))
 * ```
 */
export const serial = (...layers: readonly Layer[]): Layer<readonly ParamTree[]> => ({
  spec: { type: 'serial', layers: layers.map(({ spec }) => spec) },
  structure: { kind: 'composite', flow: 'chain', parts: layers, rebuild: (parts) => serial(...parts) },
  output: (input) => shapesOf(layers, input).at(-1) ?? input,
  init: (key, input) => {
    const keys = split(key, layers.length)
    const inputs = [input, ...shapesOf(layers, input)]
    return layers.map((layer, i) => layer.init(keys[i] ?? key, inputs[i] ?? input))
  },
  apply: (params, x, mode) =>
    scope(() => {
      if (layers.length === 0) return x.clone()
      const modes = splitMode(mode, layers.length)
      return layers.reduce((h, layer, i) => {
        const y = layer.apply(params[i] ?? [], h, modes[i] ?? mode)
        if (h !== x) h.dispose()
        return y
      }, x)
    }),
})

/** The output shape of each layer of a chain in turn. */
export const shapesOf = (layers: readonly { output(input: Shape): Shape }[], input: Shape): readonly Shape[] =>
  layers.reduce<readonly Shape[]>((done, layer) => [...done, layer.output(done.at(-1) ?? input)], [])
