import type { Dataset } from '@ptu/data'
import { globalAveragePool, serial } from '@ptu/layers'
import { disposeSource, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { encodeFeatures, encoderOf, type Encoder } from '@ptu/trainer'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, type ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import { inSharedMemory } from '../tasks/shared-memory.ts'
import { openNetwork, portable, type PortableNetwork } from './portable-network.ts'

/** The number of examples that are encoded at a time. */
export const encodedAtOnce = 64

/** A request to compute the first blocks of a network once per example. */
export interface PrefixRequest {
  readonly network: PortableNetwork
  /** The number of blocks, input side first, that stay as they are. */
  readonly count: number
  readonly datasets: readonly Dataset[]
  /** True if maps are averaged over their positions, to one vector per example. */
  readonly pooled?: boolean
}

/** A network in two parts, and data as outputs of the first part. */
export interface FrozenPrefix {
  readonly prefix: PortableNetwork
  /** The blocks after the prefix; its inputs are the prefix's outputs. */
  readonly rest: PortableNetwork
  /** The data sets with the prefix's outputs as features. */
  readonly datasets: readonly Dataset[]
}

/** The circumstances in which a prefix is computed. */
export interface PrefixOptions {
  /** The folder where outputs are kept from run to run; without one they are computed anew. */
  readonly folder: string | undefined
  readonly onStep: OnStep
  readonly warn: (text: string) => void
}

/** Computes the first blocks of a network once for every example; their outputs then serve as the data. */
export const freezePrefix = (
  { network, ...request }: PrefixRequest,
  options: PrefixOptions,
): TE.TaskEither<ExperimentError, FrozenPrefix> => {
  const { count } = request
  if (count < 1 || count > network.blocks.length)
    return TE.left(new RunError(`expected to freeze 1 to ${network.blocks.length} blocks of the source, got ${count}`))
  return pipe(
    openNetwork(network),
    TE.flatMapTask((source) => async () => {
      try {
        return await split(network, source, request, options)
      } finally {
        disposeSource(source)
      }
    }),
  )
}

const split = async (
  { input }: PortableNetwork,
  { blocks }: SourceNetwork<OpenBlock>,
  { count, datasets, pooled = false }: Omit<PrefixRequest, 'network'>,
  options: PrefixOptions,
): Promise<FrozenPrefix> => {
  const paramsOf = (part: readonly OpenBlock[]): readonly OpenBlock['params'][] => part.map(({ params }) => params)
  const [first, others] = [blocks.slice(0, count), blocks.slice(count)]
  const shape = first.reduce((at, block) => block.output(at), input.shape)
  const end = pooled && shape.length === 3 ? [globalAveragePool] : []
  const layer = serial(...first.map((block) => block.layer), ...end)
  const encoder = await encoderOf(layer, [...paramsOf(first), ...end.map(() => [])])
  const normalisation = { mean: 0, deviation: 1 }
  return {
    prefix: await portable(first, paramsOf(first), input),
    rest: await portable(others, paramsOf(others), { shape, normalisation, vocabulary: null, image: null }),
    datasets: await encodedAll(encoder, datasets, input.normalisation, options),
  }
}

const encodedAll = async (
  encoder: Encoder,
  datasets: readonly Dataset[],
  normalisation: PortableNetwork['input']['normalisation'],
  { folder, onStep, warn }: PrefixOptions,
): Promise<readonly Dataset[]> => {
  const total = datasets.reduce((sum, { labels }) => sum + labels.length, 0)
  const found: Dataset[] = []
  let before = 0
  for (const dataset of datasets) {
    const onProgress = (done: number): void => {
      onStep(before + done, total)
    }
    const kept = folder === undefined ? {} : { folder }
    const { dataset: features, warnings } = await encodeFeatures(encoder, dataset, normalisation, {
      ...kept,
      chunk: encodedAtOnce,
      onProgress,
    })
    warnings.forEach(warn)
    before += dataset.labels.length
    found.push(inSharedMemory(features))
  }
  return found
}
