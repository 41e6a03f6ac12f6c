import { key, OptionError, ShapeError, Tree } from '@ptu/core'
import type { Layer } from '@ptu/layers'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { Either } from 'fp-ts/lib/Either.js'

import { freeze } from '../freeze.ts'
import type { Body, OpenBlock, SourceNetwork } from '../source.ts'
import { attempt } from './attempt.ts'
import { ImportError } from './errors.ts'
import { shown } from './fields.ts'
import { torchLayers, type Module } from './torch-layers.ts'
import type { StoredWeight } from './weights.ts'

/** The parameters of a PyTorch model and which module each layer's are. */
export interface StateDict {
  readonly tensors: readonly StoredWeight[]
  /** For each block the names of the modules that its layers with parameters are, in their order: `features.0`. */
  readonly modules: Readonly<Record<string, readonly string[]>>
  /** The shape of an example, in our order of axes. */
  readonly input: Shape
}

/**
 * A source with the parameters of a PyTorch model whose layers `body` spells out.
 *
 * Kernels are turned into our order of axes, for dense layers after a flattened map too; batch normalisation is folded to
 * its function at inference. The caller frees the source with `disposeSource`. A Left names the module or tensor that does
 * not fit.
 *
 * @example
 * ```ts
 * const source = pipe(
 *   readTensors('lenet.safetensors'), // by safetensors.torch.save_file(model.state_dict(), 'lenet.safetensors')
 *   TE.flatMapEither((tensors) =>
 *     fromStateDict(lenet(), {
 *       tensors,
 *       modules: { conv1: ['features.0'], conv2: ['features.3'], dense: ['classifier.1'] },
 *       input: [28, 28, 1],
 *     }),
 *   ),
 * )
 * expect(E.isLeft(await source())).toBe(true) // there is no such file
 * ```
 */
export const fromStateDict = (
  body: Body,
  { tensors, modules, input }: StateDict,
): Either<ImportError, SourceNetwork<OpenBlock>> =>
  attempt(() => {
    const stored = new Map(tensors.map((weight) => [weight.name, weight]))
    let at: Place = { shape: input }
    const makers = body.map(({ name, layer }) => {
      const names = Object.hasOwn(modules, name) ? [...(modules[name] ?? [])] : []
      const read = readLayer(layer, at, { block: name, names, stored })
      if (names.length > 0)
        throw new ImportError(
          `block ${name}: expected a module for each layer with parameters, ${shown(names)} are left`,
        )
      at = read.at
      return read.params
    })
    return freeze(
      body,
      scope(() => makers.map((params) => params())),
    )
  })

/** The shape of what a layer reads, and the map that was flattened into it. */
interface Place {
  readonly shape: Shape
  readonly flattened?: Shape
}

interface Reading {
  readonly block: string
  /** The modules that are left; each is taken once. */
  readonly names: string[]
  readonly stored: ReadonlyMap<string, StoredWeight>
}

interface Read {
  readonly params: () => ParamTree
  readonly at: Place
}

const readLayer = (layer: Layer, at: Place, reading: Reading): Read => {
  const { structure, spec } = layer
  const after = placeAfter(layer, at, reading.block)
  if (spec.type === 'bidirectional') {
    const name = nextName(reading, spec.type)
    const parts = structure.kind === 'composite' ? structure.parts : []
    const params = parts.map((part, i) => readModule(part, at, moduleOf(reading, name, i === 0 ? '' : '_reverse')))
    return { params: () => params.map((make) => make()), at: after }
  }
  if (structure.kind === 'composite') {
    let place = at
    const reads = structure.parts.map((part) => {
      const read = readLayer(part, place, reading)
      if (structure.flow === 'chain') place = read.at
      return read.params
    })
    return { params: () => reads.map((make) => make()), at: structure.flow === 'chain' ? place : after }
  }
  if (!Object.hasOwn(torchLayers, spec.type)) return { params: none(layer, at, reading.block), at: after }
  const module = moduleOf(reading, nextName(reading, spec.type), '')
  return { params: readModule(layer, at, module), at: { shape: after.shape } }
}

const readModule = (layer: Layer, { shape, flattened }: Place, module: Module): (() => ParamTree) => {
  const read = torchLayers[layer.spec.type]
  if (read === undefined) throw new ImportError(`expected a layer that PyTorch has, got ${layer.spec.type}`)
  return read({ spec: layer.spec, input: shape, output: layer.output(shape), module, ...(flattened && { flattened }) })
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

const nextName = ({ block, names }: Reading, type: string): string => {
  const name = names.shift()
  if (name === undefined)
    throw new ImportError(`block ${block}: expected a module for each layer with parameters, none is left for ${type}`)
  return name
}

const moduleOf = ({ stored }: Reading, module: string, suffix: string): Module => {
  const find = (name: string): StoredWeight | undefined =>
    stored.get(module === '' ? name : `${module}.${name}${suffix}`)
  return {
    has: (name) => find(name) !== undefined,
    take: (name, shape) => {
      const found = find(name)
      if (found?.shape.join() !== shape.join())
        throw new ImportError(
          `module ${module}: expected a tensor ${name}${suffix} of shape [${shape.join(', ')}], got ${found ? `[${found.shape.join(', ')}]` : 'none'}`,
        )
      return (): Tensor => found.tensor()
    },
  }
}
