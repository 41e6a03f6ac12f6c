import { argmax, predictedIn, rowOf, type Judged } from './judgement.ts'

/** An example whose label predictions from the other examples contradict. */
export interface Suspect {
  readonly example: number
  /** The class that it is labelled as. */
  readonly given: number
  /** The class that it is taken for. */
  readonly taken: number
  /** The probability of the given class. */
  readonly probability: number
}

/** A label is suspected where its probability is below this. */
const doubtful = 0.02

/** And where another class has at least this probability. */
const certain = 0.9

/**
 * The examples whose given class is improbable and another probable, by predictions that did not see them; the most doubtful
 * first.
 *
 * References:
 *   Northcutt, Jiang & Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, 2021, §3, https://arxiv.org/abs/1911.00068 (with thresholds per class; fixed here)
 */
export const suspectsIn = (judged: Judged): readonly Suspect[] =>
  predictedIn(judged)
    .map((example): Suspect => {
      const row = rowOf(judged, example)
      const given = judged.labels[example] as number
      return { example, given, taken: argmax(row), probability: row[given] as number }
    })
    .filter(({ example, taken, given, probability }) => {
      const most = rowOf(judged, example)[taken] as number
      return taken !== given && probability < doubtful && most >= certain
    })
    .toSorted((a, b) => a.probability - b.probability)
