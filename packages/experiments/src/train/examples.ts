import { argmax, predictedIn, rowOf, type Judged } from './judgement.ts'
import type { LabelledData } from './labelled-data.ts'
import type { Example } from './train-results.ts'

/** The examples that a report shows at most where any number could be listed. */
const most = 24

/** The characters that are shown of an example at most. */
const longest = 400

/** The file of an example, its label, and what it is taken for. */
export const exampleAt = (
  judged: Judged,
  place: number,
  { files, shown, train: { classes } }: Pick<LabelledData, 'files' | 'shown' | 'train'>,
): Example => {
  const row = rowOf(judged, place)
  const [given, taken] = [judged.labels[place] as number, argmax(row)]
  return {
    file: files[place] ?? '',
    ...(shown !== undefined && { shown: shown(place).slice(0, longest) }),
    given: classes[given] ?? '',
    taken: classes[taken] ?? '',
    probability: row[given] ?? 0,
    confidence: row[taken] ?? 0,
  }
}

/** The places of the examples that are taken for another class, the least probable label first. */
export const confusedIn = (judged: Judged): readonly number[] =>
  predictedIn(judged)
    .filter((i) => argmax(rowOf(judged, i)) !== judged.labels[i])
    .toSorted((a, b) => labelProbability(judged, a) - labelProbability(judged, b))

/** The places of at most 24 examples whose most probable class is the least probable, the least sure first. */
export const unsureIn = (judged: Judged): readonly number[] =>
  predictedIn(judged)
    .toSorted((a, b) => Math.max(...rowOf(judged, a)) - Math.max(...rowOf(judged, b)))
    .slice(0, most)

const labelProbability = (judged: Judged, place: number): number =>
  rowOf(judged, place)[judged.labels[place] as number] ?? 0
