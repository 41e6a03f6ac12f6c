import { serial, type Layer } from '@ptu/layers'
import type { ParamTree } from '@ptu/tensor'

/** A layer and its parameters. */
export interface Link {
  readonly layer: Layer
  readonly params: ParamTree
}

/** The layers of a chain one after another, with no chain inside a chain. */
export const flatLayers = (layer: Layer): readonly Layer[] => {
  const { structure } = layer
  if (structure.kind !== 'composite') return [layer]
  if (structure.flow === 'chain') return structure.parts.flatMap(flatLayers)
  return [structure.rebuild(structure.parts.map((part) => serial(...flatLayers(part))))]
}

/** {@link flatLayers} of a network with its parameters. */
export const flatLinks = ({ layer, params }: Link): readonly Link[] => {
  const { structure } = layer
  if (structure.kind !== 'composite') return [{ layer, params }]
  const each = params as readonly ParamTree[]
  const parts = structure.parts.map((part, i) => flatLinks({ layer: part, params: each[i] ?? [] }))
  if (structure.flow === 'chain') return parts.flat()
  const made = structure.rebuild(parts.map((links) => serial(...links.map((link) => link.layer))))
  return [{ layer: made, params: parts.map((links) => links.map((link) => link.params)) }]
}
