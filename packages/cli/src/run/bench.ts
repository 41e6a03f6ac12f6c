import { foldIn, key, type Key } from '@ptu/core'
import { fewShot, toTensors, type Dataset, type Normalisation } from '@ptu/data'
import { disposeSource, freeze, rescale, rescaleProblem, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { transfer, type TransferModel } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import type { BodyName, StrategyName } from '@ptu/config'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { toRunError, type RunError } from '../errors.ts'
import { bodyOf, headFor } from './body.ts'
import { planOf } from './candidate.ts'
import type { TaskData } from './data.ts'
import { loadSourceBlocks } from './source.ts'

/** Independent keys for what is random in a run of one seed; all strategies share them. */
export interface SeedKeys {
  /** Which examples are labelled. */
  readonly draw: Key
  /** The split for validation, start values, noise, the order of batches. */
  readonly training: Key
}

export const keysOf = (seed: number): SeedKeys => ({ draw: foldIn(key(seed), 0), training: foldIn(key(seed), 1) })

/** A source and the labels of one seed: all that candidates are trained on. */
export interface Bench {
  readonly seed: number
  readonly source: SourceNetwork<OpenBlock>
  readonly labelled: Dataset
  readonly test: Dataset
  readonly normalisation: Normalisation
  readonly keys: SeedKeys
}

interface BenchOptions {
  readonly body: BodyName
  readonly sourcePath: string
  readonly normalisation: Normalisation
  readonly shots: number
  readonly seed: number
}

/** Draws a seed's labels and brings the source to them; the caller owns the bench and calls {@link closeBench}. */
export const openBench = (
  { test, train }: TaskData,
  { body, sourcePath, normalisation, shots, seed }: BenchOptions,
): TE.TaskEither<RunError, Bench> => {
  const keys = keysOf(seed)
  return pipe(
    TE.fromEither(fewShot(keys.draw, train, shots)),
    TE.mapLeft(toRunError),
    TE.bindTo('labelled'),
    TE.bind('blocks', () => loadSourceBlocks(sourcePath)),
    TE.flatMap(({ labelled, blocks }) =>
      TE.fromTask(async () => ({
        seed,
        source: await fitted(freeze(bodyOf(body, labelled), blocks), labelled, normalisation),
        labelled,
        test,
        normalisation,
        keys,
      })),
    ),
  )
}

/** The source rescaled on the labelled inputs, for every strategy alike, where it can be. Consumes it. */
const fitted = async (
  source: SourceNetwork<OpenBlock>,
  labelled: Dataset,
  normalisation: Normalisation,
): Promise<SourceNetwork<OpenBlock>> => {
  if (rescaleProblem(source) !== undefined) return source
  const { x, y } = toTensors(labelled, normalisation)
  const rescaled = await rescale(source, x)
  disposeParams([x, y])
  disposeSource(source)
  return rescaled
}

/** Frees a bench. */
export const closeBench = ({ source }: Bench): void => {
  disposeSource(source)
}

/** The transfer model of a strategy on a bench. */
export const modelOn = ({ source, labelled }: Bench, strategy: StrategyName, depth: number | null): TransferModel =>
  transfer(source, { blocks: planOf(source, strategy, depth), head: headFor(labelled) })
