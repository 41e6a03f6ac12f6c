import type { ModelFacts } from '@ptu/experiments'

import { percent } from '../format.ts'
import { table } from '../table.ts'
import { csvHead, csvLine, csvRow, labelsText, type Labelled } from './predict-text.ts'

/** The answer of a model for an example. */
type Answered = Omit<Labelled, 'path' | 'shown' | 'why'>

/** The way that the answers of a model are shown. */
export interface Predicting {
  /** The answer that the outputs for one example stand for. */
  readonly answer: (outputs: Float32Array) => Answered
  /** The head of a CSV table. */
  readonly csvHead: string
  readonly csvRow: (found: Labelled) => string
  /** The answers as people read them; those that could not be read follow. `one` names an example. */
  readonly text: (found: readonly Labelled[], one: string, shown: (path: string) => string) => string
}

/** The options of answers of one class each. */
export interface ClassOptions {
  /** The number of classes that are named. */
  readonly top: number
  /** Below this probability no class is named. */
  readonly threshold: number
}

/** The columns of answers without one class each. */
interface Columns {
  readonly head: readonly string[]
  readonly cells: (found: Labelled) => readonly string[]
  readonly csvNames: readonly string[]
  readonly csvCells: (found: Labelled) => readonly string[]
}

const byColumns = ({ head, cells, csvNames, csvCells }: Columns): Omit<Predicting, 'answer'> => ({
  csvHead: csvLine(['path', ...csvNames, 'error']),
  csvRow: (found) =>
    csvLine([found.path, ...(found.why === undefined ? csvCells(found) : csvNames.map(() => '')), found.why ?? '']),
  text: (all, one, shown) => {
    const read = all.filter(({ why }) => why === undefined)
    return [
      ...(read.length === 0 ? [] : [table([one, ...head], read.map((found) => [shown(found.path), ...cells(found)]))]), // prettier-ignore
      ...all.flatMap(({ path, why }) => (why === undefined ? [] : [`not read: ${shown(path)}: ${why}`])),
    ].join('\n')
  },
})

const ofClasses = ({ classes }: ModelFacts, { top, threshold }: ClassOptions): Predicting => ({
  answer: (outputs) => ({
    classes: classes
      .map((name, i) => ({ name, probability: outputs[i] ?? 0 }))
      .toSorted((a, b) => b.probability - a.probability)
      .slice(0, top),
  }),
  csvHead,
  csvRow: (found) => csvRow(found, threshold),
  text: (found, one, shown) => labelsText(found, threshold, one, shown),
})

const ofLabels = ({ classes, task }: ModelFacts): Predicting => ({
  answer: (outputs) => ({
    labels: classes.map((name, i) => {
      const probability = outputs[i] ?? 0
      return { name, probability, on: probability >= (task?.thresholds?.[i] ?? 0.5) }
    }),
  }),
  ...byColumns({
    head: ['labels', 'probability %'],
    cells: ({ labels = [] }) => [
      labels.flatMap(({ name, on }) => (on ? [name] : [])).join(', ') || '(none)',
      labels.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', '),
    ],
    csvNames: classes,
    csvCells: ({ labels = [] }) => labels.map(({ on }) => String(Number(on))),
  }),
})

/** A number with as many digits as a float of 32 bits has. */
const short = (value: number | undefined): string => String(Number((value ?? NaN).toPrecision(7)))

const ofNumbers = ({ classes: [name = ''], task }: ModelFacts): Predicting => {
  const { interval } = task ?? {}
  return {
    answer: ([value = NaN]) => ({
      ...{ name, value },
      ...(interval && { interval: { low: value - interval.margin, high: value + interval.margin } }),
    }),
    ...byColumns({
      head: [name, ...(interval === undefined ? [] : [`${percent(interval.level)} % interval`])],
      cells: ({ value, interval: own }) => [short(value), ...(own === undefined ? [] : [`${short(own.low)} to ${short(own.high)}`])], // prettier-ignore
      csvNames: [name, ...(interval === undefined ? [] : [`${name} low`, `${name} high`])],
      csvCells: ({ value, interval: own }) => [value, ...(own === undefined ? [] : [own.low, own.high])].map(short),
    }),
  }
}

/** The ways of tasks whose examples do not have one class each. */
const ways: Readonly<Record<NonNullable<ModelFacts['task']>['kind'], (facts: ModelFacts) => Predicting>> = {
  'multi-label': ofLabels,
  regress: ofNumbers,
}

/** The way that the answers of a model are shown. */
export const predictingOf = (facts: ModelFacts, options: ClassOptions): Predicting =>
  facts.task === undefined ? ofClasses(facts, options) : ways[facts.task.kind](facts)
