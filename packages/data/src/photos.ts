import * as TE from 'fp-ts/lib/TaskEither.js'

import { indicesByClass, type Dataset } from './dataset.ts'
import { DataError, quoted } from './errors.ts'
import { openCodecs, type ImageCodecs } from './image-codecs.ts'
import type { ImageFile } from './image-folder.ts'
import { notImages, unreadError } from './images.ts'
import { checkRule, type ImageRule } from './image-rule.ts'
import { listPhotoFolder, type PhotoFile, type PhotoList, type PhotoParts, type Unreadable } from './photo-folder.ts'
import { datasetOf, readSet, unreadableIn, type OpenRule, type ReadSet } from './photo-set.ts'
import { listPhotoTable } from './photo-table.ts'

/** The options of {@link readPhotos}. */
export interface PhotoOptions {
  /** A second folder or table to test on; its classes must be among those of the first. */
  readonly test?: string
  /** Classes that come first, in their order, whether the set has images of them or not. */
  readonly classes?: readonly string[]
  /** Refuses the set if any file cannot be read. */
  readonly strict?: boolean
  /** Lets a table name files outside its folder. */
  readonly anywhere?: boolean
  /** True to ignore the package `sharp` even if it is installed, so that every machine gives the same bytes. */
  readonly portable?: boolean
  /** Stops the reading. */
  readonly signal?: AbortSignal
  /** Called before each file of a part and at its end. */
  readonly progress?: (done: number, total: number) => void
}

/** The number of examples of a class in each part. */
export interface ClassCount {
  readonly name: string
  readonly train: number
  readonly test: number
}

/** Images as labelled examples, and the file of each example. */
export interface Photos {
  readonly train: Dataset
  /** The test part, with the classes of `train`, some of which it may lack; undefined if there is no test part. */
  readonly test: Dataset | undefined
  /** The path of each example. */
  readonly files: { readonly train: readonly string[]; readonly test: readonly string[] | undefined }
  /** The files that gave no example, and the reasons. */
  readonly unreadable: readonly Unreadable[]
  /** The classes in their order. */
  readonly counts: readonly ClassCount[]
}

const listOne = async (path: string, anywhere: boolean): Promise<PhotoParts> => {
  const { stat } = await import('node:fs/promises')
  if ((await stat(path)).isDirectory()) return listPhotoFolder(path)
  if (/\.(csv|tsv)$/i.test(path)) return { train: await listPhotoTable(path, anywhere), test: undefined }
  throw new DataError('expected a folder, or a table that ends in .csv or .tsv')
}

const listParts = async (path: string, { test, anywhere = false }: PhotoOptions): Promise<PhotoParts> => {
  const parts = await listOne(path, anywhere)
  if (test === undefined) return parts
  const other = await listOne(test, anywhere)
  if (parts.test !== undefined || other.test !== undefined)
    throw new DataError('expected the option `test` with folders of classes, one of them has parts of its own')
  return { train: parts.train, test: other.train }
}

/** The files of a part with the labels of all classes. */
const relabelled = ({ classes, files }: PhotoList, known: readonly string[]): readonly PhotoFile[] => {
  const places = new Map(known.map((name, label) => [name, label]))
  const missing = classes.filter((name) => !places.has(name))
  if (missing.length > 0)
    throw new DataError(
      `the test part has classes that the training part lacks: ${missing
        .slice(0, 10)
        .map((name) => quoted(name))
        .join(', ')}`,
    )
  return files.map((file) => ({ ...file, label: places.get(classes[file.label] as string) as number }))
}

const isPhoto = (file: ImageFile): file is PhotoFile => 'shown' in file

const shownOf = (file: ImageFile): string => (isPhoto(file) ? file.shown : file.path)

/** A part that was read. */
interface Part {
  readonly data: Dataset
  readonly files: readonly string[]
  readonly unreadable: readonly Unreadable[]
}

const partOf = (set: ReadSet, classes: readonly string[], listed: readonly Unreadable[]): Part => ({
  data: datasetOf(set, classes),
  files: set.files.map(shownOf),
  unreadable: [...listed, ...unreadableIn(set, shownOf)],
})

/** Throws {@link DataError} if a class has no example to train on. */
const checkClasses = ({ data, unreadable }: Part, known: readonly string[]): void => {
  const empty = data.classes.filter((name, label) => indicesByClass(data)[label]?.length === 0 && !known.includes(name))
  if (empty.length === 0) return
  const [first] = unreadable
  throw new DataError(
    `no image can be read of the ${empty.length === 1 ? 'class' : 'classes'} ` +
      empty
        .slice(0, 10)
        .map((name) => quoted(name))
        .join(', ') +
      (first === undefined ? '' : `; for instance ${JSON.stringify(first.path)}: ${first.why}`),
  )
}

const checkParts = (train: Part, test: Part | undefined, { strict, classes = [] }: PhotoOptions): void => {
  const unreadable = [...train.unreadable, ...(test?.unreadable ?? [])]
  if (strict === true && unreadable.length > 0) throw notImages(unreadable)
  checkClasses(train, classes)
  if (test?.files.length === 0) throw new DataError('no image of the test part can be read')
  if (test !== undefined && test.data.shape.join() !== train.data.shape.join())
    throw new DataError(
      `the training images are ${train.data.shape.join(' × ')}, those to test on ${test.data.shape.join(' × ')}; ` +
        'give a rule with a size',
    )
}

const countsOf = (train: Dataset, test: Dataset | undefined): readonly ClassCount[] => {
  const [ofTrain, ofTest] = [indicesByClass(train), test && indicesByClass(test)]
  return train.classes.map((name, label) => ({
    name,
    train: ofTrain[label]?.length ?? 0,
    test: ofTest?.[label]?.length ?? 0,
  }))
}

const read = async (parts: PhotoParts, rule: OpenRule, codecs: ImageCodecs, options: PhotoOptions): Promise<Photos> => {
  const { classes: known = [] } = options
  const classes = [...known, ...parts.train.classes.filter((name) => !known.includes(name))]
  const files = relabelled(parts.train, classes)
  const listed = parts.test && { files: relabelled(parts.test, classes), unreadable: parts.test.unreadable }
  const train = partOf(await readSet(files, rule, codecs, options), classes, parts.train.unreadable)
  const test = listed && partOf(await readSet(listed.files, rule, codecs, options), classes, listed.unreadable)
  checkParts(train, test, options)
  return {
    train: train.data,
    test: test?.data,
    files: { train: train.files, test: test?.files },
    unreadable: [...train.unreadable, ...(test?.unreadable ?? [])],
    counts: countsOf(train.data, test?.data),
  }
}

/** Reads images by a rule that may leave the size to the images. */
export const readPhotosBy = (path: string, rule: OpenRule, options: PhotoOptions): TE.TaskEither<DataError, Photos> =>
  TE.tryCatch(
    async () => read(await listParts(path, options), rule, await openCodecs(options.portable === true), options),
    (cause) => unreadError(`the images of ${path}`, cause),
  )

/**
 * Reads images as people keep them: a folder with a folder per class, a folder with `train` and `test` that hold such
 * folders, or a `.csv` or `.tsv` table of paths and labels.
 *
 * If there is no `test`, a folder `val`, `valid` or `validation` is the test part. Files of a class may lie in folders
 * within its folder. Classes and files are in the order of their names; the files of a table keep its order. A table
 * has the columns `path` and `label`, or two columns without names; its paths are relative to it.
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
