import { key, type Json } from '@ptu/core'
import { foldsStratified, type Dataset } from '@ptu/data'
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
import type { OpenedSource, PreparedSource } from '../sources/source.ts'
import { finishTraining } from './finish.ts'
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
  /** The training examples, for pictures and parity inputs. */
  readonly examples: Dataset
  readonly files: readonly string[]
}

/** A training whose data and source are there. */
export interface TrainContext {
  readonly spec: TrainSpec
  readonly tools: Tools
  readonly source: PreparedSource
  readonly opened: OpenedSource
  readonly data: LabelledFiles
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
              TE.flatMap((selected) => finishTraining(context, selected)),
            ),
          ),
        ),
      ),
    ),
  )
}

const dataFor = (
  { data, test, strict }: TrainSpec,
  { input }: PreparedSource,
  { progress, signal }: Tools,
): TaskEither<ExperimentError, LabelledFiles> =>
  showing(progress, 'images', (onStep) => readLabelled(data, input, { test, strict, signal, onStep }))

type Begun = Pick<TrainContext, 'spec' | 'tools' | 'source' | 'data' | 'workers' | 'began'>

const contextOf = (begun: Begun): TaskEither<ExperimentError, TrainContext> => {
  const { spec, tools, source, data, workers } = begun
  const worker = workers[0] as Worker
  return pipe(
    worker.start(),
    TE.bindTo('backend'),
    TE.tap(({ backend }) => agree(tools.store, 'settings', recordOf(begun, backend))),
    TE.bind('opened', () => showing(tools.progress, 'source network', (tell) => source.open(worker, tell))),
    TE.bind('comparison', ({ backend, opened }) => frozen(begun, opened, backend)),
    TE.bind('vectors', ({ comparison }) => pooled(worker, comparison, tools)),
    TE.bind('folds', () =>
      pipe(
        TE.fromEither(foldsStratified(key(spec.seed), data.train, foldCount(data), { groups: groupsOf(data.train) })),
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
  ptu: tools.versions.ptu,
})

/** The fewest folds of five and of the examples of the smallest class, and at least two. */
const foldCount = ({ counts }: LabelledFiles): number =>
  Math.max(2, Math.min(5, ...counts.map(({ train: examples }) => examples)))

/** One number for examples with the same pixels, so that copies are held out together. */
const groupsOf = ({ features, labels }: Dataset): readonly string[] => {
  const size = features.length / Math.max(1, labels.length)
  return Array.from(labels.keys(), (i) => hashOf(features.subarray(i * size, (i + 1) * size)))
}

/** FNV-1a of 32 bits, twice from different starts: a collision only keeps two examples together. */
const hashOf = (row: Uint8Array | Float32Array): string => {
  let [a, b] = [0x811c9dc5, 0x01234567]
  const bytes = new Uint8Array(row.buffer, row.byteOffset, row.byteLength)
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul(b ^ byte, 0x85ebca6b)
  }
  return `${a >>> 0}-${b >>> 0}`
}

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
  const target = { train: data.train, test: data.train, digest: data.digest }
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

const pooled = (
  worker: Worker,
  { network, target }: Comparison,
  { progress }: Tools,
): TaskEither<ExperimentError, Dataset> =>
  pipe(
    showing(progress, 'features', (tell) =>
      worker.freeze({ network, count: network.blocks.length, datasets: [target.train], pooled: true }, tell),
    ),
    TE.map(({ datasets: [vectors = target.train] }) => vectors),
  )
