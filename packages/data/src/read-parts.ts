import * as E from 'fp-ts/lib/Either.js'

import { indicesByClass, type Dataset } from './dataset.ts'
import { DataError, quoted } from './errors.ts'
import type { ImageCodecs } from './image-codecs.ts'
import type { ImageFile } from './image-folder.ts'
import { notImages } from './images.ts'
import type { PhotoFile, PhotoList, Unreadable } from './photo-folder.ts'
import type { ClassCount, PhotoOptions, Photos } from './photo-options.ts'
import type { ListedParts } from './photo-parts.ts'
import { datasetOf, readSet, unreadableIn, type OpenRule, type ReadSet } from './photo-set.ts'
import { withTargets } from './with-targets.ts'

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
      (first === undefined
        ? '; add some, or leave the class out'
        : `; for instance ${JSON.stringify(first.path)}: ${first.why}`),
  )
}

const checkParts = (
  train: Part,
  test: Part | undefined,
  { strict, classes = [] }: PhotoOptions,
  warnings: readonly string[],
): void => {
  if (strict === true) checkAllRead([...train.unreadable, ...(test?.unreadable ?? [])], warnings)
  if (train.data.targets === undefined) checkClasses(train, classes)
  if (test !== undefined) checkTest(train, test)
}

/** Throws {@link DataError} if a file could not be read or a table does not name an image. */
const checkAllRead = (unreadable: readonly Unreadable[], warnings: readonly string[]): void => {
  if (unreadable.length > 0) throw notImages(unreadable)
  if (warnings.length > 0)
    throw new DataError(`${warnings.join('; ')}; name them, move them elsewhere, or leave \`strict\` out`)
}

const checkTest = (train: Part, test: Part): void => {
  if (test.files.length === 0) throw new DataError('no image of the test part can be read')
  if (test.data.shape.join() !== train.data.shape.join())
    throw new DataError(
      `the training images are ${train.data.shape.join(' × ')}, those to test on ${test.data.shape.join(' × ')}; ` +
        'give a rule with a size',
    )
}

/** The number of examples of each class, or with each label on. */
const countsIn = (data: Dataset): readonly number[] => {
  const { classes, targets } = data
  if (targets?.kind !== 'multi-label') return indicesByClass(data).map((indices) => indices.length)
  return classes.map((_, label) =>
    targets.values.reduce((sum, on, at) => (at % classes.length === label ? sum + on : sum), 0),
  )
}

const countsOf = (train: Dataset, test: Dataset | undefined): readonly ClassCount[] => {
  const [ofTrain, ofTest] = [countsIn(train), test && countsIn(test)]
  return train.classes.map((name, label) => ({ name, train: ofTrain[label] ?? 0, test: ofTest?.[label] ?? 0 }))
}

/** A part whose classes stand for sets of labels or for numbers, with these as targets. */
const learnable = (part: Part, { columns }: PhotoList, known: readonly string[] | undefined): Part => {
  if (columns?.target === undefined) return part
  const [first] = part.unreadable
  if (part.files.length === 0 && first !== undefined)
    throw new DataError(`no image can be read; for instance ${quoted(first.path)}: ${first.why}`)
  const data = withTargets(part.data, columns.target, known)
  if (E.isLeft(data)) throw data.left
  return { ...part, data: data.right }
}

/** Reads the images of listed parts. Rejects with {@link DataError}. */
export const readParts = async (
  parts: ListedParts,
  rule: OpenRule,
  codecs: ImageCodecs,
  options: PhotoOptions,
): Promise<Photos> => {
  const { train: own, test: other, warnings } = parts
  const partOfList = async (list: PhotoList, files: readonly PhotoFile[], classes: readonly string[]): Promise<Part> =>
    partOf(await readSet(files, rule, codecs, options), classes, list.unreadable)
  const [train, test] =
    own.columns?.target === undefined
      ? await ofClasses(parts, options, partOfList)
      : await ofTargets(parts, options, partOfList)
  checkParts(train, test, options, warnings)
  return {
    train: train.data,
    test: test?.data,
    files: { train: train.files, test: other && test?.files },
    unreadable: [...train.unreadable, ...(test?.unreadable ?? [])],
    counts: countsOf(train.data, test?.data),
    columns: own.columns,
    warnings,
  }
}

type ReadPart = (list: PhotoList, files: readonly PhotoFile[], classes: readonly string[]) => Promise<Part>

const ofClasses = async (
  { train, test }: ListedParts,
  { classes: known = [] }: PhotoOptions,
  readPart: ReadPart,
): Promise<readonly [Part, Part | undefined]> => {
  const classes = [...known, ...train.classes.filter((name) => !known.includes(name))]
  const files = relabelled(train, classes)
  const others = test && relabelled(test, classes)
  return [await readPart(train, files, classes), test && others ? await readPart(test, others, classes) : undefined]
}

const ofTargets = async (
  { train, test }: ListedParts,
  { classes: known }: PhotoOptions,
  readPart: ReadPart,
): Promise<readonly [Part, Part | undefined]> => {
  const own = learnable(await readPart(train, train.files, train.classes), train, known)
  if (test === undefined) return [own, undefined]
  return [own, learnable(await readPart(test, test.files, test.classes), test, own.data.classes)]
}
