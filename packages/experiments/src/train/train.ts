import { key, type Json } from '@ptu/core'
import type { Dataset, Encoding, Normalisation } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { toRunError, UsageError, type ExperimentError } from '../errors.ts'
import type { KeptExamples } from '../models/kept-examples.ts'
import { rangeProblem } from '../models/range-check.ts'
import type { Comparison } from '../run/comparison.ts'
import { withWorkers, type Tools } from '../run/experiment.ts'
import { stepByStep } from '../run/step-by-step.ts'
import { showing } from '../run/showing.ts'
import { agree } from '../run/store.ts'
import type { Worker } from '../run/worker.ts'
import { prepareSource } from '../sources/open-source.ts'
import { trainedEnough } from '../sources/source-quality.ts'
import type { OpenedSource, PreparedSource } from '../sources/source.ts'
import { finishTraining } from './finish.ts'
import { augmentationOf, encodedExamples, vectorsFor } from './features.ts'
import { dataKindOf } from './data-kinds.ts'
import { foldsOf } from './folds-of.ts'
import { dataFor, sourceWithout } from './gather-data.ts'
import { heldIn, type HeldCopies } from './held-copies.ts'
import type { LabelledData } from './labelled-data.ts'
import { learningCurves } from './learning-curve.ts'
import { probeOn, type ProbeCandidate } from './probe.ts'
import { selectCandidate } from './select.ts'
import { trainEvidence, type TrainEvidence } from './train-evidence.ts'
import type { TargetResults } from './target-results.ts'
import type { TrainResults } from './train-results.ts'
import type { TrainSpec } from './train-spec.ts'

/** A trained model and all that was found on the way. */
export interface TrainedModel<R extends TrainResults | TargetResults = TrainResults | TargetResults> {
  readonly results: R
  /** The bytes of the model's file. */
  readonly model: Uint8Array
  /** The bytes of the linear probe's file, where the two are shipped together. */
  readonly second: Uint8Array | null
  /** The new training examples, for pictures and parity inputs. */
  readonly examples: Dataset
  readonly files: readonly string[]
  /** The way from a row or a text to an example; absent of images. */
  readonly encoding?: Encoding
  /** All images as the frozen blocks give them, for a later training; null where nothing is frozen, and of rows and texts. */
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
  readonly data: LabelledData
  readonly workers: readonly Worker[]
  readonly backend: string
  readonly comparison: Comparison
  /** One vector for each example: what the linear probe reads. */
  readonly vectors: Dataset
  readonly probe: ProbeCandidate
  readonly held: HeldCopies
  /** The places that are held out, fold by fold. */
  readonly folds: readonly (readonly number[])[]
  /** The evidence of the labels about the source. */
  readonly evidence: TrainEvidence
  /** Milliseconds of the clock when the training began. */
  readonly began: number
}

/**
 * Trains a classifier on a user's own labelled images, rows or texts, and says how good it is on some that it did not see.
 *
 * With few labels per class a fixed recipe is trained; with many, cross-validation chooses. Either way predictions of
 * held-out examples give the accuracy, beside a linear probe and plain fine-tuning. The test data are opened once, at the
 * end. Finished folds are kept in the store, so that a training that was stopped goes on to the same model.
 */
export const train = (spec: TrainSpec, tools: Tools): TaskEither<ExperimentError, TrainedModel> => {
  const began = tools.now()
  return pipe(
    spec.source === null ? TE.right(undefined) : prepareSource(spec.source, tools),
    TE.bindTo('given'),
    TE.bind('data', ({ given }) => dataFor(spec, given, tools)),
    TE.bind('source', ({ given, data }) => (given === undefined ? sourceWithout(spec, data, tools) : TE.right(given))),
    TE.flatMap(({ source, data }) =>
      withWorkers(spec, tools, (workers) =>
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

/** A training whose data are there. */
export type Begun = Pick<TrainContext, 'spec' | 'tools' | 'source' | 'data' | 'workers' | 'began'>

const contextOf = (begun: Begun): TaskEither<ExperimentError, TrainContext> => {
  const { spec, tools, source, data, workers } = begun
  const worker = workers[0] as Worker
  return pipe(
    worker.start(),
    TE.bindTo('backend'),
    TE.tap(({ backend }) => TE.fromEither(checkThreads(spec, source, backend))),
    TE.tap(({ backend }) => agree(tools.store, 'settings', recordOf(begun, backend))),
    TE.bind('opened', () => showing(tools.progress, 'source network', (tell) => source.open(worker, tell))),
    TE.tap(({ opened }) => TE.fromEither(trainedEnough(source, opened))),
    TE.let('doubt', ({ opened: { network } }) => doubtOf(begun, network.input.normalisation)),
    TE.bind('comparison', ({ backend, opened }) => encodedExamples(begun, opened, recordOf(begun, backend))),
    TE.bind('evidence', ({ comparison, opened }) => trainEvidence(begun, comparison, frozenIn(begun, opened))),
    TE.bind('vectors', ({ comparison: { network, target } }) => vectorsFor(begun, { network, examples: target.train })),
    TE.let('held', ({ vectors }) => heldIn(data, vectors, dataKindOf(spec.reading?.kind))),
    TE.bind('folds', ({ comparison: { target }, held: { groups } }) =>
      pipe(
        TE.fromEither(foldsOf(spec.seed, target.train, { groups, counts: data.counts })),
        TE.mapLeft((error): ExperimentError => toRunError(error)),
      ),
    ),
    TE.bind('probe', ({ vectors, held: { groups }, folds }) =>
      stepByStep(tools, 'linear probe', () => probeOn(vectors, { key: key(spec.seed), groups, folds }, tools.now)),
    ),
    TE.map((parts) => ({ ...begun, ...parts })),
  )
}

/** A Left where a backend cannot add up the gradients of several threads, or a batch has no example for each of them. */
const checkThreads = (
  { threads = 1, batch }: TrainSpec,
  { regime }: PreparedSource,
  backend: string,
): E.Either<ExperimentError, void> => {
  const examples = batch ?? regime.batch
  if (threads > examples)
    return E.left(new UsageError(`--threads: expected at most ${examples}, the examples of a step; got ${threads}`))
  return threads > 1 && backend === 'webgpu'
    ? E.left(
        new UsageError(
          `--threads: expected 1 on the backend webgpu, whose numbers cannot be read at once; got ${threads}`,
        ),
      )
    : E.right(undefined)
}

const frozenIn = ({ source }: Begun, { network }: OpenedSource): readonly string[] =>
  network.blocks.slice(0, source.frozen).map(({ name }) => name)

/** The reason to doubt the range of pixels, which is also told at once. */
const doubtOf = ({ source, data, tools }: Begun, given: Normalisation): string | undefined => {
  const doubt = source.input.image === null ? undefined : rangeProblem(data.train, given, source)
  if (doubt !== undefined) tools.warn(doubt)
  return doubt
}

/** Tells whether the reading of data is more than that of folders of images. */
const isNamed = (reading: TrainSpec['reading']): boolean =>
  reading !== undefined && (reading.kind !== 'photos' || Object.keys(reading).length > 1)

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
    ...(spec.threads !== undefined && spec.threads > 1 && { threads: spec.threads }),
    ...(isNamed(spec.reading) && { reading: JSON.stringify(spec.reading) }),
    ptu: tools.versions.ptu,
  }
}
