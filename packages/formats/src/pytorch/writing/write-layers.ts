import type { Layer } from '@ptu/layers'
import type { ParamTree, Shape } from '@ptu/tensor'

import type { WrittenTensor } from '../../written-tensor.ts'
import { readLayers } from '../read-layers.ts'
import { hasTorchLayer } from '../torch-layers.ts'
import { tracedModule, type TracedModule } from './traced-module.ts'
import { writeModule, type WrittenLayer } from './write-module.ts'

/** Layers with their parameters, and the modules that these are to be in. */
export interface NamedLayers {
  readonly layer: Layer
  readonly params: ParamTree
  /** The modules of the layers with parameters, in their order. */
  readonly modules: readonly string[]
  /** The shape of one input. */
  readonly input: Shape
  /** The number that PyTorch adds to the variances of batch normalisation. */
  readonly epsilon: number
}

/**
 * The tensors of PyTorch modules that compute what layers compute, found by reading the table of layers backwards.
 *
 * Borrows the parameters. Throws `ImportError` for a layer that PyTorch does not have, `ExportError` for parameters that its
 * module cannot hold.
 */
export const writeLayers = async (named: NamedLayers): Promise<readonly WrittenTensor[]> => {
  const { layer, params, modules, input, epsilon } = named
  const traced: TracedModule[] = []
  const made: (() => ParamTree)[] = []
  readLayers(layer, { shape: input }, {
    ...{ block: 'network', names: modules, epsilon },
    moduleOf: (name, suffix) => {
      const module = tracedModule(name, suffix)
      traced.push(module)
      return module
    },
    onLayer: (make) => made.push(make),
  }) // prettier-ignore
  const tensors: WrittenTensor[] = []
  for (const [i, layerParams] of partParams(layer, params).entries()) {
    const [module, make] = [traced[i], made[i]]
    if (module === undefined || make === undefined) throw new TypeError(`layer ${i} was not visited`)
    tensors.push(...(await writeModule({ module, make, params: layerParams, epsilon } satisfies WrittenLayer)))
  }
  return tensors
}

/** The parameters of the layers that have modules, in their order. */
const partParams = ({ structure, spec }: Layer, params: ParamTree): readonly ParamTree[] => {
  if (structure.kind === 'composite')
    return structure.parts.flatMap((part, i) => partParams(part, (params as readonly ParamTree[])[i] ?? []))
  return hasTorchLayer(spec) ? [params] : []
}

/**
 * Names for the modules of layers, after their places: `conv1.0` is the first layer of block `conv1`, and a residual has the
 * paths `main` and `shortcut`.
 */
export const moduleNames = ({ structure, spec }: Layer, place: string): readonly string[] => {
  if (structure.kind !== 'composite' || spec.type === 'bidirectional')
    return spec.type === 'bidirectional' || hasTorchLayer(spec) ? [place] : []
  const names = structure.flow === 'sum' ? ['main', 'shortcut'] : []
  return structure.parts.flatMap((part, i) => moduleNames(part, `${place}.${names[i] ?? i}`))
}
