import { foldIn, key, type Key } from '@ptu/core'
import { fewShot, toTensors, type Dataset, type Normalisation } from '@ptu/data'
import {
  disposeSource,
  rescale,
  rescaleProblem,
  type OpenBlock,
  type RescaleOptions,
  type SourceNetwork,
} from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { toRunError, type RunError } from '../errors.ts'
import { openNetwork, type PortableNetwork } from '../sources/portable-network.ts'
import type { TaskData } from './task-data.ts'
import { taskKindOf, type TaskKind } from './task-kind.ts'
import { sealTestSet, type TestSet } from './test-set.ts'

/** Independent keys for the random parts of a run of one seed; all methods share them. */
export interface SeedKeys {
  /** Draws the examples that are labelled. */
  readonly draw: Key
  /** Draws the split for validation, initial values, noise and the order of batches. */
  readonly training: Key
  /** Draws what a method draws that looks at the labelled examples before it is trained. */
  readonly adaptation: Key
}

/** The keys of a seed. */
export const keysOf = (seed: number): SeedKeys => ({
  draw: foldIn(key(seed), 0),
  training: foldIn(key(seed), 1),
  adaptation: foldIn(key(seed), 2),
})

/** A source network and labelled examples: everything that a method is trained on. */
export interface TrainingTask {
  readonly seed: number
  readonly kind: TaskKind
  readonly source: SourceNetwork<OpenBlock>
  /** Tells that the blocks of the source were brought to unit size. */
  readonly rescaled: boolean
  readonly labelled: Dataset
  readonly normalisation: Normalisation
  readonly keys: SeedKeys
}

/** A source network and the labels of one draw, with the examples to test on at the end. */
export interface FewShotTask extends TrainingTask {
  readonly test: TestSet
}

/** The parts that a few-shot task is made of. */
export interface FewShotTaskParts {
  readonly network: PortableNetwork
  readonly target: TaskData
  /** The number of labelled examples per class, with each label, or of each tenth of numbers; for tagged texts, of texts. */
  readonly shots: number
  /** True if the source's blocks are brought to unit size on the labelled inputs, if that is possible. */
  readonly rescales: boolean
}

/**
 * Draws the labels of a seed and opens the source; the caller owns the task and calls {@link closeTask}.
 *
 * `warn` is told of blocks that are too quiet to be brought to unit size.
 */
export const fewShotTask = (
  { network, target: { train, test }, shots, rescales }: FewShotTaskParts,
  seed: number,
  options: RescaleOptions = {},
): TE.TaskEither<RunError, FewShotTask> => {
  const keys = keysOf(seed)
  const { normalisation } = network.input
  const kind = taskKindOf(train)
  return pipe(
    TE.fromEither(fewShot(keys.draw, train, shots)),
    TE.bimap(toRunError, (drawn) => kind.prepared(drawn)),
    TE.bindTo('labelled'),
    TE.bind('source', ({ labelled }) => openFor(labelled, { network, rescales }, options)),
    TE.map(({ labelled, source }) => ({
      seed,
      kind,
      source,
      rescaled: rescales && rescaleProblem(source) === undefined,
      labelled,
      test: sealTestSet(test),
      normalisation,
      keys,
    })),
  )
}

/**
 * Opens a source to be transferred to labelled examples, rescaled on them where that is asked for. The caller owns it.
 *
 * `warn` is told of blocks that are too quiet to be brought to unit size.
 */
export const openFor = (
  labelled: Dataset,
  { network, rescales }: Pick<FewShotTaskParts, 'network' | 'rescales'>,
  options: RescaleOptions = {},
): TE.TaskEither<RunError, SourceNetwork<OpenBlock>> =>
  pipe(
    openNetwork(network),
    TE.flatMapTask(
      (opened) => () =>
        rescales ? fitted(opened, labelled, network.input.normalisation, options) : Promise.resolve(opened),
    ),
  )

/** The source, rescaled on the labelled inputs for every method alike if that is possible. Consumes it. */
const fitted = async (
  source: SourceNetwork<OpenBlock>,
  labelled: Dataset,
  normalisation: Normalisation,
  options: RescaleOptions,
): Promise<SourceNetwork<OpenBlock>> => {
  if (rescaleProblem(source) !== undefined) return source
  const { x, y } = toTensors(labelled, normalisation)
  const made = await rescale(source, x, options)
  disposeParams([x, y])
  disposeSource(source)
  return made
}

/** Frees the source of a task. */
export const closeTask = ({ source }: FewShotTask): void => {
  disposeSource(source)
}
