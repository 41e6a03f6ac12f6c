import { key, type Json } from '@ptu/core'
import type { Dataset, Encoding } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { toRunError, type ExperimentError } from '../errors.ts'
import type { Comparison } from '../run/comparison.ts'
import { withWorkers, type Tools } from '../run/experiment.ts'
import { showing } from '../run/showing.ts'
import { agree } from '../run/store.ts'
import type { Worker } from '../run/worker.ts'
import { prepareSource } from '../sources/open-source.ts'
import { trainedEnough } from '../sources/source-quality.ts'
import type { OpenedSource, PreparedSource } from '../sources/source.ts'
import { finishTraining } from './finish.ts'
import { normalisedInputs, probeOn, type ProbeCandidate } from './probe.ts'
import { foldsOf, groupsOf } from './folds-of.ts'
import { dataFor, sourceWithout, taskOf } from './gather-data.ts'
import type { LabelledData } from './labelled-data.ts'
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
  /** The training examples, for pictures and parity inputs. */
  readonly examples: Dataset
  readonly files: readonly string[]
  /** The way from a row or a text to an example; absent of images. */
  readonly encoding?: Encoding
}

/** A training whose data and source are there. */
export interface TrainContext {
  readonly spec: TrainSpec
  readonly tools: Tools
  readonly source: PreparedSource
  readonly opened: OpenedSource
  readonly data: LabelledData
  readonly workers: readonly Worker[]
  readonly backend: string
  readonly comparison: Comparison
  readonly probe: ProbeCandidate
  /** The places that are held out, fold by fold. */
  readonly folds: readonly (readonly number[])[]
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
              TE.flatMap((selected) => finishTraining(context, selected)),
            ),
          ),
        ),
      ),
    ),
  )
}

type Begun = Pick<TrainContext, 'spec' | 'tools' | 'source' | 'data' | 'workers' | 'began'>

const contextOf = (begun: Begun): TaskEither<ExperimentError, TrainContext> => {
  const { spec, tools, source, data, workers } = begun
  const worker = workers[0] as Worker
  return pipe(
    worker.start(),
    TE.bindTo('backend'),
    TE.tap(({ backend }) => agree(tools.store, 'settings', recordOf(begun, backend))),
    TE.bind('opened', () => showing(tools.progress, 'source network', (tell) => source.open(worker, tell))),
    TE.tap(({ opened }) => TE.fromEither(trainedEnough(source, opened))),
    TE.bind('comparison', ({ backend, opened }) => frozen(begun, opened, backend)),
    TE.bind('vectors', ({ comparison }) => probed(begun, comparison)),
    TE.bind('folds', () =>
      pipe(
        TE.fromEither(foldsOf(spec.seed, data)),
        TE.mapLeft((error): ExperimentError => toRunError(error)),
      ),
    ),
    TE.map(({ vectors, ...parts }) => ({
      ...begun,
      ...parts,
      probe: probeOn(vectors, key(spec.seed), groupsOf(data.train), tools.now),
    })),
  )
}

const recordOf = ({ spec, source, data, tools }: Begun, backend: string): Readonly<Record<string, Json>> => ({
  kind: 'train',
  source: source.spec,
  data: data.digest,
  backend,
  seed: spec.seed,
  steps: spec.steps ?? null,
  batch: spec.batch ?? null,
  method: spec.method ?? null,
  ...(spec.balance === true && { balance: true }),
  ...(spec.reading !== undefined && spec.reading.kind !== 'photos' && { reading: JSON.stringify(spec.reading) }),
  ptu: tools.versions.ptu,
})

/** The comparison that trainings take place in: the first blocks of the source computed once. */
const frozen = (begun: Begun, { network }: OpenedSource, backend: string): TaskEither<ExperimentError, Comparison> => {
  const { spec, source, data, workers, tools } = begun
  const { regime, frozen: count } = source
  const shots = medianOf(data.counts.map(({ train: examples }) => examples))
  const shared = {
    ...{ shots, rates: regime.rates, rate: regime.rate, rescales: regime.rescales, zeroHead: regime.zeroHead },
    steps: spec.steps ?? regime.steps(shots),
    batch: spec.batch ?? regime.batch,
    record: recordOf(begun, backend),
    sourceData: source.data?.digest ?? null,
  }
  const target = taskOf(data)
  if (count === 0) return TE.right({ ...shared, prefix: null, network, target })
  return pipe(
    showing(tools.progress, 'frozen blocks', (tell) =>
      (workers[0] as Worker).freeze({ network, count, datasets: [data.train] }, tell),
    ),
    TE.map(({ prefix, rest, datasets: [features = data.train] }) => ({
      ...shared,
      prefix,
      network: rest,
      target: { ...target, train: features, test: features },
    })),
  )
}

/** The middle one of some numbers. */
const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0

/** What the linear probe reads: the inputs as they are normalised, or what the network makes of them. */
const probed = (
  { workers, source, tools: { progress } }: Begun,
  { network, target }: Comparison,
): TaskEither<ExperimentError, Dataset> => {
  if (source.regime.probe === 'inputs') return TE.right(normalisedInputs(target.train, network.input.normalisation))
  const worker = workers[0] as Worker
  return pipe(
    showing(progress, 'features', (tell) =>
      worker.freeze({ network, count: network.blocks.length, datasets: [target.train], pooled: true }, tell),
    ),
    TE.map(({ datasets: [vectors = target.train] }) => vectors),
  )
}
