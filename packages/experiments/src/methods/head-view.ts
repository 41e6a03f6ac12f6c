import type { Dataset } from '@ptu/data'
import { globalAveragePool, serial } from '@ptu/layers'
import { freeze, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { encodeFeatures, encoderOf } from '@ptu/trainer'

import type { LabelledTask } from './method.ts'

/**
 * The source with outputs as the head of a classifier reads them: maps are averaged over their positions.
 *
 * Shares the parameters of the source, and leaves it as it is where its outputs are vectors. `input` is the shape of one
 * example.
 */
export const asHeadReads = (source: SourceNetwork<OpenBlock>, input: Dataset['shape']): SourceNetwork<OpenBlock> => {
  const { blocks } = source
  const last = blocks.at(-1)
  const output = blocks.reduce((shape, block) => block.output(shape), input)
  if (last === undefined || output.length !== 3) return source
  const pooled = { name: last.name, layer: serial(last.layer, globalAveragePool) }
  return freeze(
    [...blocks.slice(0, -1), pooled],
    [...blocks.slice(0, -1).map(({ params }) => params), [last.params, []]],
  )
}

/** The labelled examples as the head reads them from the source as it is: `[examples, size]`. */
export const featuresFor = async ({ source, labelled, normalisation }: LabelledTask): Promise<Dataset> => {
  const { blocks } = asHeadReads(source, labelled.shape)
  const encoder = await encoderOf(
    serial(...blocks.map(({ layer }) => layer)),
    blocks.map(({ params }) => params),
  )
  return (await encodeFeatures(encoder, labelled, normalisation, {})).dataset
}
