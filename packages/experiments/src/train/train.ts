import { key, type Json } from '@ptu/core'
import { foldsStratified, type Dataset, type Normalisation } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { toRunError, type ExperimentError } from '../errors.ts'
import type { KeptExamples } from '../models/kept-examples.ts'
import { rangeProblem } from '../models/range-check.ts'
import type { Comparison } from '../run/comparison.ts'
import { withWorkers, type Tools } from '../run/experiment.ts'
import { showing } from '../run/showing.ts'
import { agree } from '../run/store.ts'
import type { Worker } from '../run/worker.ts'
import { prepareSource } from '../sources/open-source.ts'
import type { OpenedSource, PreparedSource } from '../sources/source.ts'
import { finishTraining } from './finish.ts'
import { augmentationOf, encodedPictures, pooled } from './features.ts'
import { heldIn, type HeldCopies } from './held-copies.ts'
import { learningCurves } from './learning-curve.ts'
import { probeOn, type ProbeCandidate } from './probe.ts'
import { readLabelled, type LabelledFiles } from './read-photos.ts'
import { selectCandidate } from './select.ts'
import type { TrainResults } from './train-results.ts'
import type { TrainSpec } from './train-spec.ts'

/** A trained model and all that was found on the way. */
export interface TrainedModel {
  readonly results: TrainResults
  /** The bytes of the model's file. */
  readonly model: Uint8Array
  /** The bytes of the linear probe's file, where the two are shipped together. */
  readonly second: Uint8Array | null
  /** The new training examples, for pictures and parity inputs. */
  readonly examples: Dataset
  readonly files: readonly string[]
  /** All examples as the frozen blocks give them, for a later training; null where nothing is frozen. */
  readonly kept: KeptExamples | null
}

/** A training whose data and source are there. */
export interface TrainContext {
  readonly spec: TrainSpec
  readonly tools: Tools
  readonly source: PreparedSource
  readonly opened: OpenedSource
  /** The reason to doubt the range that pixels are brought to. */
  readonly doubt: string | undefined
  readonly data: LabelledFiles
  readonly workers: readonly Worker[]
  readonly backend: string
  readonly comparison: Comparison
  /** The examples as the whole source gives them, averaged over positions. */
  readonly vectors: Dataset
  readonly probe: ProbeCandidate
  readonly held: HeldCopies
  /** The places that are held out, fold by fold. */
  readonly folds: readonly (readonly number[])[]
  /** Milliseconds of the clock when the training began. */
  readonly began: number
}

/**
 * Trains a classifier on a user's own labelled images, and says how good it is on images that it did not see.
 *
 * With few labels per class a fixed recipe is trained; with many, cross-validation chooses. Either way predictions of
 * held-out examples give the accuracy, beside a linear probe and plain fine-tuning. The test data are opened once, at the
 * end. Finished folds are kept in the store, so that a training that was stopped goes on to the same model.
 */
export const train = (spec: TrainSpec, tools: Tools): TaskEither<ExperimentError, TrainedModel> => {
  const began = tools.now()
  return pipe(
    prepareSource(spec.source, tools),
    TE.bindTo('source'),
    TE.bind('data', ({ source }) => dataFor(spec, source, tools)),
    TE.flatMap(({ source, data }) =>
      withWorkers({ ...spec, target: spec.data, shots: 1, rate: undefined }, tools, (workers) =>
        pipe(
          contextOf({ spec, tools, source, data, workers, began }),
          TE.flatMap((context) =>
            pipe(
              selectCandidate(context),
              TE.bindTo('selected'),
              TE.bind('curves', ({ selected }) => learningCurves(context, selected.shipped)),
              TE.flatMap(({ selected, curves }) => finishTraining(context, selected, curves)),
            ),
          ),
        ),
      ),
    ),
  )
}

const dataFor = (
  { data, test, strict }: TrainSpec,
  { input, earlier }: PreparedSource,
  { progress, signal }: Tools,
): TaskEither<ExperimentError, LabelledFiles> =>
  showing(progress, 'images', (onStep) => readLabelled(data, input, { test, strict, signal, onStep, earlier }))

/** A training whose data are there. */
export type Begun = Pick<TrainContext, 'spec' | 'tools' | 'source' | 'data' | 'workers' | 'began'>

const contextOf = (begun: Begun): TaskEither<ExperimentError, TrainContext> => {
  const { spec, tools, source, data, workers } = begun
  const worker = workers[0] as Worker
  return pipe(
    worker.start(),
    TE.bindTo('backend'),
    TE.tap(({ backend }) => agree(tools.store, 'settings', recordOf(begun, backend))),
    TE.bind('opened', () => showing(tools.progress, 'source network', (tell) => source.open(worker, tell))),
    TE.let('doubt', ({ opened: { network } }) => doubtOf(begun, network.input.normalisation)),
    TE.bind('comparison', ({ backend, opened }) => encodedPictures(begun, opened, recordOf(begun, backend))),
    TE.bind('vectors', ({ comparison: { network, target } }) =>
      pooled(worker, { network, examples: target.train }, tools),
    ),
    TE.let('held', ({ vectors }) => heldIn(data.train, vectors, foldCount(data))),
    TE.bind('folds', ({ comparison: { target }, held: { groups } }) =>
      pipe(
        TE.fromEither(foldsStratified(key(spec.seed), target.train, foldCount(data), { groups })),
        TE.mapLeft((error): ExperimentError => toRunError(error)),
      ),
    ),
    TE.map((parts) => ({
      ...begun,
      ...parts,
      probe: probeOn(parts.vectors, key(spec.seed), parts.held.groups, tools.now),
    })),
  )
}

/** The reason to doubt the range of pixels, which is also told at once. */
const doubtOf = ({ source, data, tools }: Begun, given: Normalisation): string | undefined => {
  const doubt = source.input.image === null ? undefined : rangeProblem(data.train, given, source.first)
  if (doubt !== undefined) tools.warn(doubt)
  return doubt
}

const recordOf = (begun: Begun, backend: string): Readonly<Record<string, Json>> => {
  const { spec, source, data, tools } = begun
  const augment = augmentationOf(begun)
  return {
    kind: 'train',
    source: source.spec,
    data: data.digest,
    backend,
    seed: spec.seed,
    steps: spec.steps ?? null,
    batch: spec.batch ?? null,
    method: spec.method ?? null,
    ...(spec.balance === true && { balance: true }),
    ...(augment.length > 0 && { augment }),
    ptu: tools.versions.ptu,
  }
}

/** The fewest folds of five and of the examples of the smallest class, and at least two. */
const foldCount = ({ counts }: LabelledFiles): number =>
  Math.max(2, Math.min(5, ...counts.map(({ train: examples }) => examples)))
