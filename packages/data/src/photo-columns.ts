import * as E from 'fp-ts/lib/Either.js'

import type { LabelEncoding } from './encoding.ts'
import { DataError, quoted } from './errors.ts'
import { listed } from './label-column.ts'
import { labelColumns } from './label-columns.ts'
import { nearName } from './near-name.ts'
import type { TargetRequest, TargetRule } from './target-rule.ts'

/** The question which columns of a table of images hold what. */
export interface PhotoColumns {
  /** The column of the files; one called path, file, filename or image unless given. */
  readonly image?: string | undefined
  /** The column of the labels, or several between commas; one called label, class or category unless given. */
  readonly label?: string | undefined
  /** The kind of the labels, where they are not one class each; with columns, as a model remembers it. */
  readonly target?: TargetRequest | TargetRule | undefined
}

/** The columns of a table of images, which a model remembers for images to test on. */
export interface PhotoLabels extends LabelEncoding {
  /** The column of the files. */
  readonly image: string
}

/** The places of files and labels in the rows of a table. */
export interface PhotoLayout {
  readonly path: number
  readonly labels: readonly number[]
  readonly columns: PhotoLabels
  /** True if the first line is a row itself. */
  readonly startsWithRow: boolean
}

const pathNames = [
  'path',
  'file',
  'filename',
  'filepath',
  'file_name',
  'file_path',
  'image',
  'image_path',
  'image_name',
]
const labelNames = ['label', 'class', 'category']

/** Tells whether a name is that of a column of files. */
export const isPathName = (name: string): boolean => pathNames.includes(name.trim().toLowerCase())

const isLabelName = (name: string): boolean => labelNames.includes(name.trim().toLowerCase())

/** Tells whether a cell or a file has the name of an image. */
export const isImageName = (cell: string | undefined): boolean => /\.(png|jpe?g|webp|gif)$/i.test(cell ?? '')

/** Tells whether names of columns are those of a table of images. */
export const isPhotoHeader = (names: readonly string[]): boolean => names.some(isPathName) && names.some(isLabelName)

/** Finds the columns of a table of images by its first two lines. Throws {@link DataError}. */
export const photoLayout = (
  first: readonly string[],
  second: readonly string[],
  request: PhotoColumns,
): PhotoLayout => {
  const found = pathPlace(first, second, request)
  if (found === undefined) {
    if (first.length === 2) return layoutOf(['path', 'label'], { ...request, image: 'path' }, 0, true)
    throw new DataError(
      `expected a column of files, called ${pathNames.slice(0, 3).join(', ')} or image, or two columns without names; ` +
        `the columns are ${listed(first) || 'none'}; name that of the files with --image`,
    )
  }
  return layoutOf(first, request, found, false)
}

/** The place of the files: by the name that is given, by a usual one, or of the only column of images. */
const pathPlace = (
  names: readonly string[],
  second: readonly string[],
  { image }: PhotoColumns,
): number | undefined => {
  if (image !== undefined && names.includes(image)) return names.indexOf(image)
  const usual = names.findIndex(isPathName)
  if (usual >= 0 && image === undefined) return usual
  if (image !== undefined)
    throw new DataError(`expected a column ${quoted(image)} of files, the columns are ${listed(names)}${nearName(image, names)}`) // prettier-ignore
  const places = names.flatMap((name, i) => (isImageName(second[i]) && !isImageName(name) ? [i] : []))
  if (places.length > 1)
    throw new DataError(
      `which column names the files? ${listed(places.map((i) => names[i] ?? ''))} hold names of images; name it with --image`,
    )
  return places[0]
}

const layoutOf = (
  names: readonly string[],
  request: PhotoColumns,
  path: number,
  startsWithRow: boolean,
): PhotoLayout => {
  const image = names[path] ?? ''
  const { places, rule } = labelPlaces(names, request, path)
  const label = places.map((place) => names[place] ?? '').join(',')
  const twice = [path, ...places].map((place) => names[place] ?? '').find((name) => names.indexOf(name) !== names.lastIndexOf(name)) // prettier-ignore
  if (twice !== undefined) throw new DataError(`line 1: the column ${quoted(twice)} comes twice; name each column once`)
  if (places.includes(path))
    throw new DataError(`the column ${quoted(image)} names the files: name another with --label, or the files with --image`) // prettier-ignore
  return { path, labels: places, columns: { image, label, ...(rule && { target: rule }) }, startsWithRow }
}

interface LabelPlaces {
  readonly places: readonly number[]
  readonly rule?: TargetRule
}

const labelPlaces = (names: readonly string[], { label, target }: PhotoColumns, path: number): LabelPlaces => {
  if (target !== undefined && 'columns' in target) return knownPlaces(names, target)
  const others = names.filter((_, i) => i !== path)
  const usual = label ?? others.find(isLabelName)
  const among = usual === undefined ? others : names
  if (among.length === 0) throw new DataError('expected a column of labels beside that of the files, got none')
  const found = labelColumns(among, { label: usual, target, unnamed: 'guess' })
  if (E.isLeft(found)) throw new DataError(found.left)
  const { places, rule } = found.right
  return { places: places.map((place) => names.indexOf(among[place] ?? '')), ...(rule && { rule }) }
}

/** The columns that a model remembers; one that holds all labels may be the only one beside the files. */
const knownPlaces = (names: readonly string[], target: TargetRule): LabelPlaces => {
  const lacking = target.columns.filter((name) => !names.includes(name))
  if (lacking.length > 0)
    throw new DataError(`expected the columns ${listed(target.columns)} with the labels, the table lacks ${listed(lacking)}`) // prettier-ignore
  return { places: target.columns.map((name) => names.indexOf(name)), rule: target }
}
