import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { UsageError, type ExperimentError } from '../errors.ts'
import type { Method } from '../methods/method.ts'
import { namedIn } from '../named.ts'
import type { SourceSummary, TargetSummary } from '../results/results.ts'
import { checkMethods } from '../tasks/check-methods.ts'
import {
  gather,
  open,
  sourceSummary,
  targetSummary,
  trainingOf,
  withWorkers,
  type ExperimentSpec,
  type Materials,
  type Tools,
} from './experiment.ts'
import { showing } from './showing.ts'
import type { MadeModel, Worker } from './worker.ts'

/** A transfer by one method as data. */
export interface TransferSpec extends ExperimentSpec {
  /** The name of a method; of a tuned baseline, with its depth: `ptu`, `share-2`. */
  readonly method: string
  readonly seed: number
}

/** A transferred model and its origin. */
export interface Transferred extends MadeModel {
  readonly source: SourceSummary
  readonly target: TargetSummary
  readonly backend: string
}

/**
 * Transfers by one method, on all labels; or goes on with a transfer that was stopped.
 *
 * The model is the one that a comparison makes with the same settings.
 */
export const transferOnce = (spec: TransferSpec, tools: Tools): TaskEither<ExperimentError, Transferred> =>
  pipe(
    TE.fromEither(choiceOf(spec, tools)),
    TE.flatMap((choice) =>
      withWorkers(spec, tools, (workers) =>
        pipe(
          gather(spec, { seeds: [spec.seed], validates: false }, tools),
          TE.tap((materials) => TE.fromEither(checkDepth(choice, materials))),
          TE.tap(({ target }) => TE.fromEither(checkMethods([choice.method], target))),
          TE.flatMap((materials) => madeBy(workers, { spec, tools, choice, materials })),
        ),
      ),
    ),
  )

/** A method and the number of blocks that it takes from the source: `share-2` is `share` of two blocks. */
interface Choice {
  readonly method: Method
  readonly depth: number | null
}

const choiceOf = ({ method: text }: TransferSpec, { methods }: Tools): E.Either<ExperimentError, Choice> => {
  const exact = methods.find(({ name }) => name === text)
  if (exact !== undefined) return E.right({ method: exact, depth: null })
  const [, name = text, depth = null] = /^(.+)-([1-9][0-9]?)$/.exec(text) ?? []
  return pipe(
    namedIn('--strategy', methods, name),
    E.map((method) => ({ method, depth: depth === null ? null : Number(depth) })),
  )
}

const checkDepth = ({ depth }: Choice, { source: { body, title } }: Materials): E.Either<UsageError, void> => {
  const names = body.map(({ name }) => name)
  return depth === null || depth <= names.length
    ? E.right(undefined)
    : E.left(
        new UsageError(
          `--strategy: expected a depth from 1 to ${names.length}, the blocks of ${title} (${names.join(', ')}); got ${depth}`,
        ),
      )
}

interface Begun {
  readonly spec: TransferSpec
  readonly tools: Tools
  readonly choice: Choice
  readonly materials: Materials
}

const madeBy = (workers: readonly Worker[], begun: Begun): TaskEither<ExperimentError, Transferred> => {
  const worker = workers[0] as Worker
  const { spec, tools, choice, materials } = begun
  const { rate } = trainingOf(spec, materials)
  const job = { seed: spec.seed, method: choice.method.name, held: { depth: choice.depth, rate } }
  return pipe(
    worker.start(),
    TE.map((backend) => ({
      source: materials.source.spec,
      target: spec.target,
      shots: spec.shots,
      seeds: [spec.seed],
      methods: [{ name: spec.method, role: choice.method.role }],
      rates: [],
      ...trainingOf(spec, materials),
      backend,
    })),
    TE.bindTo('settings'),
    TE.bind('source', ({ settings }) => open(materials, settings, tools, workers, spec)),
    TE.bind('made', ({ source }) =>
      showing(tools.progress, spec.method, (tell) => worker.make(source.comparison, job, tell)),
    ),
    TE.map(({ settings, source, made }) => ({
      ...made,
      source: sourceSummary(materials.source, source.opened),
      target: targetSummary(materials.target),
      backend: settings.backend,
    })),
  )
}
