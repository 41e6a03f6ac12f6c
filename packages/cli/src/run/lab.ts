import type { BodyName } from '@ptu/config'
import { countOf } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { CliError, RunError } from '../errors.ts'
import type { TargetSummary } from '../results/results.ts'
import { startBackend } from './backend.ts'
import { closeBench, openBench, type Bench } from './bench.ts'
import { checkTask, describeBody } from './check.ts'
import { labelCount, loadTarget, loadTask, type TaskData } from './data.ts'
import type { Job } from './job.ts'
import { prepareSource, type SourceFile, type SourceOptions } from './source.ts'
import { runStrategy, type JobResult } from './strategy-job.ts'

/** What a run trains on and with, as far as every job of it shares that. */
export interface LabPlan {
  readonly source: string
  readonly target: string
  readonly shots: number
  readonly body: BodyName
  readonly steps: number
  readonly batch: number
  readonly rates: readonly number[]
  readonly epochs: number
  readonly seed: number
  readonly backend: string
  /** Whether labels are held back for validation. */
  readonly validates: boolean
  /** The folder where source networks are kept. */
  readonly cache: string
}

/** What is known once the source network is there; jobs start from it, on any thread. */
export interface Prepared {
  /** The backend that `auto` became. */
  readonly backend: string
  readonly source: SourceFile
  readonly sourceData: string
  readonly blocks: readonly string[]
  /** Why the source cannot be rescaled; null where it is. */
  readonly refusal: string | null
  readonly target: TargetSummary
}

/** How far a piece of work is. */
export type OnStep = (done: number, total: number) => void

/** Where the work of a run is done: on this thread. */
export interface Lab {
  readonly prepare: (onStep: OnStep) => TE.TaskEither<CliError, Prepared>
  /** Draws the labels of a seed and brings the source to them. The lab owns the bench and keeps one at a time. */
  readonly bench: (prepared: Prepared, seed: number) => TE.TaskEither<CliError, Bench>
  readonly run: (prepared: Prepared, job: Job, onStep: OnStep) => TE.TaskEither<CliError, JobResult>
  readonly close: () => void
}

/** A lab for a plan; nothing is started or read before it is used. */
export const openLab = (plan: LabPlan, signal: AbortSignal, warn: (text: string) => void): Lab => {
  const source = once(() => loadTask(plan.source)())
  const target = once(() => loadTarget(plan.target, source)())
  const backend = once(() => startBackend(plan.backend)())
  const benches = keepingOne()
  const bench: Lab['bench'] = ({ source: { path, normalisation } }, seed) =>
    pipe(
      backend,
      TE.flatMap(() => target),
      TE.flatMap((data) => benches.open(seed, openBench(data, { ...plan, seed, sourcePath: path, normalisation }))),
    )
  return {
    prepare: (onStep) =>
      pipe(
        backend,
        TE.tapIO(({ warnings }) => () => {
          warnings.forEach(warn)
        }),
        TE.bindTo('started'),
        TE.bindW('target', () => target),
        TE.flatMap(({ started, target: data }) =>
          prepareFor(plan, started.name, { source, target: data }, { folder: plan.cache, signal, onStep, warn }),
        ),
      ),
    bench,
    run: (prepared, { strategy, seed }, onStep) =>
      pipe(
        bench(prepared, seed),
        TE.flatMap(
          (opened): TE.TaskEither<CliError, JobResult> =>
            () =>
              runStrategy(opened, strategy, { ...plan, signal, onStep }),
        ),
      ),
    close: benches.close,
  }
}

/** Checks that the target can be learnt from the source, and gets the source network. */
const prepareFor = (
  plan: LabPlan,
  backend: string,
  { source: load, target }: { readonly source: TE.TaskEither<RunError, TaskData>; readonly target: TaskData },
  options: SourceOptions,
): TE.TaskEither<CliError, Prepared> =>
  pipe(
    load,
    TE.tapEither((source) => checkTask(plan, source, target)),
    TE.bindTo('source'),
    TE.bind('file', ({ source }) => prepareSource({ ...plan, backend }, source, options)),
    TE.map(({ source, file }) => ({
      backend,
      source: file,
      sourceData: source.digest,
      ...describeBody(plan.body, source),
      target: {
        data: target.digest,
        classes: target.train.classes,
        tagged: target.train.tagged === true,
        testExamples: countOf(target.test),
        testLabels: labelCount(target.test),
      },
    })),
  )

/** A task that is done at the first call and remembered. */
const once = <A>(task: () => Promise<A>): (() => Promise<A>) => {
  let begun: Promise<A> | undefined
  return () => (begun ??= task())
}

/** Keeps the bench that was opened last, for the next job is mostly of the same seed. */
const keepingOne = (): {
  readonly open: (seed: number, make: TE.TaskEither<RunError, Bench>) => TE.TaskEither<RunError, Bench>
  readonly close: () => void
} => {
  let kept: { readonly seed: number; readonly bench: Bench } | undefined
  const close = (): void => {
    if (kept !== undefined) closeBench(kept.bench)
    kept = undefined
  }
  return {
    open: (seed, make) => async () => {
      if (kept?.seed === seed) return E.right(kept.bench)
      close()
      const made = await make()
      if (E.isRight(made)) kept = { seed, bench: made.right }
      return made
    },
    close,
  }
}
