import { canonical } from '@ptu/core'
import { frozenBatchNorm, type ConvolutionParams, type Layer } from '@ptu/layers'
import type { ParamTree } from '@ptu/tensor'
import { onesLike, zerosLike } from '@tensorflow/tfjs-core'

import type { Link } from './flat-chain.ts'

/** The parameters of planned layers, and the links of a network that they stand for. */
export interface Unfolded {
  readonly params: readonly ParamTree[]
  /** The number of links that were used. */
  readonly used: number
}

/** Layers that do nothing at inference; a plan and a network need not have the same. */
const idle: ReadonlySet<string> = new Set(['dropout', 'identity'])

const convolutions: ReadonlySet<string> = new Set(['conv2d', 'depthwiseConv2d'])

/**
 * The parameters that layers of a plan must have to compute what a network computes whose batch normalisations are folded.
 *
 * A convolution takes the network's kernel; the normalisation that follows it in the plan keeps scale 1, and its shift is
 * the network's bias. Undefined if the network has other layers. Makes tensors, which a scope frees.
 */
export const unfold = (planned: readonly Layer[], links: readonly Link[]): Unfolded | undefined => {
  const own = links.map((link, at) => ({ ...link, at })).filter(({ layer }) => !idle.has(layer.spec.type))
  const params: ParamTree[] = []
  let next = 0
  for (const [i, layer] of planned.entries()) {
    if (isTaken(planned, i)) continue
    const found = idle.has(layer.spec.type) ? [[]] : matched(layer, own[next++], isTaken(planned, i + 1))
    if (found === undefined) return undefined
    params.push(...found)
  }
  return { params, used: own[next]?.at ?? links.length }
}

/** Tells whether a planned layer is a normalisation that the convolution before it takes in. */
const isTaken = (planned: readonly Layer[], at: number): boolean =>
  planned[at]?.spec.type === frozenBatchNorm.spec.type && convolutions.has(planned[at - 1]?.spec.type ?? '')

/** The parameters of a planned layer, and of the normalisation after it if the convolution has taken that in. */
const matched = (planned: Layer, link: Link | undefined, isFolded: boolean): readonly ParamTree[] | undefined => {
  if (link === undefined) return undefined
  return isFolded ? split(planned, link) : same(planned, link)
}

const isAlike = (planned: Layer, own: Layer, changes: { readonly bias?: boolean } = {}): boolean =>
  canonical({ ...planned.spec, ...changes }) === canonical({ ...own.spec, ...changes })

/** A convolution and a normalisation for a convolution that has taken the normalisation in. */
const split = (planned: Layer, { layer, params }: Link): readonly ParamTree[] | undefined => {
  const { kernel, bias } = params as ConvolutionParams
  if (!isAlike(planned, layer, { bias: true }) || bias === undefined) return undefined
  const own = planned.spec['bias'] === true ? { kernel, bias: zerosLike(bias) } : { kernel }
  return [own, { scale: onesLike(bias), shift: bias }]
}

const same = (planned: Layer, { layer, params }: Link): readonly ParamTree[] | undefined => {
  if (planned.structure.kind !== 'composite') return isAlike(planned, layer) ? [params] : undefined
  if (layer.structure.kind !== 'composite' || planned.spec.type !== layer.spec.type) return undefined
  const [parts, ownParts] = [planned.structure.parts, layer.structure.parts]
  if (parts.length !== ownParts.length) return undefined
  const paths = parts.map((part, i) => pathOf(part, ownParts[i] as Layer, (params as readonly ParamTree[])[i] ?? []))
  return paths.every((path) => path !== undefined) ? [paths] : undefined
}

/** The parameters of one path of a composite; both paths are flat chains. */
const pathOf = (planned: Layer, own: Layer, params: ParamTree): ParamTree | undefined => {
  if (planned.structure.kind !== 'composite' || own.structure.kind !== 'composite') return undefined
  const each = params as readonly ParamTree[]
  const links = own.structure.parts.map((layer, i) => ({ layer, params: each[i] ?? [] }))
  const found = unfold(planned.structure.parts, links)
  return found?.used === links.length ? found.params : undefined
}
