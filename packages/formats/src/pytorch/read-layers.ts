import { key, OptionError, ShapeError, Tree } from '@ptu/core'
import type { Layer } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'

import { hasTorchLayer, torchLayers, type Module } from './torch-layers.ts'

/** The shape of a layer's input, and the map that was flattened into it. */
export interface Place {
  readonly shape: Shape
  readonly flattened?: Shape
}

/** The names, modules and numbers with which the layers of a block are read. */
export interface Reading {
  /** The name of the block, for messages. */
  readonly block: string
  /** The modules of the layers with parameters, in their order. */
  readonly names: readonly string[]
  /** The number that is added to the variances of batch normalisation. */
  readonly epsilon: number
  /** The tensors of a module; those of a layer that reads backwards end in `_reverse`. */
  readonly moduleOf: (name: string, suffix: string) => Module
  /** Called for each layer with parameters, in their order, with the function that makes them from its module. */
  readonly onLayer?: (params: () => ParamTree) => void
}

interface State extends Reading {
  /** The number of modules that are taken. */
  taken: number
}

/** A function that makes the parameters of layers, and the place after the layers. */
export interface ReadLayers {
  readonly params: () => ParamTree
  readonly at: Place
}

/**
 * Asks modules for every tensor that a layer has, and returns a function that makes the layer's parameters from them.
 *
 * Nothing is allocated before the function is called. Throws `ImportError` if layers and modules differ in number or
 * kind.
 */
export const readLayers = (layer: Layer, at: Place, reading: Reading): ReadLayers => {
  const state: State = { ...reading, taken: 0 }
  const read = readLayer(layer, at, state)
  const left = reading.names.slice(state.taken)
  if (left.length > 0)
    throw new ImportError(
      `block ${reading.block}: expected a module for each layer with parameters, ${JSON.stringify(left)} are left`,
    )
  return read
}

const readLayer = (layer: Layer, at: Place, state: State): ReadLayers => {
  const { structure, spec } = layer
  const after = placeAfter(layer, at, state.block)
  if (spec.type === 'bidirectional') {
    const name = nextName(state, spec.type)
    const parts = structure.kind === 'composite' ? structure.parts : []
    const params = parts.map((part, i) => readModule(part, at, state.moduleOf(name, i === 0 ? '' : '_reverse'), state))
    return { params: () => params.map((make) => make()), at: after }
  }
  if (structure.kind === 'composite') {
    let place = at
    const reads = structure.parts.map((part) => {
      const read = readLayer(part, place, state)
      if (structure.flow === 'chain') place = read.at
      return read.params
    })
    return { params: () => reads.map((make) => make()), at: structure.flow === 'chain' ? place : after }
  }
  if (!hasTorchLayer(spec)) return { params: none(layer, at, state.block), at: after }
  const module = state.moduleOf(nextName(state, spec.type), '')
  if (module.has('weight_ih_l0_reverse'))
    throw new ImportError(
      `block ${state.block}: expected bidirectional(${spec.type}(…)), as its module is, got ${spec.type}`,
    )
  return { params: readModule(layer, at, module, state), at: { shape: after.shape } }
}

const readModule = (
  layer: Layer,
  { shape, flattened }: Place,
  module: Module,
  { epsilon, onLayer }: State,
): (() => ParamTree) => {
  const read = torchLayers[layer.spec.type]
  if (read === undefined) throw new ImportError(`expected a layer that PyTorch has, got ${layer.spec.type}`)
  const output = layer.output(shape)
  const params = read({ spec: layer.spec, input: shape, output, module, epsilon, ...(flattened && { flattened }) })
  onLayer?.(params)
  return params
}

const placeAfter = (layer: Layer, { shape, flattened }: Place, block: string): Place => {
  try {
    const kept = layer.spec.type === 'flatten' && shape.length === 3 ? shape : flattened
    return { shape: layer.output(shape), ...(kept && { flattened: kept }) }
  } catch (cause) {
    if (cause instanceof ShapeError || cause instanceof OptionError)
      throw new ImportError(`block ${block}: ${cause.message}`, { cause })
    throw cause
  }
}

const none = (layer: Layer, { shape }: Place, block: string): (() => ParamTree) => {
  if (scope(() => Tree.leaves(layer.init(key(0), shape)).length) > 0)
    throw new ImportError(`block ${block}: expected layers that PyTorch has, got ${layer.spec.type}`)
  return () => []
}

const nextName = (state: State, type: string): string => {
  const name = state.names[state.taken++]
  if (name === undefined)
    throw new ImportError(
      `block ${state.block}: expected a module for each layer with parameters, none is left for ${type}`,
    )
  return name
}
