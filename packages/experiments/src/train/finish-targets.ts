import { foldIn, key, permutation } from '@ptu/core'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import type { TaskFacts } from '../models/task-facts.ts'
import { showing } from '../run/showing.ts'
import type { Worker } from '../run/worker.ts'
import type { TargetJudgement, TargetKind } from '../tasks/target-kind.ts'
import { targetKinds } from '../tasks/task-kind.ts'
import { sealTestSet } from '../tasks/test-set.ts'
import { probeName, type Candidate } from './candidate.ts'
import { modelsOf } from './final-models.ts'
import { meanOf, predictedIn, type Judged } from './judgement.ts'
import type { Selected } from './select.ts'
import type { TrainContext, TrainedModel } from './train.ts'
import { targetCurves } from './target-curves.ts'
import type { HeldOutNumber, MethodTargetJudgement, TargetResults } from './target-results.ts'
import { notesOf, trainedModel, trainingFacts } from './training-facts.ts'

/** The turn of the seed that draws the examples of bootstrap intervals. */
const intervalTurn = 0xb007

/**
 * Trains the selected method on all sets of labels or numbers, looks at the test data once, and puts the results together.
 * Thresholds and the margin of intervals are those of the predictions that were held out.
 */
export const finishTargets = (context: TrainContext, selected: Selected): TaskEither<ExperimentError, TrainedModel> => {
  const { data, spec, probe } = context
  const kind = targetKinds[data.train.targets?.kind ?? 'regress']
  const { shipped } = selected
  const isPair = spec.ensemble && shipped.method !== probeName
  const judged = isPair ? meanOf(shipped.judged, probe.candidate.judged) : shipped.judged
  const pair: Candidate = { ...shipped, method: `mean of probe and ${shipped.method}`, judged }
  const task = kind.facts(judged)
  return pipe(
    targetCurves(context, shipped),
    TE.bindTo('learning'),
    TE.bind('models', () => modelsOf(context, shipped, task)),
    TE.bind('test', ({ models }) => tested(context, kind, task, models)),
    TE.map(({ models, learning, test }) => {
      const { method, held } = shipped
      const results: TargetResults = {
        schema: 'ptu-train-targets/1',
        examples: data.train.labels.length,
        ...trainingFacts(context),
        task,
        shipped: { method, held, steps: context.comparison.steps, ensemble: isPair, why: selected.why },
        methods: [...(isPair ? [pair] : []), ...selected.judged].map((one) => judgementOf(context, kind, one)),
        learning,
        ...(kind.name === 'regress' && { heldOut: heldOutNumbers(context, judged) }),
        notes: notesOf(context, selected.notes),
        test,
      }
      return trainedModel(context, models, results)
    }),
  )
}

/** The most numbers that are listed with their predictions. */
const mostListed = 1000

const heldOutNumbers = ({ data, spec }: TrainContext, judged: Judged): readonly HeldOutNumber[] => {
  const places = predictedIn(judged)
  const drawn = Array.from(permutation(key(spec.seed), places.length).slice(0, mostListed), (i) => places[i] as number)
  return drawn
    .toSorted((a, b) => a - b)
    .map((place) => ({
      file: data.files[place] ?? '',
      given: judged.targets?.values[place] ?? NaN,
      predicted: judged.probabilities[place] as number,
    }))
}

/** The judgement of the models on the test data, which are opened here and nowhere else. */
const tested = (
  { data, workers, tools, spec }: TrainContext,
  kind: TargetKind,
  facts: TaskFacts,
  models: readonly Uint8Array[],
): TaskEither<ExperimentError, TargetJudgement | null> => {
  if (data.test === undefined) return TE.right(null)
  const { labels, classes, targets, ...examples } = sealTestSet(data.test).open()
  return pipe(
    showing(tools.progress, 'test data', (tell) =>
      (workers[0] as Worker).predict({ models, examples: { ...examples, labels, classes, targets } }, tell),
    ),
    TE.map((probabilities) =>
      kind.judge(
        { probabilities, labels, classes: classes.length, targets, names: classes, facts },
        foldIn(key(spec.seed), intervalTurn),
      ),
    ),
  )
}

const judgementOf = (
  { data, spec }: TrainContext,
  kind: TargetKind,
  { method, held, folds, seconds, judged }: Candidate,
): MethodTargetJudgement => ({
  ...{ method, held, folds, seconds },
  ...kind.judge({ ...judged, names: data.train.classes }, foldIn(key(spec.seed), intervalTurn)),
})
