import { foldIn, key, type Key } from '@ptu/core'
import { imageShifts, shifted } from '@ptu/analysis'
import { take, type Dataset } from '@ptu/data'

import type { Classify } from './classifier.ts'
import type { Breaks, ShiftCurve, ShiftPoint } from './explanation.ts'
import { measuredMean, measuredPart } from './measured.ts'
import { rightOf } from './right.ts'
import type { RowShift } from './row-shifts.ts'

/** A shift of examples of one kind. */
export interface ExampleShift {
  readonly name: string
  readonly words: (strength: number) => string
  readonly strengths: readonly number[]
  readonly change: (key: Key, examples: Dataset, severity: number) => Dataset
}

/** The shifts of pictures. */
export const pictureShifts: readonly ExampleShift[] = imageShifts.map((shift) => ({
  ...shift,
  change: (own, examples, severity) => shifted(own, examples, shift, severity),
}))

/** Shifts of rows as shifts of examples. */
export const ofRows = (shifts: readonly RowShift[]): readonly ExampleShift[] =>
  shifts.map((shift) => ({
    ...shift,
    change: (own, examples, severity) => shift.change(own, examples, shift.strengths[severity - 1] ?? 0),
  }))

/** The changes that are tried, and their examples. */
export interface BreaksRequest {
  readonly examples: Dataset
  readonly shifts: readonly ExampleShift[]
  readonly severities: readonly number[]
  readonly seed: number
}

/** The examples that are changed together; the memory of these is what changing takes. */
const together = 16

/** Measures the accuracy under each shift and severity, with what is lost example by example. */
export const breaksOf = async (
  classify: Classify,
  { examples, shifts, severities, seed }: BreaksRequest,
): Promise<Breaks> => {
  const before = rightOf(await classify(examples), examples)
  const curves: ShiftCurve[] = []
  for (const [place, shift] of shifts.entries()) {
    const points: ShiftPoint[] = []
    for (const severity of severities) {
      const after = await rightUnder(classify, examples, shift, { severity, own: foldIn(key(seed), place) })
      points.push({
        ...{ severity, words: shift.words(shift.strengths[severity - 1] ?? 0) },
        accuracy: measuredPart(
          after.reduce((sum, hit) => sum + hit, 0),
          after.length,
        ),
        drop: measuredMean(
          before.map((hit, i) => hit - (after[i] ?? 0)),
          { resolution: 1 / before.length },
        ),
      })
    }
    curves.push({ name: shift.name, points, breaksAt: points.find(isClear)?.severity ?? null })
  }
  return {
    count: before.length,
    accuracy: before.reduce((sum, hit) => sum + hit, 0) / before.length,
    shifts: curves.toSorted((a, b) => lostIn(b) - lostIn(a)),
  }
}

/** Tells whether a drop is more than chance. */
export const isClear = ({ drop: { interval } }: ShiftPoint): boolean => interval !== null && interval.low > 0

/** The mean drop over severities. */
const lostIn = ({ points }: ShiftCurve): number => points.reduce((sum, { drop }) => sum + drop.value, 0) / points.length

/** Tells which examples are named right under a shift; they are changed a few at a time. */
const rightUnder = async (
  classify: Classify,
  examples: Dataset,
  { change }: ExampleShift,
  { severity, own }: { readonly severity: number; readonly own: Key },
): Promise<readonly number[]> => {
  const found: number[] = []
  for (let from = 0; from < examples.labels.length; from += together) {
    const places = Array.from({ length: Math.min(together, examples.labels.length - from) }, (_, i) => from + i)
    const changed = change(foldIn(own, from), take(examples, places), severity)
    found.push(...rightOf(await classify(changed), changed))
  }
  return found
}
