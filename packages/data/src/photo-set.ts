import { messageOf } from '@ptu/core'
import { readFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'

import type { Dataset } from './dataset.ts'
import { imageSize } from './decode-image.ts'
import { DataError } from './errors.ts'
import type { ImageCodecs } from './image-codecs.ts'
import type { ImageFile } from './image-folder.ts'
import { checkRule, pixelsBy, type ImageRule } from './image-rule.ts'
import type { Unreadable } from './photo-folder.ts'
import type { Size } from './raster.ts'
import { checkGoingOn, type Watch } from './watch.ts'

/** A rule that may leave the size to the images. */
export type OpenRule = Omit<ImageRule, 'size'> & { readonly size?: Size | undefined }

/** Files beyond this are refused. */
const byteLimit = 2 ** 28

/** Sets that take more bytes are refused. */
const setLimit = 2 ** 31

/** The bytes of an image file. Throws an error that says why they cannot be read. */
export const imageBytes = async (path: string): Promise<Uint8Array> => {
  const { stat } = await import('node:fs/promises')
  // A pipe would wait for a writer.
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined && !found.isFile()) throw new DataError('it is no file')
  const bytes = await readFile(path, byteLimit)()
  if (E.isLeft(bytes)) throw bytes.left
  return bytes.right
}

/** Runs `each` for all files; collects the errors it throws instead of stopping. */
const forEachFile = async (
  files: readonly ImageFile[],
  { signal, progress }: Watch,
  each: (file: ImageFile) => Promise<void>,
): Promise<ReadonlyMap<ImageFile, string>> => {
  const problems = new Map<ImageFile, string>()
  for (const [i, file] of files.entries()) {
    progress?.(i, files.length)
    checkGoingOn({ signal })
    try {
      await each(file)
    } catch (cause) {
      problems.set(file, messageOf(cause))
    }
  }
  progress?.(files.length, files.length)
  return problems
}

/** The one size of all images; throws {@link DataError} with the sizes there are. */
const commonSize = (sizes: readonly Size[]): Size => {
  const counts = new Map<string, number>()
  for (const size of sizes) counts.set(size.join(' × '), (counts.get(size.join(' × ')) ?? 0) + 1)
  const [first] = sizes
  if (first === undefined) throw new DataError('it has no image that can be read')
  if (counts.size === 1) return first
  const shown = [...counts].sort(([, a], [, b]) => b - a).slice(0, 5)
  throw new DataError(
    `the images have ${String(counts.size)} sizes (${shown.map(([size, n]) => `${size}: ${String(n)}`).join(', ')}); ` +
      'give the option `size`, for example 32x32, to resize them',
  )
}

/** Files that were read, those that were not, and the pixels. */
export interface ReadSet {
  readonly pixels: Uint8Array
  readonly shape: Dataset['shape']
  readonly files: readonly ImageFile[]
  readonly problems: ReadonlyMap<ImageFile, string>
}

/** The size that all files have, by their headers, and the files that have no header. */
const measured = async (
  files: readonly ImageFile[],
  watch: Watch,
): Promise<{ readonly size: Size; readonly problems: ReadonlyMap<ImageFile, string> }> => {
  const sizes: Size[] = []
  const problems = await forEachFile(files, { signal: watch.signal }, async ({ path }) => {
    sizes.push(imageSize(await imageBytes(path)))
  })
  if (sizes.length === 0 && problems.size > 0)
    throw new DataError(`it has no image that can be read; ${[...problems.values()][0] ?? ''}`)
  return { size: commonSize(sizes), problems }
}

/**
 * Reads image files one by one. If the rule has no size, all must have the same one, which is looked up in their
 * headers first.
 *
 * Rejects with {@link DataError} if sizes differ, the set would not fit into memory or the signal was given.
 */
export const readSet = async (
  files: readonly ImageFile[],
  open: OpenRule,
  codecs: ImageCodecs,
  watch: Watch,
): Promise<ReadSet> => {
  const looked = open.size === undefined ? await measured(files, watch) : undefined
  const size = open.size ?? (looked as { readonly size: Size }).size
  const wanted = files.filter((file) => looked?.problems.has(file) !== true)
  const length = size[0] * size[1] * open.channels
  if (length * wanted.length > setLimit)
    throw new DataError(
      `${String(wanted.length)} images of ${size.join(' × ')} take more than 2 GiB; give a smaller \`size\``,
    )
  const rule: ImageRule = { ...open, size }
  if (open.size !== undefined) checkRule(rule)
  const pixels = new Uint8Array(length * wanted.length)
  const read: ImageFile[] = []
  const problems = await forEachFile(wanted, watch, async (file) => {
    pixels.set(await pixelsBy(await imageBytes(file.path), rule, codecs), read.length * length)
    read.push(file)
  })
  return {
    pixels: pixels.subarray(0, read.length * length),
    shape: [...size, open.channels],
    files: read,
    problems: new Map([...(looked?.problems ?? []), ...problems]),
  }
}

/** The set as labelled examples. */
export const datasetOf = ({ pixels, shape, files }: ReadSet, classes: readonly string[]): Dataset => ({
  shape,
  features: pixels,
  labels: Int32Array.from(files, ({ label }) => label),
  classes,
})

/** The files that could not be read, in the order of their reading. */
export const unreadableIn = ({ problems }: ReadSet, shownOf: (file: ImageFile) => string): readonly Unreadable[] =>
  [...problems].map(([file, why]) => ({ path: shownOf(file), why }))
