import { messageOf } from '@ptu/core'

import { DataError } from './errors.ts'
import type { Codec } from './wasm-codec.ts'

/** The part of the package `sharp` that is used. */
export interface SharpImage {
  readonly toColourspace: (space: string) => SharpImage
  readonly ensureAlpha: () => SharpImage
  readonly raw: () => SharpImage
  readonly toBuffer: (options: { readonly resolveWithObject: true }) => Promise<{
    readonly data: Uint8Array
    readonly info: { readonly height: number; readonly width: number }
  }>
}

export type SharpFactory = (
  bytes: Uint8Array,
  options: { readonly failOn: string; readonly ignoreIcc: boolean; readonly limitInputPixels: number },
) => SharpImage

/**
 * Makes a decoder from the package `sharp`. Like the portable decoders, it ignores colour profiles and turns nothing.
 *
 * References:
 *   Fuller, "sharp: high performance Node.js image processing", https://sharp.pixelplumbing.com/api-constructor
 */
export const sharpCodec =
  (sharp: SharpFactory): Codec =>
  async (bytes, pixels) => {
    try {
      const image = sharp(bytes, { failOn: 'truncated', ignoreIcc: true, limitInputPixels: pixels })
      const { data, info } = await image.toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true })
      return { height: info.height, width: info.width, data }
    } catch (cause) {
      throw new DataError(messageOf(cause))
    }
  }
