import { boolean, decode, integer, list, literal, optional, string, struct, type Decoder } from '@ptu/config'
import type { Column } from '@ptu/data'
import type { Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { pixelRanges, type PixelRange } from '../models/pixel-range.ts'
import { UsageError, type ExperimentError } from '../errors.ts'
import { namedIn } from '../named.ts'
import { pretrained, pretrainedOnTexts } from '../tasks/regime.ts'
import type { BodyRecipe } from './bodies.ts'
import type { Cuts } from './cut-blocks.ts'
import { layersOf, type InputRule, type PortableNetwork } from './portable-network.ts'
import type { KeptExamples } from '../models/kept-examples.ts'
import type { FirstNormalisation } from '../models/range-check.ts'
import type { PreparedSource, SourceKind, SourceSpec } from './source.ts'

/** A pretrained network in a file. */
export interface OpenedSpec {
  readonly kind: 'opened'
  /** A file, a folder, or the name of a recipe. */
  readonly path: string
  /** Height and width of the images; the network's own unless given. */
  readonly input: readonly number[] | undefined
  /** The number of blocks, input side first, that stay as they are and are computed once per example. */
  readonly freeze: number | undefined
  /** The range that the network expects its pixels in; that of its recipe unless given. */
  readonly range: PixelRange | undefined
  /** The pieces of the network that end its blocks, by name or number; as it is built unless given. */
  readonly cut: readonly string[] | undefined
  /** The last piece that is used, by name or number; the last before the classifier unless given. */
  readonly until: string | undefined
  /** The most tokens of a text that an encoder of texts reads; 128 unless given. */
  readonly tokens: number | undefined
  /** The name of the ready-made body whose parameters the file holds, where its tensors do not tell. */
  readonly body: string | undefined
  /** Goes on from an earlier training with its examples, where they were kept. */
  readonly earlier: boolean | undefined
}

const spec: Decoder<OpenedSpec> = struct({
  kind: literal('opened'),
  path: string,
  input: optional(list(integer({ min: 1, max: 4096 }), { min: 2, max: 2 })),
  freeze: optional(integer({ min: 0, max: 1000 })),
  range: optional(literal(...pixelRanges)),
  cut: optional(list(string, { min: 1, max: 1000 })),
  until: optional(string),
  tokens: optional(integer({ min: 3, max: 8192 })),
  body: optional(string),
  earlier: optional(boolean),
})

/** A pretrained network that was read. */
export interface OpenedNetwork {
  readonly name: string
  /** The network in words: `torchvision mobilenet_v2 from mobilenet_v2.pth`. */
  readonly title: string
  readonly network: PortableNetwork
  readonly parameters: number
  /** The digests of the examples that it was trained on, where they are known. */
  readonly trainedOn?: ReadonlySet<string>
  /** The columns of the table that it was trained on, where it was trained on one. */
  readonly table?: readonly Column[] | undefined
  /** The examples of the training that it goes on from, where they were asked for and kept. */
  readonly earlier?: KeptExamples
  /** The first normalised convolution, where no recipe says what the network expects of its pixels and its file has one. */
  readonly first?: FirstNormalisation | undefined
  /** Tells that its first layers scale pixels from 0 to 255 themselves. */
  readonly scalesPixels?: boolean
  /** The number of blocks at its end that may learn unless more or fewer are frozen. */
  readonly learning?: number
  /** Warnings to read before it is used: assumptions about its input. */
  readonly warnings?: readonly string[]
}

/** The options for opening a network. */
export interface OpenOptions extends Cuts {
  readonly input?: Shape | undefined
  readonly range?: PixelRange | undefined
  /** The most tokens of a text that an encoder of texts reads. */
  readonly tokens?: number | undefined
  /** The ready-made body whose parameters the file holds, where its tensors do not tell. */
  readonly body?: BodyRecipe | undefined
  /** Asks for the examples of the training that made the network, and for the network as it was before it. */
  readonly earlier?: boolean
}

/** Reads a pretrained network; the one place that knows file formats. */
export type OpenModel = (path: string, options: OpenOptions) => TE.TaskEither<ExperimentError, OpenedNetwork>

/** The number of blocks at the end of a pretrained network that may learn unless more or fewer are frozen. */
const usuallyLearning = 4

/** Sources that are opened from files by the given reader. */
export const openedSource = (openModel: OpenModel): SourceKind => ({
  name: 'opened',
  prepare: (given, { warn, bodies }) =>
    pipe(
      TE.fromEither(decode(spec, 'the source cannot be used:')(given)),
      TE.mapLeft(({ message }): ExperimentError => new UsageError(message)),
      TE.bindTo('wanted'),
      TE.bind('body', ({ wanted: { body } }) =>
        TE.fromEither(body === undefined ? E.right(undefined) : namedIn('--body', bodies, body)),
      ),
      TE.bindW('opened', ({ wanted: { path, input, range, cut, until, tokens, earlier = false }, body }) =>
        openModel(path, { input, range, cut, until, tokens, body, ...(earlier && { earlier }) }),
      ),
      TE.tap(({ opened }) =>
        TE.fromIO(() => {
          opened.warnings?.forEach(warn)
        }),
      ),
      TE.flatMapEither(({ wanted, opened }) => prepared(wanted, opened)),
    ),
})

const prepared = (
  wanted: OpenedSpec,
  {
    name,
    title,
    network,
    parameters,
    trainedOn,
    table,
    earlier,
    first,
    scalesPixels,
    learning = usuallyLearning,
  }: OpenedNetwork,
): E.Either<ExperimentError, PreparedSource> => {
  const count = network.blocks.length
  const frozen = wanted.freeze ?? earlier?.cut ?? Math.max(0, count - learning)
  const problem = freezeProblem(name, frozen, { count, cut: earlier?.cut })
  if (problem !== undefined) return E.left(new UsageError(problem))
  return pipe(
    layersOf(network.blocks),
    E.map((body) => ({
      name,
      title,
      spec: specOf(wanted, network.digest, frozen),
      body,
      problem: undefined,
      input: network.input,
      data: undefined,
      frozen,
      ...(trainedOn && { trainedOn }),
      ...(table && { table }),
      ...(earlier && { earlier }),
      ...(first && { first }),
      ...(scalesPixels && { scalesPixels }),
      regime: readsTexts(network.input) ? pretrainedOnTexts : pretrained,
      open: () => TE.right({ network, facts: { accuracy: null, chance: null, parameters, seconds: 0 } }),
    })),
  )
}

/** Tells that a network reads texts by a tokenizer, before or after it was trained on some. */
const readsTexts = ({ tokens, encoding }: InputRule): boolean => tokens !== undefined || encoding?.kind === 'tokens'

/** The spec of an opened network, with what was not named left out. */
const specOf = (
  { path, input, range, cut, until, tokens, body }: OpenedSpec,
  digest: string,
  freeze: number,
): SourceSpec => ({
  ...{ kind: 'opened', path, digest, input: input ?? null, freeze },
  ...(range && { range }),
  ...(cut && { cut }),
  ...(until !== undefined && { until }),
  ...(tokens !== undefined && { tokens }),
  ...(body !== undefined && { body }),
})

/** The reason that a network of so many blocks cannot be cut there, or at all. */
const freezeProblem = (
  name: string,
  frozen: number,
  { count, cut }: { readonly count: number; readonly cut: number | undefined },
): string | undefined => {
  if (count === 0) return `--model: ${name} is a linear model, it has no blocks that could be transferred; leave it out`
  if (cut !== undefined && frozen !== cut)
    return (
      `--freeze: the examples of ${name} were kept as its first ${cut} blocks give them, got ${frozen}; ` +
      'leave --freeze out, or train on the new images alone with --forget'
    )
  return frozen < count
    ? undefined
    : `--freeze: expected 0 to ${count - 1} of the ${count} blocks of ${name}, got ${frozen}`
}
