import { messageOf } from '@ptu/core'
import { readFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Dataset } from './dataset.ts'
import { DataError, problemList, quoted } from './errors.ts'
import { listImages, type ImageFile, type ImageFolder } from './image-folder.ts'
import { decodeJpeg, isJpeg, jpegHeader } from './jpeg.ts'
import { decodePng, isPng, pngHeader } from './png.ts'
import { onWhite, resize, type Size } from './raster.ts'

/** How images become examples. */
export interface ImageOptions {
  /** Resizes every image to this height and width; unless given, all must have one size. */
  readonly size?: Size
  /** 3 for red, green and blue (unless given), 1 for brightness. */
  readonly channels?: 1 | 3
}

/** Files beyond this are refused. */
const byteLimit = 2 ** 26

/** Images higher or wider are refused before they are decoded. */
const sideLimit = 4096

/** Sets that take more bytes are refused. */
const setLimit = 2 ** 31

/** The size of an image by its header; throws {@link DataError} where it is no image or too large. */
export const imageSize = (bytes: Uint8Array): Size => {
  if (!isPng(bytes) && !isJpeg(bytes)) throw new DataError('it is neither a PNG nor a JPEG')
  const { height, width } = isPng(bytes) ? pngHeader(bytes) : jpegHeader(bytes)
  if (height < 1 || width < 1 || height > sideLimit || width > sideLimit)
    throw new DataError(
      `expected 1 to ${String(sideLimit)} pixels on each side, its header claims ${String(height)} × ${String(width)}`,
    )
  return [height, width]
}

const bytesOf = async (path: string): Promise<Uint8Array> => {
  const bytes = await readFile(path, byteLimit)()
  if (E.isLeft(bytes)) throw bytes.left
  return bytes.right
}

/** The size of every image; throws {@link DataError} with every file that is no image. */
const sizesOf = async (files: readonly ImageFile[]): Promise<readonly Size[]> => {
  const problems = problemList()
  const sizes: Size[] = []
  for (const { path } of files) {
    try {
      sizes.push(imageSize(await bytesOf(path)))
    } catch (cause) {
      problems.add(`${quoted(path)}: ${messageOf(cause)}`)
    }
  }
  if (problems.count() > 0) throw new DataError(`not every file is an image that can be read:${problems.text()}`)
  return sizes
}

/** The one size of all images; throws {@link DataError} with the sizes there are. */
const commonSize = (sizes: readonly Size[]): Size => {
  const counts = new Map<string, number>()
  for (const size of sizes) counts.set(size.join(' × '), (counts.get(size.join(' × ')) ?? 0) + 1)
  const [first] = sizes
  if (first !== undefined && counts.size === 1) return first
  const shown = [...counts].sort(([, a], [, b]) => b - a).slice(0, 5)
  throw new DataError(
    `the images have ${String(counts.size)} sizes (${shown.map(([size, n]) => `${size}: ${String(n)}`).join(', ')}); ` +
      'give the option `size`, for example 32x32, to resize them',
  )
}

/** The pixels of an image as `[height, width, channels]` bytes of the wanted size. */
const pixelsOf = async (bytes: Uint8Array, size: Size, channels: 1 | 3): Promise<Uint8Array> => {
  const claimed = imageSize(bytes)
  const raster = isPng(bytes) ? await decodePng(bytes) : decodeJpeg(bytes)
  if (raster.height !== claimed[0] || raster.width !== claimed[1]) throw new DataError('it has two headers')
  const pixels = onWhite(raster, channels)
  const same = claimed[0] === size[0] && claimed[1] === size[1]
  return new Uint8Array((same ? pixels : resize(pixels, claimed, size, channels)).map((value) => Math.round(value)))
}

const read = async (
  { classes, files }: ImageFolder,
  { size: wanted, channels = 3 }: ImageOptions,
): Promise<Dataset> => {
  const sizes = await sizesOf(files)
  const size = wanted ?? commonSize(sizes)
  const length = size[0] * size[1] * channels
  if (length * files.length > setLimit)
    throw new DataError(
      `${String(files.length)} images of ${size.join(' × ')} take more than 2 GiB; give a smaller \`size\``,
    )
  const features = new Uint8Array(length * files.length)
  for (const [i, { path }] of files.entries()) {
    try {
      features.set(await pixelsOf(await bytesOf(path), size, channels), i * length)
    } catch (cause) {
      throw new DataError(`${quoted(path)} cannot be decoded: ${messageOf(cause)}`)
    }
  }
  return { shape: [...size, channels], features, labels: Int32Array.from(files, ({ label }) => label), classes }
}

/**
 * Reads a folder that has one folder of PNG or JPEG images per class; the classes are the names of the folders.
 *
 * The kind of a file is told by its content. Opacity is laid on white, 16 bits are scaled to 8. Classes and images are in
 * the order of their names. Left where anything else lies in the folder, where sizes differ and no `size` is given, where
 * a header claims more than 4096 pixels on a side or the pixels unpack to more than the header claims, and where a link
 * leads out of the folder. Names that begin with a dot, `Thumbs.db` and `desktop.ini` are skipped.
 *
 * @example
 * ```ts
 * const leaves = await readImages('leaves', { size: [32, 32] })()
 * ```
 */
export const readImages = (folder: string, options: ImageOptions = {}): TE.TaskEither<DataError, Dataset> =>
  readListed(`the images of ${folder}`, () => listImages(folder), options)

/** Reads the images of a list; `what` names them where that fails. */
export const readListed = (
  what: string,
  list: () => Promise<ImageFolder>,
  options: ImageOptions,
): TE.TaskEither<DataError, Dataset> =>
  TE.tryCatch(
    async () => read(await list(), options),
    (cause) => new DataError(`cannot read ${what}: ${because(cause)}`),
  )

const hints: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist; check the path',
  ENOTDIR: 'is a file, expected a folder',
  EACCES: 'may not be read; check its permissions',
  ELOOP: 'is a link that leads to itself',
}

const because = (cause: unknown): string => {
  const { code, path } = cause as { readonly code?: unknown; readonly path?: unknown }
  const hint = hints[String(code)]
  return hint === undefined ? messageOf(cause) : `${quoted(String(path))} ${hint}`
}
