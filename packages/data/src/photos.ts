import * as TE from 'fp-ts/lib/TaskEither.js'

import type { DataError } from './errors.ts'
import { openCodecs } from './image-codecs.ts'
import { checkRule, type ImageRule } from './image-rule.ts'
import { unreadError } from './images.ts'
import type { PhotoOptions, Photos } from './photo-options.ts'
import { listParts } from './photo-parts.ts'
import type { OpenRule } from './photo-set.ts'
import { readParts } from './read-parts.ts'

/** Reads images by a rule that may leave the size to the images. */
export const readPhotosBy = (path: string, rule: OpenRule, options: PhotoOptions): TE.TaskEither<DataError, Photos> =>
  TE.tryCatch(
    async () => readParts(await listParts(path, options), rule, await openCodecs(options.portable === true), options),
    (cause) => unreadError(`the images of ${path}`, cause),
  )

/**
 * Reads images as people keep them: a folder with a folder per class, a folder with `train` and `test` that hold such
 * folders, or a `.csv`, `.tsv` or `.jsonl` table of files and labels, which may lie in the folder of the images.
 *
 * If there is no `test`, a folder `val`, `valid` or `validation` is the test part. Files of a class may lie in folders
 * within its folder. Classes and files are in the order of their names; the files of a table keep its order. A table
 * has the columns `path` and `label`, or two columns without names; its paths are relative to it. `columns` names others,
 * and asks for sets of labels or for numbers in place of one class each, which the sets then hold as `targets`.
 *
 * A file that cannot be read is listed in `unreadable` and left out; with `strict` the whole set is refused. Without a
 * rule images keep their size, which must be the same for all, and have three channels. Files are decoded one by one:
 * memory holds at most the set and one image.
 *
 * Left if there is nothing to read, if a class has no image that can be read, if the test part has a class of its own,
 * if the set takes more than 2 GiB, and if `signal` aborts. Throws `OptionError` for a rule that cannot be followed.
 *
 * @example
 * ```ts
 * const rule: ImageRule = { size: [224, 224], channels: 3, fit: 'crop', shorter: 256 }
 * const photos = await readPhotos('no-such-folder', rule)()
 * expect(E.isLeft(photos) && photos.left.message).toContain('"no-such-folder" does not exist')
 * ```
 */
export const readPhotos = (
  path: string,
  rule?: ImageRule,
  options: PhotoOptions = {},
): TE.TaskEither<DataError, Photos> => {
  if (rule !== undefined) checkRule(rule)
  return readPhotosBy(path, rule ?? { channels: 3, fit: 'squash' }, options)
}
