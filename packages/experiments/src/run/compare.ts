import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { checkMeasures, measuresNamed } from '../measures/measure-model.ts'
import { columnsOf, type Measure, type MeasuredColumn } from '../measures/measure.ts'
import { searches, type Method } from '../methods/method.ts'
import { namedIn } from '../named.ts'
import { assemble, type Parts } from '../results/assemble.ts'
import type { Results } from '../results/results.ts'
import { checkMethods } from '../tasks/check-methods.ts'
import { scoreColumns } from '../tasks/score-outputs.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import { doJobs } from './do-jobs.ts'
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
import type { Worker } from './worker.ts'

/** A comparison as data. */
export interface CompareSpec extends ExperimentSpec {
  /** The draws of labels. */
  readonly seeds: readonly number[]
  /** Names of methods. */
  readonly methods: readonly string[]
  /** The learning rates that tuned baselines choose from; those that fit the source unless given. */
  readonly rates: readonly number[] | undefined
  /** The candidate that is judged; unless given, `ptu` if it is compared, else the first candidate. */
  readonly judged?: string | undefined
  /** Names of what is measured of each model beside accuracy; nothing unless given. */
  readonly measures?: readonly string[] | undefined
}

/**
 * Compares methods by one fair protocol, or goes on with a comparison, and returns its results.
 *
 * Tuned baselines search on 80 % of the labels and refit their choice on all; others train once on all. Each finished
 * job is kept in the store. A stopped comparison goes on from there and ends with the same numbers.
 */
export const compare = (spec: CompareSpec, tools: Tools): TaskEither<ExperimentError, Results> => {
  const began = tools.now()
  return pipe(
    TE.fromEither(methodsOf(spec, tools)),
    TE.bindTo('methods'),
    TE.bind('judged', ({ methods }) => TE.fromEither(judgedOf(spec, methods))),
    TE.bind('measures', () => TE.fromEither(measuresNamed(spec.measures ?? [], tools.measures ?? []))),
    TE.flatMap(({ methods, judged, measures }) =>
      withWorkers(spec, tools, (workers) =>
        pipe(
          gather(spec, { seeds: spec.seeds, validates: methods.some(searches) }, tools),
          TE.tap(({ target }) => TE.fromEither(checkMethods(methods, target))),
          TE.tap(({ target }) => TE.fromEither(checkMeasures(measures, target))),
          TE.flatMap((materials) => parts({ spec, tools, methods, judged, measures, materials, workers })),
        ),
      ),
    ),
    TE.map((found) => assemble({ ...found, seconds: (tools.now() - began) / 1000 })),
  )
}

const methodsOf = ({ methods }: CompareSpec, tools: Tools): E.Either<ExperimentError, readonly Method[]> =>
  pipe(
    methods,
    E.traverseArray((name) => namedIn('method', tools.methods, name)),
  )

/** The candidate that is judged, decided before anything is trained. */
const judgedOf = ({ judged }: CompareSpec, methods: readonly Method[]): E.Either<ExperimentError, string | null> => {
  const candidates = methods.filter(({ role }) => role === 'candidate')
  if (judged === undefined)
    return E.right((candidates.find(({ name }) => name === 'ptu') ?? candidates[0])?.name ?? null)
  return pipe(
    namedIn('the method to judge is one of the candidates that are compared', candidates, judged),
    E.map(({ name }) => name),
  )
}

/** A comparison whose data are read and whose workers are open. */
interface Begun {
  readonly spec: CompareSpec
  readonly tools: Tools
  readonly methods: readonly Method[]
  readonly judged: string | null
  readonly measures: readonly Measure[]
  readonly materials: Materials
  readonly workers: readonly Worker[]
}

const parts = (begun: Begun): TaskEither<ExperimentError, Omit<Parts, 'seconds'>> => {
  const { spec, tools, methods, judged, measures, materials, workers } = begun
  const first = workers[0] as Worker
  return pipe(
    first.start(),
    TE.map((backend) => ({
      source: materials.source.spec,
      target: spec.target,
      shots: spec.shots,
      seeds: spec.seeds,
      methods: methods.map(({ name, role }) => ({ name, role })),
      rates: spec.rates ?? materials.source.regime.rates,
      ...trainingOf(spec, materials),
      backend,
      judged,
      ...(measures.length > 0 && { measures: measures.map(({ name }) => name) }),
    })),
    TE.bindTo('settings'),
    TE.bind('source', ({ settings }) => open(materials, settings, tools, workers, { ...spec, measures })),
    TE.bind('done', ({ source }) => doJobs({ workers, methods, seeds: spec.seeds, tools }, source.comparison)),
    TE.map(({ settings, source, done }) => ({
      settings,
      versions: tools.versions,
      source: sourceSummary(materials.source, source.opened),
      target: targetSummary(materials.target),
      ...withColumns([...scoreColumns(taskKindOf(materials.target.train).name), ...columnsOf(measures)]),
      done,
    })),
  )
}

/** The columns of what was measured beside the score; absent where nothing was. */
const withColumns = (measures: readonly MeasuredColumn[]): Pick<Results, 'measures'> =>
  measures.length === 0 ? {} : { measures }
