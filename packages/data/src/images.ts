import { messageOf } from '@ptu/core'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Dataset } from './dataset.ts'
import { DataError, problemList, quoted } from './errors.ts'
import { openCodecs } from './image-codecs.ts'
import { listImages, type ImageFolder } from './image-folder.ts'
import type { Unreadable } from './photo-folder.ts'
import { datasetOf, readSet, unreadableIn } from './photo-set.ts'
import type { Size } from './raster.ts'

/** The rules by which images become examples. */
export interface ImageOptions {
  /** Resizes every image to this height and width, changing its aspect ratio; unless given, all must have one size. */
  readonly size?: Size
  /** 3 for red, green and blue (unless given), 1 for brightness. */
  readonly channels?: 1 | 3
}

/** The error that names files that are no images. */
export const notImages = (unreadable: readonly Unreadable[]): DataError => {
  const problems = problemList()
  for (const { path, why } of unreadable) problems.add(`${JSON.stringify(path)}: ${why}`)
  return new DataError(`not every file is an image that can be read:${problems.text()}`)
}

const read = async ({ classes, files }: ImageFolder, { size, channels = 3 }: ImageOptions): Promise<Dataset> => {
  const set = await readSet(files, { size, channels, fit: 'squash' }, await openCodecs(false), {})
  if (set.problems.size > 0) throw notImages(unreadableIn(set, ({ path }) => path))
  return datasetOf(set, classes)
}

/**
 * Reads a folder that has one folder of images per class; the classes are the names of the folders.
 *
 * Images are PNG, JPEG, WebP or GIF, told by their content; see `decodeImage`. Transparent parts are laid on white.
 * Classes and images are in the order of their names. Left if anything else lies in the folder, if sizes differ and no
 * `size` is given, and if a link leads out of the folder. Names that begin with a dot, `Thumbs.db` and `desktop.ini`
 * are skipped. `readPhotos` takes folders as people have them.
 *
 * @example
 * ```ts
 * const leaves = await readImages('leaves', { size: [32, 32] })()
 * ```
 */
export const readImages = (folder: string, options: ImageOptions = {}): TE.TaskEither<DataError, Dataset> =>
  readListed(`the images of ${folder}`, () => listImages(folder), options)

/** Reads the images of a list; `what` names the list in errors. */
export const readListed = (
  what: string,
  list: () => Promise<ImageFolder>,
  options: ImageOptions,
): TE.TaskEither<DataError, Dataset> =>
  TE.tryCatch(
    async () => read(await list(), options),
    (cause) => unreadError(what, cause),
  )

const hints: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; check the path',
  ENOTDIR: 'is a file, expected a folder',
  EACCES: 'may not be read; check its permissions',
  ELOOP: 'is a link that leads to itself',
}

/** The error of a set that could not be read. */
export const unreadError = (what: string, cause: unknown): DataError =>
  new DataError(`cannot read ${what}: ${because(cause)}`)

const because = (cause: unknown): string => {
  const { code, path } = cause as { readonly code?: unknown; readonly path?: unknown }
  const hint = hints[String(code)]
  return hint === undefined ? messageOf(cause) : `${quoted(String(path))} ${hint}`
}
