import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { sourceSummary } from '../run/experiment.ts'
import { showing } from '../run/showing.ts'
import type { Worker } from '../run/worker.ts'
import { earlierJudgement, keptOf, newFiles } from './earlier.ts'
import { sealTestSet } from '../tasks/test-set.ts'
import type { Comparison } from '../run/comparison.ts'
import { balancedPlaces } from './balanced-places.ts'
import { probeName, type Candidate } from './candidate.ts'
import { inputWords } from './data-kinds.ts'
import { confusedIn, exampleAt, unsureIn } from './examples.ts'
import { augmentationOf } from './features.ts'
import { confusionOf, judge, meanOf } from './judgement.ts'
import { expectedCalibrationError, reliabilityOf } from './reliability.ts'
import type { Selected } from './select.ts'
import { suspectsIn } from './suspects.ts'
import { copiesFound, withCopies, type Tested } from './test-copies.ts'
import type { TrainContext, TrainedModel } from './train.ts'
import type { LearningCurves, MethodJudgement, TrainResults } from './train-results.ts'
import type { TrainSpec } from './train-spec.ts'

/** Trains the selected method on all labels, looks at the test data once, and puts the results together. */
export const finishTraining = (
  context: TrainContext,
  selected: Selected,
  curves: LearningCurves,
): TaskEither<ExperimentError, TrainedModel> =>
  pipe(
    modelsOf(context, selected.shipped),
    TE.bindTo('models'),
    TE.bind('test', ({ models }) => tested(context, models)),
    TE.map(({ models, test }): TrainedModel => ({
      results: resultsOf(context, { selected, curves, test }),
      model: models[0] as Uint8Array,
      second: models[1] ?? null,
      examples: context.data.train,
      files: newFiles(context.data),
      ...(context.data.encoding && { encoding: context.data.encoding }),
      kept: keptOf(context),
    })),
  )

/** The model of the shipped method and, where both are shipped, that of the linear probe. */
const modelsOf = (
  { spec, tools, workers, comparison, source, probe: { probe } }: TrainContext,
  { method, held }: Candidate,
): TaskEither<ExperimentError, readonly Uint8Array[]> => {
  const worker = workers[0] as Worker
  const [weights, bias] = [Float32Array.from(probe.weights), Float32Array.from(probe.bias)]
  const linear = worker.linear(
    { comparison, weights, bias, reads: source.regime.probe, seed: spec.seed },
    () => undefined,
  )
  if (method === probeName)
    return pipe(
      linear,
      TE.map((model) => [model]),
    )
  const fitted = showing(tools.progress, 'training', (tell) =>
    worker.fit(
      {
        ...{ name: 'final', comparison, method, held, seed: spec.seed },
        ...{ train: finalPlaces(spec, comparison), predict: null, keeps: true },
      },
      tell,
    ),
  )
  return pipe(
    fitted,
    TE.map(({ model }) => [model ?? new Uint8Array(0)]),
    TE.flatMap((models) =>
      spec.ensemble
        ? pipe(
            linear,
            TE.map((second) => [...models, second]),
          )
        : TE.right(models),
    ),
  )
}

/** The places of the final training: all, or draws of all in which every class comes equally often. */
const finalPlaces = ({ balance, seed }: TrainSpec, { target: { train } }: Comparison): Int32Array | null =>
  balance === true
    ? balancedPlaces(Array.from(train.labels.keys()), {
        ...{ labels: train.labels, classes: train.classes.length, seed },
        turn: 0xffff,
      })
    : null

/** The judgement of the models on the test data, which are opened here and nowhere else. */
const tested = (context: TrainContext, models: readonly Uint8Array[]): TaskEither<ExperimentError, Tested | null> => {
  const { data, workers, tools } = context
  if (data.test === undefined) return TE.right(null)
  const examples = sealTestSet(data.test).open()
  return pipe(
    showing(tools.progress, 'test data', (tell) => (workers[0] as Worker).predict({ models, examples }, tell)),
    TE.flatMap((probabilities) =>
      withCopies(context, examples, { probabilities, labels: examples.labels, classes: examples.classes.length }),
    ),
  )
}

/** All that was found. */
interface Found {
  readonly selected: Selected
  readonly curves: LearningCurves
  readonly test: Tested | null
}

const resultsOf = (context: TrainContext, { selected, curves, test }: Found): TrainResults => {
  const { spec, tools, source, opened, data, backend, comparison, probe, began } = context
  const { shipped, why, judged, notes } = selected
  const isPair = spec.ensemble && shipped.method !== probeName
  const predictions = isPair ? meanOf(shipped.judged, probe.candidate.judged) : shipped.judged
  const reliability = reliabilityOf(predictions)
  const pair: Candidate = { ...shipped, method: `mean of probe and ${shipped.method}`, judged: predictions }
  return {
    schema: 'ptu-train/1',
    versions: tools.versions,
    backend,
    source: sourceSummary(source, opened),
    data: dataOf(context),
    shipped: { method: shipped.method, held: shipped.held, steps: comparison.steps, ensemble: isPair, why },
    methods: (isPair ? [pair, ...judged] : judged).map(judgementOf),
    notes: [...(data.warnings ?? []), ...told(context.doubt), ...notes, ...told(context.evidence.note)],
    confusion: confusionOf(predictions),
    suspects: suspectsIn(predictions).map(({ example }) => exampleAt(predictions, example, data)),
    confused: confusedIn(predictions).map((place) => exampleAt(predictions, place, data)),
    unsure: unsureIn(predictions).map((place) => exampleAt(predictions, place, data)),
    reliability,
    ece: expectedCalibrationError(reliability),
    earlier: earlierJudgement(source.earlier, predictions),
    ...(context.evidence.reading && { evidence: context.evidence.reading }),
    learning: curves,
    copies: copiesFound(context, test),
    augmentation: { changes: augmentationOf(context), copies: comparison.views?.length ?? 0 },
    test: test?.judgement ?? null,
    seconds: (tools.now() - began) / 1000,
  }
}

/** A statement, where there is one. */
const told = (text: string | undefined): readonly string[] => (text === undefined ? [] : [text])

const dataOf = ({ spec, source, data }: TrainContext): TrainResults['data'] => ({
  ...(spec.reading !== undefined && { kind: spec.reading.kind }),
  ...inputWords(data.encoding),
  path: spec.data,
  digest: data.digest,
  classes: data.counts,
  unreadable: data.unreadable,
  frozen: source.frozen,
})

const judgementOf = ({ method, held, folds, seconds, judged }: Candidate): MethodJudgement => ({
  method,
  held,
  folds,
  seconds,
  ...judge(judged),
})
