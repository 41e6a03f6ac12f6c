import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Dataset } from './dataset.ts'
import type { DataError } from './errors.ts'
import { readIdx } from './idx.ts'
import type { ImageRule } from './image-rule.ts'
import { mnist } from './mnist.ts'
import type { PhotoColumns } from './photo-columns.ts'
import { readPhotosBy } from './photos.ts'
import type { Column } from './table.ts'
import { loadNamed, loadTable, type NamedTextsSpec, type TableSpec, type TargetLabels } from './table-source.ts'
import { loadTagged, type TextSpec } from './text-source.ts'

/** The place of data, as the command line and the configuration name it. */
export type SourceSpec =
  | { readonly kind: 'mnist'; readonly classes?: readonly number[] }
  | { readonly kind: 'idx'; readonly images: string; readonly labels: string; readonly classes?: readonly number[] }
  | TableSpec
  | {
      readonly kind: 'images'
      readonly folder: string
      readonly size?: readonly [height: number, width: number]
      readonly channels?: 1 | 3
      /** The way in which images of another aspect ratio become `size`; squashed unless given. */
      readonly fit?: ImageRule['fit']
      /** The columns of the table of images that lies in the folder, or of which `folder` is the path. */
      readonly columns?: PhotoColumns
    }
  | TextSpec
  | NamedTextsSpec

/** The data of a source; `test` is undefined if the source has no test part of its own. */
export interface Source {
  readonly train: Dataset
  readonly test: Dataset | undefined
  /** The kinds of a table's columns, for a model to remember. */
  readonly columns?: readonly Column[]
  /** The columns of the labels of a table, where they are not one class for each row. */
  readonly labels?: TargetLabels
  /** Warnings to read before the data are used. */
  readonly warnings?: readonly string[]
}

/**
 * Reads the data that a specification names. Tokens are numbered by `vocabulary`, which is that of the source network's
 * data; unless given, one is made from these data.
 */
export const loadSource = (spec: SourceSpec, vocabulary?: readonly string[]): TE.TaskEither<DataError, Source> => {
  if (spec.kind === 'images') return loadImages(spec)
  if (spec.kind === 'table' || spec.kind === 'texts')
    return pipe(
      spec.kind === 'table' ? loadTable(spec, vocabulary) : loadNamed(spec, vocabulary),
      TE.map((loaded) => ({ ...loaded, test: undefined })),
    )
  if (spec.kind !== 'mnist')
    return pipe(
      loadSingle(spec, vocabulary),
      TE.map((train) => ({ train, test: undefined })),
    )
  return pipe(
    TE.Do,
    TE.bind('train', () => mnist({ ...spec, split: 'train' })),
    TE.bind('test', () => mnist({ ...spec, split: 'test' })),
  )
}

const loadImages = ({
  folder,
  size,
  channels = 3,
  fit = 'squash',
  columns,
}: ImagesSpec): TE.TaskEither<DataError, Source> =>
  pipe(
    readPhotosBy(folder, { size, channels, fit }, { strict: true, ...(columns && { columns }) }),
    TE.map(({ train, test }) => ({ train, test })),
  )

type ImagesSpec = Extract<SourceSpec, { readonly kind: 'images' }>

const loadSingle = (
  spec: Exclude<SourceSpec, { readonly kind: 'mnist' | 'images' | 'table' | 'texts' }>,
  vocabulary: readonly string[] | undefined,
): TE.TaskEither<DataError, Dataset> => {
  switch (spec.kind) {
    case 'idx':
      return readIdx(spec.images, spec.labels, spec)
    case 'brown':
    case 'tags':
      return loadTagged(spec, vocabulary)
  }
}
