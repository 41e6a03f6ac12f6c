import type { Replica } from '@ptu/trainer'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { heldAt } from '../methods/built-in.ts'
import { weigh } from './weigh.ts'
import type { Measure } from '../measures/measure.ts'
import type { Method } from '../methods/method.ts'
import { namedIn } from '../named.ts'
import type { OnStep } from '../progress.ts'
import type { BodyRecipe } from '../sources/bodies.ts'
import { freezePrefix } from '../sources/freeze-prefix.ts'
import { trainSource, type SourceRequest, type TrainedNetwork } from '../sources/train-source.ts'
import type { Comparison } from './comparison.ts'
import { fitMethod, type Fitted, type FitRequest } from './fit-method.ts'
import { jobName, type Job } from './job.ts'
import { latestTask } from './latest-task.ts'
import { linearModel } from './linear-model.ts'
import { predictWith } from './predict-request.ts'
import { makeModel, runJob, type JobSubject } from './run-job.ts'
import type { Store } from './store.ts'
import { pace, trialMemory } from './trial-memory.ts'
import type { Worker, WorkerSetup } from './worker.ts'

/** A backend that was started. */
export interface StartedBackend {
  readonly name: string
  readonly warnings: readonly string[]
}

/** All that a worker on this thread needs. */
export interface RunnerOptions extends Omit<WorkerSetup, 'modules' | 'methods' | 'measures'> {
  /** Starts the backend of a name. */
  readonly startBackend: (name: string) => TaskEither<ExperimentError, StartedBackend>
  /** The methods that jobs may name. */
  readonly methods: () => TaskEither<ExperimentError, readonly Method[]>
  /** The measures that jobs may name; none unless given. */
  readonly measures?: () => TaskEither<ExperimentError, readonly Measure[]>
  readonly bodies: readonly BodyRecipe[]
  /** The store of trials and checkpoints. */
  readonly store: Store
  /** The folder where the outputs of frozen blocks are kept; without one they are computed anew. */
  readonly features: string | undefined
  /** The copy of every training on this thread, where several threads train together. */
  readonly replica?: Replica | undefined
}

/** A worker on this thread; nothing is started before it is asked for. */
export const runner = (given: RunnerOptions): Worker => {
  const options: RunnerOptions = { ...given, warn: onceEach(given.warn) }
  const backend = once(() => started(options)())
  const methods = once(() => options.methods()())
  const measures = once(() => (options.measures ?? (() => TE.right([])))()())
  const tasks = latestTask(options)
  const subject = subjects(options, { backend, methods, measures, tasks })
  return {
    start: () => backend,
    trainSource: (request, onStep) =>
      pipe(
        backend,
        TE.flatMap((name) => sourceTraining(options, name, request, onStep)),
      ),
    freeze: (request, onStep) =>
      pipe(
        backend,
        TE.flatMap(() => freezePrefix(request, { folder: options.features, onStep, warn: options.warn })),
      ),
    run: (comparison, job, onStep) => pipe(subject(comparison, job, onStep), TE.flatMap(runJob)),
    make: (comparison, job, onStep) => pipe(subject(comparison, job, onStep), TE.flatMap(makeModel)),
    fit: (request, onStep) => fitting(options, { backend, methods }, request, onStep),
    linear: (request) =>
      pipe(
        backend,
        TE.flatMap(() => linearModel(request)),
      ),
    predict: (request, onStep) =>
      pipe(
        backend,
        TE.flatMap(() => predictWith(request, onStep)),
      ),
    weigh: (request, onStep) =>
      pipe(
        backend,
        TE.flatMap(() => weigh(request, onStep, options)),
      ),
    close: tasks.close,
  }
}

const fitting = (
  { store, warn, signal, replica }: RunnerOptions,
  { backend, methods }: Pick<Shared, 'backend' | 'methods'>,
  request: FitRequest,
  onStep: OnStep,
): TaskEither<ExperimentError, Fitted> =>
  pipe(
    backend,
    TE.flatMap(() => methods),
    TE.flatMapEither((known) => namedIn('method', known, request.method)),
    TE.flatMap((method) => {
      const memory = trialMemory(store, request.comparison.record, request.name, warn)
      return fitMethod(request, method, { signal, onStep, memory, warn, ...(replica && { replica }) })
    }),
  )

const sourceTraining = (
  { bodies, store, signal, warn }: RunnerOptions,
  backend: string,
  { body, ...request }: SourceRequest,
  onStep: OnStep,
): TaskEither<ExperimentError, TrainedNetwork> =>
  pipe(
    TE.fromEither(namedIn('body', bodies, body)),
    TE.flatMap((recipe) => {
      const checkpoint = (name: string) => {
        const path = store.checkpoint(name)
        const settings = { record: JSON.stringify(request.record), backend }
        if (path === undefined) return undefined
        return { path, ...pace, resume: true, settings, onUnusable: () => undefined }
      }
      return trainSource(recipe, request, { signal, onStep, checkpoint, tell: warn })
    }),
  )

/** The parts that the jobs of a runner share. */
interface Shared {
  readonly backend: TaskEither<ExperimentError, string>
  readonly methods: TaskEither<ExperimentError, readonly Method[]>
  readonly measures: TaskEither<ExperimentError, readonly Measure[]>
  readonly tasks: ReturnType<typeof latestTask>
}

const subjects =
  ({ signal, warn, store, replica }: RunnerOptions, { backend, methods, measures, tasks }: Shared) =>
  (comparison: Comparison, job: Job, onStep: OnStep): TaskEither<ExperimentError, JobSubject> =>
    pipe(
      backend,
      TE.flatMap(() => methods),
      TE.flatMapEither((known) => namedIn('method', known, job.method)),
      TE.map(heldBy(job)),
      TE.bindTo('method'),
      TE.bind('measures', () => (comparison.measured === undefined ? TE.right([]) : measures)),
      TE.bind('task', () => tasks.open(job.seed, comparison)),
      TE.map(({ method, measures: known, task }) => {
        const memory = trialMemory(store, comparison.record, jobName(job), warn)
        return {
          comparison,
          job,
          method,
          task,
          measures: known,
          options: { ...comparison, signal, onStep, memory, ...(replica && { replica }) },
        }
      }),
    )

/** The method of a job, held at one setting if the job says so. */
const heldBy =
  ({ held }: Job) =>
  (method: Method): Method =>
    held === undefined ? method : heldAt(method, held)

const started = ({ backend, startBackend, warn }: RunnerOptions): TaskEither<ExperimentError, string> =>
  pipe(
    startBackend(backend),
    TE.map(({ name, warnings }) => {
      warnings.forEach(warn)
      return name
    }),
  )

/** Tells a warning once, however many jobs it is true of. */
const onceEach = (warn: (text: string) => void): ((text: string) => void) => {
  const told = new Set<string>()
  return (text) => {
    if (told.has(text)) return
    told.add(text)
    warn(text)
  }
}

/** A task that is done at the first call and remembered. */
const once = <A>(task: () => Promise<A>): (() => Promise<A>) => {
  let begun: Promise<A> | undefined
  return () => (begun ??= task())
}
