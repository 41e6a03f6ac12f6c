import { openBlocks, type LayerBlock } from '@ptu/analysis'
import type { LoadedModel } from '@ptu/experiments'
import type { ParamTree, Shape } from '@ptu/tensor'

/** The blocks of a model with its head as last one; undefined for a model that is not a list of blocks. */
export const blocksOf = ({ facts, layer, params }: LoadedModel): readonly LayerBlock[] | undefined => {
  if (layer.structure.kind !== 'composite' || !Array.isArray(params)) return undefined
  const trees = params as readonly ParamTree[]
  const layers = layer.structure.parts
  if (layers.length !== trees.length || layers.length !== facts.blocks.length + 1) return undefined
  return openBlocks(
    layers.map((own, i) => ({ name: facts.blocks[i] ?? 'head', layer: own })),
    trees,
  )
}

/** The last block whose output is a map of more than one position; undefined where there is none. */
export const lastMap = (
  blocks: readonly LayerBlock[],
  input: Shape,
): { readonly place: number; readonly shape: Shape } | undefined => {
  let shape = input
  const maps = blocks.slice(0, -1).map(({ layer }, place) => ({ place, shape: (shape = layer.output(shape)) }))
  return maps.findLast(({ shape: [height = 1, width = 1, channels] }) => channels !== undefined && height * width > 1)
}
