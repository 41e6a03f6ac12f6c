import { frozenBatchNorm, fromSpec, type ConvolutionParams, type Layer, type ScaleShiftParams } from '@ptu/layers'
import { cloneParams, scope, type ParamTree } from '@ptu/tensor'
import { add } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'

import { freeze } from './freeze.ts'
import type { OpenBlock, SourceNetwork } from './source.ts'

/**
 * The same function with each batch normalisation taken into the convolution before it: one affine map in place of two.
 *
 * `W ← s·W`, `b ← s·b + t`, with `s` and `t` the scale and the shift of the normalisation, per output channel. Strategies
 * then have one map to train or to mix, and the network has a third fewer passes over its activations. A normalisation
 * that follows no convolution stays. The outputs are equal within rounding.
 *
 * Borrows the source; the caller owns the new parameters (see `disposeSource`).
 *
 * @example
 * ```ts
 * const block = { name: 'conv', layer: serial(conv2d(4, 3, { bias: false }), frozenBatchNorm, relu) }
 * const folded = foldNormalisations(freeze([block], initBody([block], key(0), [8, 8, 1])))
 * expect(folded.blocks[0]?.layer.spec).toMatchObject({ layers: [{ type: 'conv2d', bias: true }, { type: 'relu' }] })
 * ```
 *
 * References:
 *   Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference", CVPR 2018, §3.2, https://arxiv.org/abs/1712.05877
 */
export const foldNormalisations = ({ blocks }: SourceNetwork<OpenBlock>): SourceNetwork<OpenBlock> => {
  const params = scope(() => blocks.map(({ layer, params: own }) => cloneParams(foldedParams(layer, own))))
  return freeze(
    blocks.map(({ name, layer }) => ({ name, layer: foldedLayer(layer) })),
    params,
  )
}

const convolutions: ReadonlySet<string> = new Set(['conv2d', 'depthwiseConv2d'])

/** Tells whether the part at a place of a chain is a normalisation that the convolution before it takes in. */
const isTaken = (parts: readonly Layer[], at: number): boolean =>
  parts[at]?.spec.type === frozenBatchNorm.spec.type && convolutions.has(parts[at - 1]?.spec.type ?? '')

const foldedLayer = (layer: Layer): Layer => {
  const { structure } = layer
  if (structure.kind !== 'composite') return layer
  const { parts, flow } = structure
  if (flow !== 'chain') return structure.rebuild(parts.map(foldedLayer))
  return structure.rebuild(
    parts.flatMap((part, i) => {
      if (isTaken(parts, i)) return []
      return isTaken(parts, i + 1) ? [withBias(part)] : [foldedLayer(part)]
    }),
  )
}

const withBias = (convolution: Layer): Layer => {
  if (convolution.spec['bias'] === true) return convolution
  const made = fromSpec({ ...convolution.spec, bias: true })
  if (E.isLeft(made)) throw made.left
  return made.right
}

/** The parameters of {@link foldedLayer}; the enclosing scope frees what is not returned. */
const foldedParams = ({ structure }: Layer, params: ParamTree): ParamTree => {
  if (structure.kind !== 'composite') return params
  const { parts, flow } = structure
  const all = params as readonly ParamTree[]
  if (flow !== 'chain') return parts.map((part, i) => foldedParams(part, all[i] ?? []))
  return parts.flatMap((part, i) => {
    if (isTaken(parts, i)) return []
    const own = all[i] ?? []
    return isTaken(parts, i + 1) ? [absorbed(part, own, all[i + 1] as ScaleShiftParams)] : [foldedParams(part, own)]
  })
}

const absorbed = ({ structure }: Layer, params: ParamTree, { scale, shift }: ScaleShiftParams): ConvolutionParams => {
  const { kernel, bias } = (structure.kind === 'affine' ? structure.scale(params, scale) : params) as ConvolutionParams
  return { kernel, bias: bias === undefined ? shift : add(bias, shift) }
}
