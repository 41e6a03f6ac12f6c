import { messageOf } from '@ptu/core'

import { DataError } from './errors.ts'

/** The result of a decoder: red, green, blue and opacity of each pixel. */
export interface Pixels {
  readonly height: number
  readonly width: number
  readonly data: Uint8ClampedArray | Uint8Array
}

/** A decoder that was compiled to WebAssembly, with memory of its own. */
interface Instance {
  readonly decode: (bytes: Uint8Array, ...more: readonly unknown[]) => Pixels | null
}

/** Makes an instance. */
type InstanceFactory = (options: {
  readonly instantiateWasm: (imports: object, receive: (instance: object) => void) => object
  readonly print: (text: string) => void
  readonly printErr: (text: string) => void
}) => Promise<Instance>

/** The part of JavaScript's WebAssembly that is used; TypeScript declares it only together with the DOM. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
}

const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }

/** The most pixels that an instance may have held to be kept: its memory never shrinks. */
const keptPixels = 4_000_000

/** The prints of a codec that report missing or damaged pixels; the rest of its warnings is harmless. */
const damage = /premature end|bad huffman|instead of RST|inconsistent/i

/** Decodes an image whose header claims so many pixels. Throws {@link DataError}. */
export type Codec = (bytes: Uint8Array, pixels: number) => Promise<Pixels>

/** Starts instances of a decoder; each reports what the decoder prints. */
type Start = (report: (text: string) => void) => Promise<(bytes: Uint8Array) => Pixels | null>

/** A package's decoder: its factory, the file of its WebAssembly module, and what `decode` wants behind the bytes. */
export interface WasmPackage {
  readonly factory: unknown
  readonly file: string
  readonly more: readonly unknown[]
}

/**
 * A decoder that keeps an instance from image to image, and takes a new one after a failure and after a large image.
 *
 * `open` loads the package when the first image comes.
 */
export const wasmCodec = (open: () => Promise<WasmPackage>): Codec => {
  let start: Promise<Start> | undefined
  let kept: ReturnType<Start> | undefined
  let printed: string[] = []
  return async (bytes, pixels) => {
    start ??= open().then(startOf)
    kept ??= start.then((begin) => begin((text) => printed.push(text)))
    const decode = await kept
    printed = []
    try {
      const decoded = decode(bytes)
      const problem = printed.find((text) => damage.test(text))
      if (decoded === null || problem !== undefined) throw new DataError(problem ?? 'it is damaged')
      if (pixels > keptPixels) kept = undefined
      return decoded
    } catch (cause) {
      kept = undefined
      throw cause instanceof DataError ? cause : new DataError(printed[0] ?? messageOf(cause))
    }
  }
}

const startOf = async ({ factory, file, more }: WasmPackage): Promise<Start> => {
  const { readFile } = await import('node:fs/promises')
  const { createRequire } = await import('node:module')
  const module = new api.Module(await readFile(createRequire(import.meta.url).resolve(file)))
  return async (report) => {
    const { decode } = await (factory as InstanceFactory)({
      instantiateWasm: (imports, receive) => {
        const instance = new api.Instance(module, imports)
        receive(instance)
        return instance.exports
      },
      print: report,
      printErr: report,
    })
    return (bytes) => decode(bytes, ...more)
  }
}
