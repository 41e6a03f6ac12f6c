import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { showing } from '../run/showing.ts'
import type { Worker } from '../run/worker.ts'
import { earlierJudgement } from './earlier.ts'
import { sealTestSet } from '../tasks/test-set.ts'
import { balanceNotes } from './balanced-places.ts'
import { probeName, type Candidate } from './candidate.ts'
import { chanceNotes } from './chance-notes.ts'
import { confusedIn, exampleAt, unsureIn } from './examples.ts'
import { confusionOf, judge, meanOf } from './judgement.ts'
import { expectedCalibrationError, reliabilityOf } from './reliability.ts'
import type { Selected } from './select.ts'
import { suspectsIn } from './suspects.ts'
import { copiesFound, withCopies, type Tested } from './test-copies.ts'
import type { TrainContext, TrainedModel } from './train.ts'
import { notesOf, trainedModel, trainingFacts } from './training-facts.ts'
import type { LearningCurves, MethodJudgement, TrainResults } from './train-results.ts'
import { modelsOf } from './final-models.ts'
import { finishTargets } from './finish-targets.ts'

/** Trains the selected method on all labels, looks at the test data once, and puts the results together. */
export const finishTraining = (
  context: TrainContext,
  selected: Selected,
  curves: LearningCurves,
): TaskEither<ExperimentError, TrainedModel> =>
  context.vectors.targets === undefined
    ? pipe(
        modelsOf(context, selected.shipped),
        TE.bindTo('models'),
        TE.bind('test', ({ models }) => tested(context, models)),
        TE.map(({ models, test }) => trainedModel(context, models, resultsOf(context, { selected, curves, test }))),
      )
    : finishTargets(context, selected)

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
  const { spec, source, data, comparison, probe } = context
  const { shipped, why, judged, notes } = selected
  const isPair = spec.ensemble && shipped.method !== probeName
  const predictions = isPair ? meanOf(shipped.judged, probe.candidate.judged) : shipped.judged
  const reliability = reliabilityOf(predictions)
  const confusion = confusionOf(predictions)
  const byChance = chanceNotes(judge(predictions), confusion, data.train.classes)
  const pair: Candidate = { ...shipped, method: `mean of probe and ${shipped.method}`, judged: predictions }
  return {
    schema: 'ptu-train/1',
    ...trainingFacts(context),
    shipped: { method: shipped.method, held: shipped.held, steps: comparison.steps, ensemble: isPair, why },
    methods: (isPair ? [pair, ...judged] : judged).map(judgementOf),
    notes: [...byChance, ...notesOf(context, notes), ...balanceNotes(spec, shipped.method)],
    confusion,
    // A model that guesses suspects right labels.
    suspects:
      byChance.length > 0 ? [] : suspectsIn(predictions).map(({ example }) => exampleAt(predictions, example, data)),
    confused: confusedIn(predictions).map((place) => exampleAt(predictions, place, data)),
    unsure: unsureIn(predictions).map((place) => exampleAt(predictions, place, data)),
    reliability,
    ece: expectedCalibrationError(reliability),
    earlier: earlierJudgement(source.earlier, predictions),
    ...(context.evidence.reading && { evidence: context.evidence.reading }),
    learning: curves,
    copies: copiesFound(context, test),
    test: test?.judgement ?? null,
  }
}

const judgementOf = ({ method, held, folds, seconds, judged }: Candidate): MethodJudgement => ({
  method,
  held,
  folds,
  seconds,
  ...judge(judged),
})
