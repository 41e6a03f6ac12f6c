import { percent } from '../format.ts'
import { table } from '../table.ts'

/** The classes of an example, most probable first, or why it has none. */
export interface Labelled {
  readonly path: string
  /** The row or the text as people read it; absent of images. */
  readonly shown?: string
  readonly classes?: readonly { readonly name: string; readonly probability: number }[]
  /** Every label with its probability, and whether it is on; of a model of sets of labels. */
  readonly labels?: readonly { readonly name: string; readonly probability: number; readonly on: boolean }[]
  /** The name of the number; of a model of numbers, with the two fields that follow. */
  readonly name?: string
  readonly value?: number
  /** The interval that is made to hold as large a part of new numbers as the model says. */
  readonly interval?: { readonly low: number; readonly high: number }
  readonly why?: string
}

/** A line of CSV (RFC 4180: cells with commas, quotes or line breaks stand in quotes). */
export const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`

/** The class of an example; none where it is less probable than the threshold. */
const nameOf = ({ classes = [] }: Labelled, threshold: number): string => {
  const [first] = classes
  return first !== undefined && first.probability >= threshold ? first.name : ''
}

/** The labels of examples as people read them; those that could not be read follow. */
export const labelsText = (
  found: readonly Labelled[],
  threshold: number,
  one: string,
  shown: (path: string) => string,
): string => {
  const unread = found.filter(({ why }) => why !== undefined)
  const rows = found
    .filter(({ classes }) => classes !== undefined)
    .map((one) => {
      const [first, ...others] = one.classes ?? []
      return [
        shown(one.path),
        nameOf(one, threshold) || '(not sure)',
        percent(first?.probability ?? 0),
        others.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', '),
      ]
    })
  return [
    ...(rows.length === 0 ? [] : [table([one, 'class', 'probability %', 'next'], rows)]),
    ...unread.map(({ path, why }) => `not read: ${shown(path)}: ${why ?? ''}`),
  ].join('\n')
}

/** The head of a CSV table of labels. */
export const csvHead = 'path,class,probability,error\n'

/** A row of a CSV table of labels. */
export const csvRow = (one: Labelled, threshold: number): string =>
  csvLine([one.path, nameOf(one, threshold), one.classes?.[0]?.probability.toFixed(6) ?? '', one.why ?? ''])
