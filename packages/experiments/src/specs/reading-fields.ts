import { boolean, list, literal, optional, string, type Decoder } from '@ptu/config'
import type { TargetRequest } from '@ptu/data'

import type { DataReading } from '../train/data-kinds.ts'

/** The fields that say how the rows of a file are read. */
export interface ReadingFields {
  /** The column of the labels. */
  readonly label: string | undefined
  /** Predicts the numbers of the label's column. */
  readonly regress: boolean | undefined
  /** Stands between the labels of the label's column. */
  readonly separator: string | undefined
  /** The column of the texts. */
  readonly text: string | undefined
  /** The column of the files of images. */
  readonly image: string | undefined
  readonly unit: 'word' | 'character' | undefined
  readonly missing: 'refuse' | 'drop' | 'mean' | undefined
  readonly categories: readonly string[] | undefined
  readonly ignore: readonly string[] | undefined
}

const names = optional(list(string, { max: 100_000 }))

/** Checks the fields of {@link ReadingFields}. */
export const readingFields: { readonly [N in keyof ReadingFields]: Decoder<ReadingFields[N]> } = {
  label: optional(string),
  regress: optional(boolean),
  separator: optional(string),
  text: optional(string),
  image: optional(string),
  unit: optional(literal('word', 'character')),
  missing: optional(literal('refuse', 'drop', 'mean')),
  categories: names,
  ignore: names,
}

/** Fields without those that are undefined. */
export const given = <F extends object>(fields: F): F =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as F

/** The kind of labels that are not one class each. */
const targetOf = ({ regress, separator }: Pick<ReadingFields, 'regress' | 'separator'>): TargetRequest | undefined => {
  if (regress === true) return { kind: 'regress' }
  return separator === undefined ? undefined : { kind: 'multi-label', separator }
}

/** The reading of data that fields ask for. */
export const readingOf = ({
  kind,
  label,
  regress,
  separator,
  text,
  image,
  unit,
  missing,
  categories,
  ignore,
}: ReadingFields & { readonly kind: DataReading['kind'] }): DataReading => {
  const target = targetOf({ regress, separator })
  if (kind === 'photos') return given({ kind, image, label, target })
  return kind === 'table'
    ? given({ kind, label, target, missing, categories, ignore })
    : given({ kind, text, label, target, unit })
}
