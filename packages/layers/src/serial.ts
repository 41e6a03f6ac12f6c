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
export const serial = (...layers: readonly Layer[]): Layer<readonly ParamTree[]> => {
  const stages = stagesOf(layers)
  return {
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
        return stages.reduce((h, { at, apply }) => {
          const y = apply(params[at] ?? [], h, modes[at] ?? mode)
          if (h !== x) h.dispose()
          return y
        }, x)
      }),
  }
}

/** One layer of a chain at its place, or two that run as one. */
interface Stage {
  readonly at: number
  readonly apply: Layer['apply']
}

/** The stages of a chain: a layer applies the rectifier after it, if it can. */
const stagesOf = (layers: readonly Layer[]): readonly Stage[] =>
  layers.flatMap((layer, at) => {
    if (rectifierAfter(layers[at - 1], layer)) return []
    const rectify = rectifierAfter(layer, layers[at + 1])
    return [{ at, apply: rectify ?? ((...args) => layer.apply(...args)) }]
  })

/** Applies a layer and the rectifier after it; undefined if the layer cannot or no rectifier follows. */
const rectifierAfter = (layer: Layer | undefined, next: Layer | undefined): Layer['apply'] | undefined => {
  const type = next?.spec.type
  if (type !== 'relu' && type !== 'relu6') return undefined
  const rectified = layer?.structure.kind === 'affine' ? layer.structure.rectified : undefined
  if (rectified === undefined || rectified.of !== layer?.apply) return undefined
  return (params, x) => rectified.apply(params, x, type)
}

/** The output shape of each layer of a chain in turn. */
export const shapesOf = (layers: readonly { output(input: Shape): Shape }[], input: Shape): readonly Shape[] =>
  layers.reduce<readonly Shape[]>((done, layer) => [...done, layer.output(done.at(-1) ?? input)], [])
