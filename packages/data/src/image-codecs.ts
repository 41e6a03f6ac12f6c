import { messageOf } from '@ptu/core'

import { DataError } from './errors.ts'
import { withAdobe } from './jpeg.ts'
import { rasterOf, type Raster } from './raster.ts'
import { sharpCodec, type SharpFactory } from './sharp-codec.ts'
import { wasmCodec, type Codec, type Pixels, type WasmPackage } from './wasm-codec.ts'

/** The decoders of packed pixels; they keep their memory from image to image. */
export interface ImageCodecs {
  readonly jpeg: Codec
  /** JPEG of the four inks of print. */
  readonly print: Codec
  readonly webp: Codec
}

/** The most memory for a JPEG of four inks, in megabytes; it is decoded without WebAssembly. */
const printMegabytes = 2048

/** A module of a codec: its own types name a namespace that they do not declare. */
interface Untyped {
  readonly default: unknown
}

const openJpeg = async (): Promise<WasmPackage> => {
  const { default: factory } = (await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js')) as Untyped
  // The second argument would turn the image by its Exif data.
  return { factory, file: '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', more: [false] }
}

const openWebp = async (): Promise<WasmPackage> => {
  const { default: factory } = (await import('@jsquash/webp/codec/dec/webp_dec.js')) as Untyped
  return { factory, file: '@jsquash/webp/codec/dec/webp_dec.wasm', more: [] }
}

const decodePrint: Codec = async (bytes, pixels) => {
  const { decode } = await import('jpeg-js')
  try {
    return decode(withAdobe(bytes), {
      useTArray: true,
      formatAsRGBA: true,
      tolerantDecoding: false,
      maxResolutionInMP: Math.ceil(pixels / 1e6),
      maxMemoryUsageInMB: printMegabytes,
    })
  } catch (cause) {
    throw new DataError(messageOf(cause))
  }
}

/** A package that may not be installed. */
const optionalModule = async (name: string): Promise<unknown> => {
  try {
    return await import(/* @vite-ignore */ name)
  } catch {
    return undefined
  }
}

/**
 * Opens decoders: those of the package `sharp` if it is installed and `portable` is not set, else those compiled to
 * WebAssembly.
 */
export const openCodecs = async (portable: boolean): Promise<ImageCodecs> => {
  const sharp = portable ? undefined : ((await optionalModule('sharp')) as { default: SharpFactory } | undefined)
  if (sharp !== undefined) {
    const codec = sharpCodec(sharp.default)
    return { jpeg: codec, print: decodePrint, webp: codec }
  }
  return { jpeg: wasmCodec(openJpeg), print: decodePrint, webp: wasmCodec(openWebp) }
}

/** The raster from a decoder's pixels. Throws {@link DataError} if its size is not the one that the header claims. */
export const checkedRaster = ({ height, width, data }: Pixels, claimed: readonly [number, number]): Raster => {
  if (height !== claimed[0] || width !== claimed[1] || data.length !== 4 * height * width)
    throw new DataError('it has two headers')
  return rasterOf(height, width, new Uint8Array(data.buffer, data.byteOffset, data.length))
}
