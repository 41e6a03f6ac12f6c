import type { Dataset } from '@ptu/data'
import {
  accuracy,
  argmaxRows,
  type Answered,
  type Predictions,
  type ProtocolOptions,
  type TrainedPart,
} from '@ptu/trainer'

import type { MeasuredColumn, MeasuredValue } from '../measures/measure.ts'
import type { TaskFacts } from '../models/task-facts.ts'
import type { Judged } from '../train/judgement.ts'
import { targetKinds } from './task-kind.ts'

/** The scores of a network's outputs for labelled examples. */
export interface OutputScores {
  /** The score that methods are compared by: accuracy, macro F1 or R². */
  readonly score: number
  /** The other scores of sets of labels or of numbers; none of classes. */
  readonly others: readonly MeasuredValue[]
}

/** Prefixes the names of scores in documents. */
const group = 'score'

/** The columns of the scores beside the first, by the name of a kind of task. */
export const scoreColumns = (kind: string): readonly MeasuredColumn[] =>
  Object.hasOwn(targetKinds, kind)
    ? targetKinds[kind as keyof typeof targetKinds].scores
        .slice(1)
        .map(({ name, title, unit }) => ({ measure: group, name: `${group}.${name}`, title, unit }))
    : []

/** Outputs as predictions of sets of labels or numbers, beside what is right. */
const judgedOf = ({ logits, classes }: Predictions, { labels, targets }: Dataset, facts?: TaskFacts): Judged => ({
  probabilities:
    targets === undefined ? logits : targetKinds[targets.kind].outputs(logits, { width: classes, scale: facts?.scale }),
  ...{ labels, classes, targets, facts },
})

/**
 * The facts that a model takes from the examples that it was trained on: of numbers their scale, of sets of labels the thresholds
 * that fit its outputs for them. Undefined of classes.
 */
export const factsLearnt = async ({ examples, outputs }: TrainedPart): Promise<TaskFacts | undefined> =>
  examples.targets &&
  targetKinds[examples.targets.kind].learntFacts(examples, async () => judgedOf(await outputs(), examples))

/** Scores outputs for examples by the facts that their model learnt. */
export const scoreOutputs = ({ outputs, examples }: Answered, facts: TaskFacts | undefined): OutputScores => {
  const { logits, labels, classes } = outputs
  const { targets } = examples
  if (targets === undefined) return { score: accuracy(argmaxRows(logits, classes), labels), others: [] }
  const kind = targetKinds[targets.kind]
  const scores = kind.scoresOf(judgedOf(outputs, examples, facts))
  const [first, ...others] = kind.scores.map(({ name }) => ({ name: `${group}.${name}`, value: scores[name] ?? NaN }))
  return { score: first?.value ?? NaN, others }
}

/**
 * The score by which validation ranks trials, by the facts that each learns from the part it is trained on; accuracy, so that none
 * is given, where each example has one class.
 */
export const trialScore = ({ targets }: Dataset): Pick<ProtocolOptions, 'score'> =>
  targets === undefined
    ? {}
    : { score: async (validation, trained) => scoreOutputs(validation, await factsLearnt(trained)).score }

/**
 * The way in which labels are taken as on, as a part of the record of a run of sets of labels: numbers that were found in another way
 * do not count as its own.
 */
export const decisionRecord = ({ targets }: Dataset): { readonly thresholds?: string } =>
  targets?.kind === 'multi-label' ? { thresholds: 'by the labelled examples' } : {}
