import { OptionError } from '@ptu/core'

import { checkColour, decodeRaster } from './decode-image.ts'
import { openCodecs, type ImageCodecs } from './image-codecs.ts'
import { flatten, white, type Colour, type Raster, type Size } from './raster.ts'
import { resample, type Part } from './resample.ts'

/** The rule by which an image of any size becomes the pixels that a network sees. */
export interface ImageRule {
  /** Height and width that the network sees, in pixels. */
  readonly size: Size
  /** 3 for red, green and blue, 1 for brightness. */
  readonly channels: 1 | 3
  /** `'squash'` changes the aspect ratio, `'crop'` cuts the longer side, `'pad'` adds a border. */
  readonly fit: 'squash' | 'crop' | 'pad'
  /**
   * For `'crop'`: the shorter side first becomes this many pixels, as in torchvision's `Resize(256)` before
   * `CenterCrop(224)`. Unless given, the image first becomes just large enough to cover `size`.
   */
  readonly shorter?: number
  /** The colour under transparent parts and around `'pad'`: red, green and blue; white unless given. */
  readonly background?: Colour
}

/** The largest side that a rule may ask for. */
const sideLimit = 4096

const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= sideLimit

/** Throws `OptionError` if a rule cannot be followed. */
export const checkRule = ({ size, fit, shorter, background = white }: ImageRule): void => {
  if (!size.every(isSide))
    throw new OptionError(
      `expected a size of two whole numbers from 1 to ${String(sideLimit)}, got ${JSON.stringify(size)}`,
    )
  if (shorter !== undefined && (fit !== 'crop' || !isSide(shorter) || shorter < Math.max(...size)))
    throw new OptionError(
      `expected \`shorter\` with fit 'crop' and from ${String(Math.max(...size))} to ${String(sideLimit)}, ` +
        `got ${String(shorter)} with '${fit}'`,
    )
  checkColour(background)
}

/** The nearest whole number; a number halfway between two goes to the even one, as in Python. */
const roundHalfEven = (value: number): number => {
  const below = Math.floor(value)
  if (value - below !== 0.5) return Math.round(value)
  return below % 2 === 0 ? below : below + 1
}

/** The size at which the shorter side is `shorter`; the longer one is rounded down. */
const scaledTo = (shorter: number, [height, width]: Size): Size =>
  height <= width
    ? [shorter, Math.floor((shorter * width) / height)]
    : [Math.floor((shorter * height) / width), shorter]

/** The smallest size with the aspect ratio of an image that covers `size`; sides are rounded down. */
const covering = ([height, width]: Size, size: Size): Size =>
  height * size[1] <= width * size[0]
    ? [size[0], Math.floor((size[0] * width) / height)]
    : [Math.floor((size[1] * height) / width), size[1]]

/** The largest size with the aspect ratio of an image that fits in `size`; sides are rounded to the nearest pixel. */
const within = ([height, width]: Size, size: Size): Size =>
  height * size[1] <= width * size[0]
    ? [Math.max(1, roundHalfEven((height / width) * size[1])), size[1]]
    : [size[0], Math.max(1, roundHalfEven((width / height) * size[0]))]

/** The part of an image of `from` pixels that lies in its middle. */
const middle = (from: Size, size: Size): Part => ({
  top: roundHalfEven((from[0] - size[0]) / 2),
  left: roundHalfEven((from[1] - size[1]) / 2),
  size,
})

const rounded = (numbers: Float32Array): Uint8Array => Uint8Array.from(numbers, (value) => Math.round(value))

/** Resizes an image to `to` and cuts `part` out of it. */
const cut = (raster: Raster, to: Size, part: Part, ground: Colour, channels: 1 | 3): Uint8Array => {
  const isWhole = [0, 1].every((i) => part.size[i] === to[i])
  return isWhole && raster.height === to[0] && raster.width === to[1]
    ? flatten(raster, ground, channels)
    : rounded(resample(raster, to, part, ground, channels))
}

const wholeOf = (size: Size): Part => ({ top: 0, left: 0, size })

/** An image in the middle of a larger one of one colour. */
const bordered = (pixels: Uint8Array, inner: Size, size: Size, ground: Colour, channels: 1 | 3): Uint8Array => {
  const { top, left } = middle(size, inner)
  const pixel = new Float32Array(channels)
  const [red, green, blue] = ground
  pixel.set(channels === 1 ? [0.299 * red + 0.587 * green + 0.114 * blue] : ground)
  const colour = rounded(pixel)
  const out = Uint8Array.from({ length: size[0] * size[1] * channels }, (_, i) => colour[i % channels] as number)
  const length = inner[1] * channels
  for (let y = 0; y < inner[0]; y++)
    out.set(pixels.subarray(y * length, (y + 1) * length), ((top + y) * size[1] + left) * channels)
  return out
}

/** The pixels of a decoded image by a rule that was checked. */
const fitted = (raster: Raster, { size, channels, fit, shorter, background = white }: ImageRule): Uint8Array => {
  const from: Size = [raster.height, raster.width]
  if (fit === 'crop') {
    const to = shorter === undefined ? covering(from, size) : scaledTo(shorter, from)
    return cut(raster, to, middle(to, size), background, channels)
  }
  if (fit === 'squash') return cut(raster, size, wholeOf(size), background, channels)
  const inner = within(from, size)
  const pixels = cut(raster, inner, wholeOf(inner), background, channels)
  return bordered(pixels, inner, size, background, channels)
}

/** The pixels of an image file by a rule that was checked. Throws {@link DataError}. */
export const pixelsBy = async (bytes: Uint8Array, rule: ImageRule, codecs: ImageCodecs): Promise<Uint8Array> =>
  fitted(await decodeRaster(bytes, codecs), rule)

/**
 * The pixels of an image file as a network sees them: `[height, width, channels]` bytes.
 *
 * Resizes with a triangle filter that is as wide as the factor of shrinking, as Pillow's `BILINEAR` and torchvision's
 * antialiased `Resize` do; sizes are rounded as they do, for `'crop'` as torchvision and for `'pad'` as Pillow's
 * `ImageOps.pad`. Brightness is `0.299 red + 0.587 green + 0.114 blue`. For many images use `eachImage` or
 * `readPhotos`, which keep their decoders.
 *
 * Rejects with {@link DataError} if the file is no image that can be read, and with `OptionError` for a rule that
 * cannot be followed.
 *
 * @example
 * ```ts
 * const gif = Uint8Array.from(atob('R0lGODlhAQABAIAAAAAA/wAAACwAAAAAAQABAAACAkQBADs='), (c) => c.charCodeAt(0))
 * const rule: ImageRule = { size: [1, 3], channels: 3, fit: 'pad' }
 * expect([...(await imagePixels(gif, rule))]).toEqual([255, 255, 255, 0, 0, 255, 255, 255, 255])
 * ```
 *
 * References:
 *   Clark et al., "Pillow", Image.resize, ImageOps.pad, https://pillow.readthedocs.io/en/stable/reference/Image.html
 *   The PyTorch authors, "torchvision", transforms.Resize, transforms.CenterCrop, https://docs.pytorch.org/vision/stable/transforms.html
 */
export const imagePixels = async (bytes: Uint8Array, rule: ImageRule): Promise<Uint8Array> => {
  checkRule(rule)
  return pixelsBy(bytes, rule, await openCodecs(false))
}
