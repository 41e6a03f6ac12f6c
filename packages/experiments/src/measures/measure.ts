import type { Dataset, Normalisation } from '@ptu/data'

import type { PlainModel } from '../run/final-evaluation.ts'

/** A trained model and the test examples that it is measured on, at the end of its run. */
export interface MeasuredModel extends PlainModel {
  /** The test examples. Nothing may be chosen by them. */
  readonly examples: Dataset
  /** The sets of {@link Measure.changed}, in their order. */
  readonly changed: readonly Dataset[]
  readonly normalisation: Normalisation
}

/** A number that a measure gives. */
export interface MeasureColumn {
  /** The name in documents: letters, digits and hyphens. */
  readonly name: string
  /** The title of a column of a table. */
  readonly title: string
  /** A `part` of one is shown in percent, any other `number` as it is. */
  readonly unit: 'part' | 'number'
  /** The column of the same measure with the accuracy on the examples as they are; for accuracies on changed examples. */
  readonly beside?: string | undefined
}

/**
 * A question beside accuracy that is asked of each trained model of a comparison: how well its probabilities hold, what it
 * stands. It is answered on the test examples, once for each run, and nothing is chosen by the answer.
 */
export interface Measure {
  /** Letters, digits and hyphens. */
  readonly name: string
  readonly columns: readonly MeasureColumn[]
  /** The reason why models of such examples cannot be measured; undefined where they can. */
  problem(test: Dataset): string | undefined
  /** Changed copies of test examples, made once for all models of a comparison; none unless given. */
  changed?(test: Dataset): readonly Dataset[]
  /** A finite number for each column. Borrows all. Throws `OptionError` where there is none. */
  measure(model: MeasuredModel): Promise<readonly number[]>
}

/** A column of the results of a comparison. */
export interface MeasuredColumn extends MeasureColumn {
  /** The measure that it belongs to. */
  readonly measure: string
}

/** A number of a measure, by the names of measure and column: `calibration.error`. */
export interface MeasuredValue {
  readonly name: string
  readonly value: number
}

/** The name of a number in documents. */
const valueName = (measure: string, column: string): string => `${measure}.${column}`

/** The columns of measures, with the names that their numbers have in documents. */
export const columnsOf = (measures: readonly Measure[]): readonly MeasuredColumn[] =>
  measures.flatMap(({ name: measure, columns }) =>
    columns.map(({ name, title, unit, beside }) => ({
      ...{ measure, name: valueName(measure, name), title, unit },
      ...(beside !== undefined && { beside: valueName(measure, beside) }),
    })),
  )
