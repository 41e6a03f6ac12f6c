import { decode, integer, literal, optional, string, struct } from '@ptu/config'
import { isRecord, messageOf } from '@ptu/core'
import type { NamedLayer } from '@ptu/networks'
import { countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { RunError, UsageError, type ExperimentError } from '../errors.ts'
import { cutBlocks, type TrainedBlock } from '../sources/cut-blocks.ts'
import { openedSource, type OpenedNetwork, type OpenModel, type OpenOptions } from '../sources/opened-source.ts'
import { inputRule, portable, type InputRule } from '../sources/portable-network.ts'
import type { SourceKind } from '../sources/source.ts'
import { loadModule } from './load-module.ts'
import { startBackend } from './start-backend.ts'

/** A network that a module of a user makes or reads. */
export interface ModuleNetwork {
  /** The blocks before the head, input side first, of layers of `@ptu/layers`. */
  readonly body: readonly NamedLayer[]
  /** The parameters, one tree for each block; they are freed after they are read. */
  readonly params: readonly ParamTree[]
  /** The form of its inputs; without vocabulary and image rule unless given. */
  readonly input: Pick<InputRule, 'shape' | 'normalisation'> & Partial<InputRule>
}

/** The export `source` of a module of a user. */
export interface ModuleExport {
  /** The network in a few words. */
  readonly name: string
  /** Makes or reads the network, on the plain CPU backend. */
  readonly open: () => Promise<ModuleNetwork>
}

/**
 * Reads a network from a module that exports a {@link ModuleExport} as `source`.
 *
 * The module's code runs, so only a path that the user gave is loaded. It runs once, on the main thread: workers receive the
 * network as plain data.
 */
export const openModule: OpenModel = (path, options) =>
  pipe(
    options.body === undefined
      ? startBackend('cpu')
      : TE.left(new UsageError(`--body: ${path} has layers of its own; leave --body out`)),
    TE.flatMap(() => loadModule(path)),
    TE.flatMapEither(({ source }): E.Either<ExperimentError, ModuleExport> =>
      isRecord(source) && typeof source['name'] === 'string' && typeof source['open'] === 'function'
        ? E.right(source as unknown as ModuleExport)
        : E.left(new UsageError(`${path}: expected an export \`source\` with a name and a function open`)),
    ),
    TE.flatMap((source) => opened(path, source, options)),
  )

/** The network of an export, as plain data. */
const opened = (
  path: string,
  { name, open }: ModuleExport,
  options: OpenOptions,
): TE.TaskEither<ExperimentError, OpenedNetwork> =>
  TE.tryCatch(
    async () => {
      const { body, params, input } = checked(path, await open())
      try {
        checkShapes(body, input)
        const blocks = right(cutBlocks(zipped(body, params), options))
        const own = blocks.map((block) => block.params)
        const network = await portable(blocks, own, input)
        return { name, title: `${name} from ${path}`, network, parameters: countParams(own) }
      } finally {
        disposeParams(params)
      }
    },
    (cause) =>
      cause instanceof UsageError ? cause : new RunError(`cannot open ${name} of ${path}: ${messageOf(cause)}`),
  )

const zipped = (body: readonly NamedLayer[], params: readonly ParamTree[]): readonly TrainedBlock[] =>
  body.map(({ name, layer }, i) => ({ name, layer, params: params[i] ?? [] }))

/** The value of a Right; a Left becomes an exception here, as whatever the module throws does. */
const right = <A>(either: E.Either<UsageError, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

/** A Left becomes an exception here, as whatever the module throws does. */
const checked = (path: string, made: unknown): ModuleNetwork & { readonly input: InputRule } => {
  const { body, params, input } = isRecord(made) ? made : {}
  const isWhole = Array.isArray(body) && Array.isArray(params) && body.length > 0 && body.length === params.length
  if (!isWhole || !body.every(isNamedLayer))
    throw new UsageError(
      `${path}: expected open() to give a body, a list of { name, layer }, and params, one tree for each of them`,
    )
  const rule = inputRule({ vocabulary: null, image: null, ...(isRecord(input) ? input : {}) }, ['input'])
  if (E.isLeft(rule))
    throw new UsageError(`${path}: ${rule.left.map((each) => `${each.path.join('.')}: ${each.message}`).join('; ')}`)
  return { body, params: params as readonly ParamTree[], input: rule.right }
}

const isNamedLayer = (block: unknown): block is NamedLayer =>
  isRecord(block) && typeof block['name'] === 'string' && isRecord(block['layer']) && isRecord(block['layer']['spec'])

/** Throws if a layer cannot follow the one before it. */
const checkShapes = (body: readonly NamedLayer[], { shape }: InputRule): void => {
  body.reduce((at, { layer }) => layer.output(at), shape)
}

const spec = struct({
  kind: literal('module'),
  path: string,
  freeze: optional(integer({ min: 0, max: 1000 })),
})

/** Sources that a module of a user makes: `{ kind: 'module', path, freeze? }`. */
export const moduleSource: SourceKind = {
  name: 'module',
  prepare: (given, context) =>
    pipe(
      TE.fromEither(decode(spec, 'the source cannot be used:')(given)),
      TE.mapLeft(({ message }): ExperimentError => new UsageError(message)),
      TE.flatMap(({ path, freeze }) => {
        const wanted = { kind: 'opened', path, ...(freeze !== undefined && { freeze }) }
        return openedSource(openModule).prepare(wanted, context)
      }),
    ),
}
