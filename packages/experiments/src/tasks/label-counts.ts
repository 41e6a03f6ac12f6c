import type { Judged } from '../train/judgement.ts'

/** Counts of one label. */
export interface Counts {
  right: number
  taken: number
  given: number
}

/** The counts of each label over the examples at some places; `taken` are the labels that were taken as on. */
export const countsOf = (judged: Judged, taken: Uint8Array, places: Iterable<number>): readonly Counts[] => {
  const { classes, targets } = judged
  const counts = Array.from({ length: classes }, (): Counts => ({ right: 0, taken: 0, given: 0 }))
  for (const place of places)
    counts.forEach((own, label) => {
      const at = place * classes + label
      const given = targets?.values[at] ?? 0
      own.right += given * (taken[at] as number)
      own.taken += taken[at] as number
      own.given += given
    })
  return counts
}

/** F1, `2·TP / (2·TP + FP + FN)`; 0 where the label is neither given nor taken. */
export const f1Of = ({ right, taken, given }: Counts): number =>
  taken + given === 0 ? 0 : (2 * right) / (taken + given)

/** The mean F1 of labels. */
export const macroOf = (counts: readonly Counts[]): number =>
  counts.reduce((sum, own) => sum + f1Of(own), 0) / Math.max(1, counts.length)

/** The F1 of all labels together. */
export const microOf = (counts: readonly Counts[]): number =>
  f1Of(
    counts.reduce((sum, own) => ({
      right: sum.right + own.right,
      taken: sum.taken + own.taken,
      given: sum.given + own.given,
    })),
  )
