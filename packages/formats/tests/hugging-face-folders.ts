import * as E from 'fp-ts/lib/Either.js'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { disposeModel, openHuggingFace, type OpenOptions } from '../src/index.ts'

export const folderOf = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/hugging-face/${name}`, import.meta.url))
export const bytesOf = (name: string, file: string): Uint8Array => readFileSync(join(folderOf(name), file))
export const encoded = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/** The fields of a config. */
export type Fields = Readonly<Record<string, unknown>>

export const configOf = (name: string): Fields =>
  JSON.parse(new TextDecoder().decode(bytesOf(name, 'config.json'))) as Fields

/** A safetensors file with its header changed; the data stay. */
export const withHeader = (bytes: Uint8Array, change: (header: Record<string, unknown>) => void): Uint8Array => {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, unknown>
  change(header)
  const text = encoded(header)
  const made = new Uint8Array(8 + text.length + bytes.length - 8 - length)
  new DataView(made.buffer).setBigUint64(0, BigInt(text.length), true)
  made.set(text, 8)
  made.set(bytes.subarray(8 + length), 8 + text.length)
  return made
}

/** Changes to a folder. */
export interface Given {
  readonly config?: Fields
  readonly bytes?: Uint8Array
  readonly pooling?: unknown
  readonly sentences?: unknown
  readonly preprocessor?: unknown
  readonly options?: OpenOptions
}

export const problemOf = (name: string, given: Given): string => {
  const opened = openHuggingFace(
    { name: 'model.safetensors', bytes: given.bytes ?? bytesOf(name, 'model.safetensors') },
    {
      config: encoded({ ...configOf(name), ...given.config }),
      ...(given.pooling !== undefined && { pooling: encoded(given.pooling) }),
      ...(given.sentences !== undefined && { sentences: encoded(given.sentences) }),
      ...(given.preprocessor !== undefined && { preprocessor: encoded(given.preprocessor) }),
    },
    given.options,
  )
  if (E.isLeft(opened)) return opened.left.message
  disposeModel(opened.right)
  return 'none'
}

/** The names of a header changed, in place. */
export const renamed = (name: (from: string) => string) => (header: Record<string, unknown>) => {
  const entries = Object.entries(header)
  for (const [from] of entries) Reflect.deleteProperty(header, from)
  for (const [from, entry] of entries) header[name(from)] = entry
}
