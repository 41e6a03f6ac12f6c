import { key } from '@ptu/core'
import type { Json } from '@ptu/core'
import {
  predictExamples,
  printable,
  targetKinds,
  type LoadedModel,
  type TargetJudgement,
  type TaskFacts,
} from '@ptu/experiments'
import type { Dataset } from '@ptu/data'

import type { Answer } from '../answer.ts'
import { judgementWords, labelsText } from '../target-text.ts'
import type { TestExamples } from './evaluate-data.ts'
import { leftOutText, seenText } from './seen-text.ts'

/** Judges models of sets of labels or of numbers on examples: the mean of their probabilities or numbers. */
export const evaluateTargets = async (
  models: readonly LoadedModel[],
  task: TaskFacts,
  { examples, seen, notes = [], leftOut }: TestExamples,
): Promise<Answer> => {
  const kind = targetKinds[task.kind]
  const found = await judgedBy(models, task, examples)
  return {
    text: [
      judgementWords(kind, found),
      ...seenText[seen],
      ...(leftOut === undefined ? [] : [leftOutText(leftOut.names, '')]),
      ...notes.map((note) => `note: ${printable(note)}`),
      ...(found.labels === undefined ? [] : ['', labelsText(found.labels, task.thresholds)]),
    ].join('\n'),
    json: {
      ...(found as unknown as Readonly<Record<string, Json>>),
      ...{ kind: task.kind, seen, classes: examples.classes },
      ...(leftOut !== undefined && { leftOut: { names: leftOut.names } }),
      ...(notes.length > 0 && { notes }),
    },
  }
}

const judgedBy = async (
  models: readonly LoadedModel[],
  facts: TaskFacts,
  examples: Dataset,
): Promise<TargetJudgement> => {
  const { labels, classes, targets } = examples
  const mean = new Float32Array(labels.length * classes.length)
  for (const model of models)
    (await predictExamples(model, examples)).forEach((value, i) => {
      mean[i] = (mean[i] ?? 0) + value / models.length
    })
  const judged = { probabilities: mean, labels, classes: classes.length, targets, names: classes, facts }
  return targetKinds[facts.kind].judge(judged, key(0))
}
