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
const doubtful = 0.1

/**
 * The examples whose given class is improbable and another as probable as it is for its own examples; the most doubtful first.
 *
 * An example is suspected where its given class has a probability below 0.1 and the class that it is taken for at least
 * `t = mean of p(class | x)` over the examples that are labelled as that class, all by predictions that did not see them.
 *
 * References:
 *   Northcutt, Jiang & Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, 2021, §3.1, https://arxiv.org/abs/1911.00068
 */
export const suspectsIn = (judged: Judged): readonly Suspect[] => {
  const thresholds = Array.from({ length: judged.classes }, (_, label) => meanConfidence(judged, label))
  return predictedIn(judged)
    .map((example): Suspect => {
      const row = rowOf(judged, example)
      const given = judged.labels[example] as number
      return { example, given, taken: argmax(row), probability: row[given] as number }
    })
    .filter(({ example, taken, given, probability }) => {
      const most = rowOf(judged, example)[taken] as number
      return taken !== given && probability < doubtful && most >= (thresholds[taken] ?? Infinity)
    })
    .toSorted((a, b) => a.probability - b.probability)
}

/** The mean probability of a class over the examples that are labelled as it; infinite where there are none. */
const meanConfidence = (judged: Judged, label: number): number => {
  const own = predictedIn(judged).filter((i) => judged.labels[i] === label)
  if (own.length === 0) return Infinity
  return own.reduce((sum, i) => sum + (rowOf(judged, i)[label] as number), 0) / own.length
}
