import type { Dataset } from '@ptu/data'
import { accuracy, argmaxRows, type Predictions, type ProtocolOptions } from '@ptu/trainer'

import type { MeasuredColumn, MeasuredValue } from '../measures/measure.ts'
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

/**
 * Scores outputs for examples. `learnt` are the labelled examples that the network was trained on: of numbers they give the
 * scale of its outputs, and the mean that R² compares with. A label is taken as on from a probability of a half.
 */
export const scoreOutputs = (outputs: Predictions, examples: Dataset, learnt: Dataset): OutputScores => {
  const { logits, labels, classes } = outputs
  const { targets } = examples
  if (targets === undefined) return { score: accuracy(argmaxRows(logits, classes), labels), others: [] }
  const kind = targetKinds[targets.kind]
  const facts = kind.plainFacts(learnt)
  const probabilities = kind.outputs(logits, { width: classes, scale: facts.scale })
  const scores = kind.scoresOf({ probabilities, labels: examples.labels, classes, targets, facts })
  const [first, ...others] = kind.scores.map(({ name }) => ({ name: `${group}.${name}`, value: scores[name] ?? NaN }))
  return { score: first?.value ?? NaN, others }
}

/** The score by which validation ranks trials; accuracy, so that none is given, where each example has one class. */
export const trialScore = ({ targets }: Dataset): Pick<ProtocolOptions, 'score'> =>
  targets === undefined ? {} : { score: (outputs, validation) => scoreOutputs(outputs, validation, validation).score }
