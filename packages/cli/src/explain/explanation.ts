import type { ReliabilityBin, SelectivePoint } from '@ptu/analysis'
import type { GateReading, Versions } from '@ptu/experiments'

import type { FragileParameters, ImportantUnits } from './inside.ts'

/** A measured number with its 95 % interval; null where there are too few examples for one. */
export interface Measured {
  readonly value: number
  readonly interval: { readonly low: number; readonly high: number } | null
}

/** The drop of a class's probability where a cell of a picture is covered; row by row. */
export interface HeatMap {
  readonly rows: number
  readonly columns: number
  readonly values: readonly number[]
}

/** A picture and what the model leans on in it. */
export interface LeaningPicture {
  readonly name: string
  readonly given: string
  readonly taken: string
  /** The probability of the class that it is taken for. */
  readonly confidence: number
  readonly map: HeatMap
}

/** The parts of pictures that a model leans on. */
export interface PhotoLeaning {
  readonly kind: 'pictures'
  readonly method: string
  readonly pictures: readonly LeaningPicture[]
  /** The drop of probability where the fifth that it leans on most is covered. */
  readonly most: Measured
  /** The drop where the same shape is covered elsewhere. */
  readonly elsewhere: Measured
  /** The difference of the two, picture by picture. */
  readonly difference: Measured
  /** The part of what it leans on that lies in the outer ring of cells, and the part of the area that the ring has. */
  readonly edge: Measured & { readonly area: number }
}

/** The columns that a model leans on. */
export interface ColumnLeaning {
  readonly kind: 'columns'
  readonly method: string
  /** The drop of accuracy where a column is shuffled, the largest first. */
  readonly columns: readonly { readonly name: string; readonly drop: Measured }[]
  /** The number of columns that were not looked at. */
  readonly left: number
}

/** A model under one shift of one severity. */
export interface ShiftPoint {
  readonly severity: number
  readonly words: string
  readonly accuracy: Measured
  /** The accuracy lost, example by example. */
  readonly drop: Measured
}

/** A model under the severities of one shift. */
export interface ShiftCurve {
  readonly name: string
  readonly points: readonly ShiftPoint[]
  /** The lowest severity whose drop is more than chance; null where there is none. */
  readonly breaksAt: number | null
}

/** The changes of its inputs that a model does not stand. */
export interface Breaks {
  readonly count: number
  /** The accuracy of the same examples as they are. */
  readonly accuracy: number
  /** The most harmful shift first. */
  readonly shifts: readonly ShiftCurve[]
}

/** The trust that the probabilities of a model deserve. */
export interface Certainty {
  readonly accuracy: Measured
  readonly calibration: Measured & { readonly chance: number }
  readonly brier: number
  readonly negativeLogLikelihood: number
  readonly reliability: readonly ReliabilityBin[]
  /** The temperature that fits best, and the calibration error on examples that it was not fitted to; null for too few. */
  readonly temperature: { readonly value: number; readonly calibration: Measured } | null
  /** The threshold from which 95 % are right, and what it gives on examples that it was not chosen by. */
  readonly selective: {
    readonly target: number
    readonly threshold: number | null
    readonly coverage: Measured
    /** Null where no example is above the threshold. */
    readonly accuracy: Measured | null
  } | null
  readonly curve: readonly SelectivePoint[]
  /** Sets of classes that hold the right one with the stated probability; null for too few examples. */
  readonly sets: { readonly stated: number; readonly coverage: Measured; readonly size: number } | null
}

/** The changes of a training to its source. */
export interface Changes {
  /** The source in words. */
  readonly source: string
  readonly blocks: readonly {
    readonly name: string
    readonly parameters: number
    /** The length of the change by the length of the source's weights; null where the source has no such block. */
    readonly change: number | null
    /** The likeness of its outputs to those of the source (CKA), up to 1; null where it cannot be found. */
    readonly likeness: Measured | null
  }[]
  /** The examples that likeness is found from. */
  readonly count: number
}

/** A part of the document that could not be found, and why. */
export interface Missing {
  readonly why: string
}

/** The document of `ptu explain`. Fields named `seconds` depend on the machine. */
export interface Explanation {
  readonly schema: 'ptu-explanation/1'
  readonly versions: Versions
  readonly backend: string
  readonly seed: number
  readonly quick: boolean
  readonly model: {
    readonly path: string
    readonly method: string
    readonly classes: readonly string[]
    readonly parameters: number
  }
  readonly data: {
    readonly path: string
    readonly many: string
    readonly count: number
    readonly seen: 'new' | 'held out' | 'trained on'
    /** Examples that are left out as the model was trained on them. */
    readonly leftOut: number
    readonly notes: readonly string[]
  }
  /** The answers in words, in the order of the parts below. */
  readonly answers: Readonly<Record<'leaning' | 'certainty' | 'breaks' | 'changes', string>>
  readonly leaning: PhotoLeaning | ColumnLeaning | Missing
  /** The most important units of pictures. */
  readonly units: ImportantUnits | Missing
  readonly certainty: Certainty
  readonly breaks: Breaks
  readonly fragile: FragileParameters | Missing
  readonly changes: Changes | Missing
  readonly gates: readonly GateReading[]
  /** The passes of an example through the model, and the time, of each part. */
  readonly cost: Readonly<Record<'leaning' | 'certainty' | 'breaks' | 'changes', { passes: number; seconds: number }>>
}

/** Tells whether a part of the document is missing. */
export const isMissing = (part: object): part is Missing => 'why' in part
