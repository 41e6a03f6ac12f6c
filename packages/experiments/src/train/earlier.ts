import { key, permutation } from '@ptu/core'
import { take, type Dataset } from '@ptu/data'

import type { KeptExamples } from '../models/kept-examples.ts'
import type { EarlierJudgement } from './train-results.ts'
import { dataKindOf } from './data-kinds.ts'
import { judge, type Judged } from './judgement.ts'
import type { LabelledData } from './labelled-data.ts'
import type { TrainContext } from './train.ts'

/** The most bytes that kept examples may take: 64 MiB. */
const budget = 64 * 2 ** 20

/** The files of the examples that were read now. */
export const newFiles = ({ files, train }: LabelledData): readonly string[] =>
  files.slice(files.length - train.labels.length)

/**
 * The examples of a training for a later one: all as the frozen blocks give them, or of each class as many as take 64 MiB
 * together. Null where no block is frozen, of rows and texts, and of sets of labels and numbers.
 */
export const keptOf = ({ spec, comparison, data: { files } }: TrainContext): KeptExamples | null => {
  const { prefix, network, target } = comparison
  if (prefix === null || !dataKindOf(spec.reading?.kind).arePictures || target.train.targets !== undefined) return null
  const places = placesWithin(target.train, budget)
  return {
    examples: take(target.train, places),
    files: places.map((place) => files[place] ?? ''),
    ...{ prefix: prefix.digest, cut: prefix.blocks.length, rest: network },
  }
}

/** The places of at most so many examples of each class, drawn at random, that they take so many bytes together. */
const placesWithin = (examples: Dataset, bytes: number): readonly number[] => {
  const each = examples.features.byteLength / Math.max(1, examples.labels.length)
  const most = Math.max(1, Math.floor(bytes / each / examples.classes.length))
  const drawn = examples.classes.flatMap((_, label) => {
    const own = Array.from(examples.labels.keys()).filter((i) => examples.labels[i] === label)
    if (own.length <= most) return own
    return Array.from(permutation(key(label), own.length).slice(0, most), (i) => own[i] as number)
  })
  return drawn.toSorted((a, b) => a - b)
}

/** Judges held-out predictions on the classes of an earlier training and on the others. */
export const earlierJudgement = (earlier: KeptExamples | undefined, judged: Judged): EarlierJudgement | null => {
  if (earlier === undefined) return null
  const { classes, labels } = earlier.examples
  const only = (isWanted: (label: number) => boolean): Judged => ({
    ...judged,
    probabilities: judged.probabilities.map((p, i) =>
      isWanted(judged.labels[Math.floor(i / judged.classes)] as number) ? p : NaN,
    ),
  })
  const isOld = (label: number): boolean => label < classes.length
  const others = judge(only((label) => !isOld(label)))
  return { classes, examples: labels.length, old: judge(only(isOld)), new: others.count === 0 ? null : others }
}
