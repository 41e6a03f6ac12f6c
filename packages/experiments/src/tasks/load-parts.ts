import {
  kindOfData,
  loadSource,
  parseSource,
  readPhotos,
  type Column,
  type Dataset,
  type Encoding,
  type ImageRule,
  type PhotoLabels,
  type Source,
  type SourceSpec,
  type TokenRule,
} from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Task } from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { toRunError, UsageError, type ExperimentError } from '../errors.ts'
import type { OnStep } from '../progress.ts'
import { alignParts, type KnownColumns } from './align-parts.ts'
import { loadForEncoder } from './load-for-encoder.ts'

/** The options of {@link loadParts}. */
export interface LoadOptions extends KnownColumns {
  /** The tokens that texts are numbered by; those of the data themselves unless given. */
  readonly vocabulary?: readonly string[] | undefined
  /** The way from an image to an example that a network asks for; folders of images are read by it. */
  readonly image?: ImageRule | null
  /** The rule of an encoder of texts; tables are read as texts by it. */
  readonly tokens?: TokenRule | undefined
  /** Is told of files that cannot be read, and of what a table's reader left out, filled or guessed. */
  readonly warn?: (text: string) => void
  /** Is told how many images were read. */
  readonly onStep?: OnStep
}

/** Data after reading, with a test part if they have one. */
export interface LoadedParts {
  readonly train: Dataset
  readonly test: Dataset | undefined
  /** The way from a text to an example, of texts that an encoder reads. */
  readonly encoding?: Encoding
  /** The columns of a table of numbers and categories. */
  readonly table?: readonly Column[]
  /** The columns of a table of images. */
  readonly columns?: PhotoLabels
  /** The file of each example, where they are read from files of their own. */
  readonly files?: { readonly train: readonly string[]; readonly test: readonly string[] | undefined }
}

/** Reads the data that a specification names; a specification that is not understood is a `UsageError`. */
export const loadParts = (text: string, options: LoadOptions): TE.TaskEither<ExperimentError, LoadedParts> =>
  pipe(
    TE.fromEither(parseSource(text)),
    TE.mapLeft((error): ExperimentError => new UsageError(error.message)),
    TE.flatMapTask((spec) => asImages(text, spec, options)),
    TE.flatMap((spec) => loadSpec(text, spec, options)),
    TE.flatMapEither((parts) => alignParts(text, parts, options)),
    TE.map(({ labels, ...parts }) => ({ ...parts, ...encodedBy(labels, parts) })),
  )

/** The way from a row to an example, of a table whose labels are not one class for each row: a model needs all of it. */
const encodedBy = (labels: Source['labels'], { table }: LoadedParts): Pick<LoadedParts, 'encoding'> =>
  labels === undefined || table === undefined ? {} : { encoding: { kind: 'table', ...labels, columns: table } }

/**
 * Takes a bare path of a table that names images for these, as `ptu train` does: unless it is called a `table:`, or has options that
 * images have not.
 */
const asImages =
  (text: string, spec: SourceSpec, { warn = () => undefined }: LoadOptions): Task<SourceSpec> =>
  async () => {
    if (spec.kind !== 'table' || !text.startsWith(spec.path)) return spec
    const images = parseSource(`images:${text}`)
    if (E.isLeft(images)) return spec
    const kind = await kindOfData(spec.path)()
    if (E.isLeft(kind) || kind.right !== 'photos') return spec
    warn(`${spec.path} is taken for a table of images, as images:${spec.path}; table:${spec.path} would read its cells`)
    return images.right
  }

const loadSpec = (
  text: string,
  spec: SourceSpec,
  { vocabulary, image, tokens, warn = () => undefined, onStep }: LoadOptions,
): TE.TaskEither<ExperimentError, LoadedParts & Pick<Source, 'labels'>> => {
  if (tokens !== undefined) return loadForEncoder(text, spec, { tokens, warn })
  if (image === undefined || image === null || spec.kind !== 'images')
    return pipe(
      loadSource(spec, vocabulary),
      TE.mapLeft(toRunError),
      TE.map(({ train, test, columns, labels, warnings = [] }) => {
        for (const warning of warnings) warn(`${text}: ${warning}`)
        return { train, test, ...(columns && { table: columns }), ...(labels && { labels }) }
      }),
    )
  const problem = ruleProblem(text, spec, image)
  if (problem !== undefined) return TE.left(problem)
  return pipe(
    readPhotos(spec.folder, image, {
      ...(onStep && { progress: onStep }),
      ...(spec.columns && { columns: spec.columns }),
    }),
    TE.mapLeft(toRunError),
    TE.map(({ train, test, files, columns, unreadable: [first, ...others], warnings }) => {
      if (first !== undefined)
        warn(`${others.length + 1} files of ${text} are left out, for instance ${first.path}: ${first.why}`)
      warnings.forEach(warn)
      return { train, test, files, ...(columns && { columns }) }
    }),
  )
}

/** The options of a folder that contradict the network's own way to read images; undefined if none does. */
const ruleProblem = (
  text: string,
  { size, channels, fit }: Extract<SourceSpec, { readonly kind: 'images' }>,
  image: ImageRule,
): UsageError | undefined => {
  const clashes = [
    ...(size !== undefined && size.join('x') !== image.size.join('x')
      ? [`size ${size.join('x')} where the network reads ${image.size.join('x')}; set that with --input`]
      : []),
    ...(channels !== undefined && channels !== image.channels
      ? [`channels ${channels} where the network reads ${image.channels}; leave it out, images are converted`]
      : []),
    ...(fit !== undefined && fit !== image.fit
      ? [`fit ${fit} where the network reads images by ${image.fit}; leave it out`]
      : []),
  ]
  return clashes.length === 0 ? undefined : new UsageError(`${text}: ${clashes.join('; ')}`)
}
