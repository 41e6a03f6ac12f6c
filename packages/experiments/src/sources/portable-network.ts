import { canonical, sha256, type Json } from '@ptu/core'
import { integer, list, nullable, optional, string, struct, type Decoder } from '@ptu/config'
import type { Encoding, ImageRule, Normalisation, TokenRule } from '@ptu/data'
import { fromSpec, type LayerSpec } from '@ptu/layers'
import { freeze, type NamedLayer, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { decodeMetadata, decodeParams, encodeParams, type ParamTree, type Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, toRunError } from '../errors.ts'
import { encodingDecoder, tokenRuleDecoder } from '../models/encoding-decoder.ts'
import { imageRuleDecoder } from '../models/image-rule.ts'
import { readMetadata } from '../models/metadata.ts'
import { normalisationDecoder } from '../models/normalisation.ts'
import { originDecoder, type Origin } from '../models/origin.ts'
import { shared } from '../tasks/shared-memory.ts'

/** The inputs that a network expects. */
export interface InputRule {
  /** The shape of one example. */
  readonly shape: Shape
  /** The step before the first layer: `(x - mean) / deviation`. */
  readonly normalisation: Normalisation
  /** The tokens that inputs are numbers of; null if inputs are measurements. */
  readonly vocabulary: readonly string[] | null
  /**
   * The way from an image to an example; null if inputs are no images, or are images in the form that the data have.
   */
  readonly image: ImageRule | null
  /** The way from a row or a text to an example; absent where inputs are neither, or as the data have them. */
  readonly encoding?: Encoding | undefined
  /** The rule that texts are numbered by, of a pretrained encoder; absent where inputs are no texts. */
  readonly tokens?: TokenRule | undefined
  /** The description of the file that the network was opened from, by which it can be written in the same form again. */
  readonly origin?: Origin | undefined
}

/** A block without its parameters: its name and the spec that `fromSpec` makes its layer from. */
export interface PortableBlock {
  readonly name: string
  readonly spec: LayerSpec
}

/** A trained network as plain data, which files hold and threads share. */
export interface PortableNetwork {
  /** The blocks before the head, input side first. */
  readonly blocks: readonly PortableBlock[]
  readonly input: InputRule
  /** The SHA-256 of blocks, input rule and parameters. */
  readonly digest: string
  /** A safetensors file of the blocks' parameters; its metadata hold everything above. */
  readonly bytes: Uint8Array
}

/** Makes plain data of a network; `metadata` goes into its file. Borrows `params`, one tree per block. */
export const portable = async (
  body: readonly NamedLayer[],
  params: readonly ParamTree[],
  { encoding, tokens, origin, ...known }: InputRule,
  metadata: Readonly<Record<string, string>> = {},
): Promise<PortableNetwork> => {
  // An absent rule and an undefined one are the same, so they have the same digest.
  const input: InputRule = { ...known, ...(encoding && { encoding }), ...(tokens && { tokens }) }
  const blocks = body.map(({ name, layer }) => ({ name, spec: layer.spec }))
  const plain = await sha256(await encodeParams(params))
  const digest = await sha256(`${canonical([blocks, input] as unknown as Json)}\n${plain}`)
  // Where it came from does not change what it computes.
  const whole: InputRule = { ...input, ...(origin && { origin }) }
  const network = JSON.stringify({ blocks, input: whole, digest })
  return { blocks, input: whole, digest, bytes: shared(await encodeParams(params, { ...metadata, network })) }
}

/** Checks the form of a network's input. */
export const inputRule: Decoder<InputRule> = struct({
  shape: list(integer({ min: 1 }), { min: 1, max: 8 }),
  normalisation: normalisationDecoder,
  vocabulary: nullable(list(string, { min: 2, max: 1_000_000 })),
  image: nullable(imageRuleDecoder),
  encoding: optional(encodingDecoder),
  tokens: optional(tokenRuleDecoder),
  origin: optional(originDecoder),
})

const block: Decoder<PortableBlock> = struct({
  name: string,
  spec: (spec: unknown) => E.right(spec as LayerSpec), // `fromSpec` checks it
})

const headDecoder = struct({ blocks: list(block, { min: 1 }), input: inputRule, digest: string })

/** A network from the bytes of its file with the other metadata of the file; no tensor is made. */
export const decodeNetwork = (
  bytes: Uint8Array,
): TE.TaskEither<RunError, PortableNetwork & { readonly metadata: Readonly<Record<string, string>> }> =>
  pipe(
    decodeMetadata(bytes),
    TE.mapLeft(toRunError),
    TE.flatMapEither(({ network, ...metadata }) => {
      const head = readMetadata(headDecoder, network)
      return head === undefined
        ? E.left(new RunError('it does not hold a network of ptu'))
        : E.right({ ...head, bytes: shared(bytes), metadata })
    }),
  )

/** The layers of a network's blocks, without parameters. A Left for a spec that no layer has. */
export const layersOf = (blocks: readonly PortableBlock[]): E.Either<RunError, readonly NamedLayer[]> =>
  pipe(
    blocks,
    E.traverseArray(({ name, spec }) =>
      pipe(
        fromSpec(spec),
        E.bimap(
          ({ message }) => new RunError(`block ${name}: ${message}; the layers of a source are those of @ptu/layers`),
          (layer) => ({ name, layer }),
        ),
      ),
    ),
  )

/** Opens a network as a source; the caller owns it and calls `disposeSource`. */
export const openNetwork = ({ blocks, bytes }: PortableNetwork): TE.TaskEither<RunError, SourceNetwork<OpenBlock>> =>
  pipe(
    TE.fromEither(layersOf(blocks)),
    TE.bindTo('body'),
    TE.bind('saved', () => pipe(decodeParams(Uint8Array.from(bytes)), TE.mapLeft(toRunError))),
    TE.map(({ body, saved }) => freeze(body, saved.params as readonly ParamTree[])),
  )
