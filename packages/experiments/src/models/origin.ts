import { describe, literal, refuse, struct, type Decoder } from '@ptu/config'
import { isRecord, type Json } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

/** The kind of the file that a network was opened from, and its own description of the network. */
export interface Origin {
  readonly kind: 'hugging-face'
  /** The content of its `config.json`. */
  readonly config: Readonly<Record<string, Json>>
}

/** A longer description, as JSON, is not kept. */
const longest = 2 ** 20

const configDecoder: Decoder<Origin['config']> = (input, path) =>
  isRecord(input) && JSON.stringify(input).length <= longest
    ? E.right(input as Origin['config'])
    : refuse(path, `expected a record of at most ${longest} characters, got ${describe(input)}`)

/** Checks the description of a file that a network was opened from. */
export const originDecoder: Decoder<Origin> = struct({ kind: literal('hugging-face'), config: configDecoder })

/** The origin of a network by the `config.json` of its folder; undefined where that is too long to keep. */
export const huggingFaceOrigin = (config: unknown): Origin | undefined => {
  const decoded = configDecoder(config, [])
  return E.isRight(decoded) ? { kind: 'hugging-face', config: decoded.right } : undefined
}
