import type { Json } from '@ptu/core'
import type { RowsSpec } from '@ptu/data'
import { integer, number, string, struct, literal, nullable, optional, decode, type Decoder } from '@ptu/config'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { UsageError, type ExperimentError } from '../errors.ts'
import { readMetadata } from '../models/metadata.ts'
import { namedIn } from '../named.ts'
import type { OnStep } from '../progress.ts'
import { digestOf } from '../run/store.ts'
import type { Worker } from '../run/worker.ts'
import { loadRows, loadTask, type TaskData } from '../tasks/task-data.ts'
import { holdsTexts, loadOwnTokens } from '../tasks/load-own-tokens.ts'
import { trainedHere } from '../tasks/regime.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import { rowsSpec } from '../specs/rows-spec.ts'
import { bodyData, bodyProblem, type BodyRecipe } from './bodies.ts'
import { decodeNetwork } from './portable-network.ts'
import type { OpenedSource, PreparedSource, SourceContext, SourceKind, SourceSpec } from './source.ts'
import { usualEpochs } from './source-length.ts'
import type { SourceFacts } from './source-facts.ts'
import { ruleOf } from './token-rule.ts'
import type { SourceRequest, TrainedNetwork } from './train-source.ts'

/** A source network that is trained here, on data of its own. */
export interface TrainedSpec {
  readonly kind: 'trained'
  /** A data spec, such as `mnist:0-4`. */
  readonly data: string
  /** The name of a body; the one that fits the kind of task unless given. */
  readonly body: string | undefined
  /** Passes over the data; unless given two, or, where these are few steps, as many as validation on a part asks for. */
  readonly epochs: number | null | undefined
  readonly seed: number
  /** The most tokens of a text, for a body that reads texts; 128 unless given. */
  readonly tokens?: number | undefined
  /** A file of vectors of words that the tokens of texts start from; at random unless given. */
  readonly embeddings?: string | undefined
  /** The reading of rows to train a classifier on them; unless given, `data` is a data spec and says it. */
  readonly reading?: RowsSpec | undefined
}

const spec: Decoder<TrainedSpec> = struct({
  kind: literal('trained'),
  data: string,
  body: optional(string),
  epochs: optional(nullable(number({ above: 0, max: 1000 }))),
  seed: integer({ min: 0, max: 2 ** 32 - 1 }),
  tokens: optional(integer({ min: 3, max: 8192 })),
  embeddings: optional(string),
  reading: optional(rowsSpec),
})

const factsDecoder: Decoder<SourceFacts> = struct({
  accuracy: number({ min: 0, max: 1 }),
  chance: number({ min: 0, max: 1 }),
  parameters: integer({ min: 0 }),
  seconds: number({ min: 0 }),
})

/**
 * The version of the training. Raise it when the training changes, so that networks of earlier versions are not used.
 */
const version = 3

/** Sources that are trained here: taken from the network store if trained before, else trained and kept there. */
export const trainedSource: SourceKind = {
  name: 'trained',
  prepare: (given, context) =>
    pipe(
      TE.fromEither(decode(spec, 'the source cannot be used:')(given)),
      TE.mapLeft(({ message }): ExperimentError => new UsageError(message)),
      TE.bindTo('wanted'),
      TE.bindW('data', ({ wanted }) => dataOf(wanted, context)),
      TE.filterOrElseW(({ data }) => data.train.targets === undefined, ({ wanted }) => notClasses(wanted)), // prettier-ignore
      TE.flatMapEither(({ wanted, data }): E.Either<ExperimentError, PreparedSource> =>
        pipe(
          namedIn('--body', context.bodies, wanted.body ?? taskKindOf(data.train).body(data.train)),
          E.map((recipe) => prepared(wanted, data, recipe, context)),
        ),
      ),
    ),
}

const notClasses = ({ data }: TrainedSpec): UsageError =>
  new UsageError(
    `--source ${data}: expected one class for each example, in one column, to train a source network on; leave regress, ` +
      'lists and further labels out, or name a pretrained network with --model',
  )

const noTokens = new UsageError(
  '--embeddings: expected texts whose tokens start from them; leave it out, or add --body text-lstm',
)

/** The data of a source: a data spec of labelled texts gives numbered tokens, a reading of rows what its body reads. */
const dataOf = (wanted: TrainedSpec, { bodies, warn }: SourceContext): TE.TaskEither<ExperimentError, TaskData> => {
  const { data, body, reading, embeddings } = wanted
  if (bodies.find(({ name }) => name === body)?.readsTexts === true) return loadOwnTokens(wanted, warn)
  const others = reading === undefined ? loadTask(data, undefined, { warn }) : loadRows(data, reading, warn)
  return pipe(
    reading === undefined ? holdsTexts(data) : TE.right(false),
    TE.flatMap((isTexts) =>
      isTexts ? loadOwnTokens(wanted, warn) : embeddings === undefined ? others : TE.left(noTokens),
    ),
  )
}

/** The spec with what was left out, for the record of a run. */
const fullSpec = (
  { data, seed, tokens, embeddings, reading }: TrainedSpec,
  body: string,
  epochs: number | null,
): PreparedSource['spec'] => ({
  ...{ kind: 'trained', data, body, epochs, seed },
  ...(tokens !== undefined && { tokens }),
  ...(embeddings !== undefined && { embeddings }),
  ...(reading && { reading: JSON.parse(JSON.stringify(reading)) as Json }),
})

/** The input of a network that is trained on these data. */
const inputOf = ({ train, encoding }: TaskData): PreparedSource['input'] => ({
  shape: train.shape,
  vocabulary: train.vocabulary ?? null,
  image: null,
  ...(encoding?.kind === 'tokens' ? { tokens: ruleOf(encoding) } : { encoding }),
})

const prepared = (spec: TrainedSpec, data: TaskData, recipe: BodyRecipe, context: SourceContext): PreparedSource => {
  const { data: text, seed, embeddings } = spec
  const made = bodyData(data.train, data)
  const problem = bodyProblem(recipe, made)
  const body = recipe.name
  const epochs = spec.epochs ?? usualEpochs(data.train)
  return {
    name: text,
    title: `${body} trained on ${text}${embeddings === undefined ? '' : ` from the vectors of ${embeddings}`}`,
    spec: fullSpec(spec, body, epochs),
    body: problem === undefined ? recipe.body(made) : [],
    problem,
    input: inputOf(data),
    frozen: 0,
    // The numbers of tokens say nothing to a linear probe.
    regime: { ...trainedHere(taskKindOf(data.train)), ...(data.encoding?.kind === 'tokens' && { probe: 'features' }) },
    data,
    open: (worker, onStep) => foundOrTrained({ body, epochs, seed, data }, context, worker, onStep),
  }
}

const foundOrTrained = (
  request: Omit<SourceRequest, 'record'>,
  context: SourceContext,
  worker: Worker,
  onStep: OnStep,
): TE.TaskEither<ExperimentError, OpenedSource> => {
  const { body, epochs, seed, data } = request
  return pipe(
    worker.start(),
    TE.flatMapTask((backend) => async (): Promise<SourceSpec> => ({
      ...{ kind: 'trained', version, body, epochs, seed, backend, data: data.digest },
      ...(data.encoding?.kind === 'tokens' && { tokenizer: await digestOf(data.encoding.tokenizer) }),
    })),
    TE.bindTo('record'),
    TE.bind('name', ({ record }) => TE.fromTask(async () => `source-${await digestOf(record)}`)),
    TE.bindW('found', ({ name, record }) => TE.fromTask(() => kept(name, record, context))),
    TE.flatMap(({ name, record, found }) =>
      found === undefined
        ? pipe(
            worker.trainSource({ ...request, record }, onStep),
            TE.tap(({ network }: TrainedNetwork) => context.networks.keep(name, network)),
            TE.map((made): OpenedSource => made),
          )
        : TE.right(found),
    ),
  )
}

/** The network that was kept under a name, if it is what its own record says. */
const kept = async (
  name: string,
  record: SourceSpec,
  { networks, warn }: SourceContext,
): Promise<OpenedSource | undefined> => {
  const bytes = await networks.find(name)
  if (bytes === undefined) return undefined
  const decoded = await decodeNetwork(bytes)()
  if (E.isLeft(decoded)) {
    warn(`the kept source network ${name} cannot be used: ${decoded.left.message}; it is trained anew`)
    return undefined
  }
  const { metadata, ...network } = decoded.right
  const facts = readMetadata(factsDecoder, metadata['facts'])
  if (facts === undefined || metadata['record'] !== JSON.stringify(record)) {
    warn(`the kept source network ${name} was made in another way than its name says; it is trained anew`)
    return undefined
  }
  return { network, facts }
}
