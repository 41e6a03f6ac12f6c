import * as E from 'fp-ts/lib/Either.js'

import { sortedNames } from './column-tally.ts'
import type { Dataset } from './dataset.ts'
import type { Encoding, TextEncoding, TokenRule } from './encoding.ts'
import { DataError, plural } from './errors.ts'
import type { LabelledTexts } from './labelled-texts.ts'
import { tokensEncoder } from './tokens-encoder.ts'

/** The names of the columns of texts and labels, and the rule of labels that are not one class each. */
export type TextColumns = Pick<TextEncoding, 'text' | 'label' | 'target'>

/** Texts as numbers. */
export interface NumberedTexts {
  readonly dataset: Dataset
  readonly encoding: Encoding
  /** The places of the texts that became examples. */
  readonly kept: readonly number[]
  readonly unreadable: readonly { readonly place: number; readonly why: string }[]
  /** Notes for people: on texts that were cut, on unknown tokens. */
  readonly notes: readonly string[]
}

/** More numbers than this are refused before there is memory for them: 512 MiB of ids. */
const numberLimit = 2 ** 27

/** Numbers texts as a pretrained encoder does: `[steps]` ids an example. A text without a token is left out. */
export const numberTexts = (
  labelled: LabelledTexts,
  columns: TextColumns,
  rule: TokenRule,
): E.Either<DataError, NumberedTexts> => {
  const { steps } = rule
  const count = labelled.texts.length
  if (count * steps > numberLimit)
    return E.left(
      new DataError(`${plural(count, 'text')} of ${steps} tokens are more than ${numberLimit} numbers; use fewer`),
    )
  return E.tryCatch(
    () => numbered(labelled, columns, rule),
    (cause) => {
      if (cause instanceof DataError) return cause
      throw cause
    },
  )
}

/** Throws `DataError`. */
const numbered = ({ texts, labels }: LabelledTexts, columns: TextColumns, rule: TokenRule): NumberedTexts => {
  const { steps } = rule
  const encoder = tokensEncoder(rule)
  const features = new Float32Array(texts.length * steps)
  const kept: number[] = []
  const unreadable: { place: number; why: string }[] = []
  texts.forEach((text, place) => {
    const found = encoder.encode(text)
    if ('why' in found) unreadable.push({ place, why: found.why })
    else features.set(found.ids, (kept.push(place) - 1) * steps)
  })
  if (kept.length === 0) throw new DataError('none of its texts holds a token')
  const classes = sortedNames([...new Set(kept.map((place) => labels[place] ?? ''))])
  const places = new Map(classes.map((name, i) => [name, i]))
  return {
    dataset: {
      shape: [steps],
      features: features.subarray(0, kept.length * steps),
      labels: Int32Array.from(kept, (place) => places.get(labels[place] ?? '') ?? -1),
      classes,
      padding: rule.padding,
    },
    encoding: { ...rule, kind: 'tokens', ...columns },
    kept,
    unreadable,
    notes: encoder.notes(),
  }
}
