import * as E from 'fp-ts/lib/Either.js'

import { classLimit } from './collect-table.ts'
import { DataError, plural } from './errors.ts'
import type { LabelledTexts } from './labelled-texts.ts'

/** Counts texts that come again; a Left where there is none, or where there are too many labels. */
export const counted = (
  { texts, labels }: Pick<LabelledTexts, 'texts' | 'labels'>,
  limit: number = classLimit,
): E.Either<DataError, LabelledTexts> => {
  if (texts.length === 0) return E.left(new DataError('expected at least one text, got none'))
  const classes = new Set(labels).size
  if (classes > limit)
    return E.left(
      new DataError(`expected at most ${plural(classLimit, 'label')}, got ${String(classes)}; is it the text?`),
    )
  const first = new Map<string, string>()
  let [repeated, conflicting] = [0, 0]
  texts.forEach((text, i) => {
    const before = first.get(text)
    if (before === undefined) first.set(text, labels[i] as string)
    else {
      repeated++
      if (before !== labels[i]) conflicting++
    }
  })
  return E.right({ texts, labels, repeated, conflicting })
}
