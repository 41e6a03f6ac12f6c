import { concatenate, identity, residual, serial, type Layer } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'

import type { View } from './view.ts'

/** A layer, and the modules of a file that its parameters are in, in the order of its parts. */
export interface PlannedLayer {
  readonly layer: Layer
  readonly modules: readonly string[]
}

/** A planned layer with a name. */
export interface PlannedBlock extends PlannedLayer {
  readonly name: string
}

/** A network that a file may hold the parameters of. */
export interface NetworkPlan {
  /** The blocks up to the last map before pooling, input side first. */
  readonly body: readonly PlannedBlock[]
  /** The rest of the network, if the file has it. */
  readonly head: PlannedBlock | undefined
  /** The only map that the head can read, if it reads just one. */
  readonly headInput?: Shape
  /** The shape of an example that the network was made for. */
  readonly input: Shape
  /** The number that batch normalisation adds to variances. */
  readonly epsilon: number
  /** Tensors under the names and in the shapes that layers ask for, where the file has them otherwise. */
  readonly views?: readonly View[]
  /** Further facts that follow from the architecture, for people to read. */
  readonly facts: Readonly<Record<string, string>>
}

/** A layer with parameters, which are in one module. */
export const at = (module: string, layer: Layer): PlannedLayer => ({ layer, modules: [module] })

/** A layer without parameters. */
export const plain = (layer: Layer): PlannedLayer => ({ layer, modules: [] })

/** Layers one after another. */
export const chain = (...parts: readonly PlannedLayer[]): PlannedLayer => ({
  layer: serial(...parts.map(({ layer }) => layer)),
  modules: parts.flatMap(({ modules }) => modules),
})

/** The sum of two paths from one input; the second is the identity unless given. */
export const sum = (main: PlannedLayer, shortcut: PlannedLayer = plain(identity)): PlannedLayer => ({
  layer: residual(main.layer, shortcut.layer),
  modules: [...main.modules, ...shortcut.modules],
})

/** Paths from one input, joined channel by channel. */
export const join = (...paths: readonly PlannedLayer[]): PlannedLayer => ({
  layer: concatenate(...paths.map(({ layer }) => layer)),
  modules: paths.flatMap(({ modules }) => modules),
})

/** A planned layer as a block. */
export const block = (name: string, { layer, modules }: PlannedLayer): PlannedBlock => ({ name, layer, modules })
