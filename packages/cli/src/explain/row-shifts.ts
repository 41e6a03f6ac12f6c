import { normals, uniforms, type Key } from '@ptu/core'
import type { Dataset, Normalisation } from '@ptu/data'

import type { ColumnSpan } from './column-leaning.ts'

/** A way in which rows may differ from those of the training, in five strengths. */
export interface RowShift {
  readonly name: string
  readonly words: (strength: number) => string
  readonly strengths: readonly [number, number, number, number, number]
  readonly change: (key: Key, examples: Dataset, strength: number) => Dataset
}

const at = (value: Normalisation['mean'], i: number): number =>
  typeof value === 'number' ? value : (value[i % value.length] ?? 0)

const percent = (part: number): string => `${Math.round(100 * part)} %`

/** Noise on the numbers of a table, as parts of their deviation in training. */
const numberNoise = (spans: readonly ColumnSpan[], { deviation }: Normalisation): RowShift => ({
  name: 'noise',
  words: (strength) => `noise of ${percent(strength)} of each number's deviation`,
  strengths: [0.1, 0.25, 0.5, 1, 2],
  change: (key, examples, strength) => {
    const size = examples.shape[0] ?? 1
    const drawn = normals(key, examples.features.length)
    const isNumber = new Set(spans.filter(({ length }) => length === 1).map(({ from }) => from))
    const features = Float32Array.from(examples.features, (value, i) =>
      isNumber.has(i % size) ? value + strength * at(deviation, i % size) * (drawn[i] ?? 0) : value,
    )
    return { ...examples, features }
  },
})

/** Cells that are missing: numbers become their mean in training, categories none, counts 0. */
const missingCells = (spans: readonly ColumnSpan[], { mean }: Normalisation, things: string): RowShift => ({
  name: `missing ${things}`,
  words: (strength) => `${percent(strength)} of the ${things} missing`,
  strengths: [0.1, 0.2, 0.3, 0.5, 0.7],
  change: (key, examples, strength) => {
    const size = examples.shape[0] ?? 1
    const drawn = uniforms(key, examples.labels.length * spans.length)
    const features = Float32Array.from(examples.features)
    for (let row = 0; row < examples.labels.length; row++)
      spans.forEach(({ from, length }, s) => {
        if ((drawn[row * spans.length + s] ?? 1) >= strength) return
        for (let i = from; i < from + length; i++)
          features[row * size + i] = things === 'cells' && length === 1 ? at(mean, i) : 0
      })
    return { ...examples, features }
  },
})

/** The shifts of a table: noise on its numbers where it has any, and missing cells. */
export const tableShifts = (spans: readonly ColumnSpan[], normalisation: Normalisation): readonly RowShift[] => [
  ...(spans.some(({ length }) => length === 1) ? [numberNoise(spans, normalisation)] : []),
  missingCells(spans, normalisation, 'cells'),
]

/** The shift of texts: words of the vocabulary that do not come. */
export const textShifts = (spans: readonly ColumnSpan[], normalisation: Normalisation): readonly RowShift[] => [
  missingCells(spans, normalisation, 'words'),
]
