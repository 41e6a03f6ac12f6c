import { sha256 } from '@ptu/core'
import { disposeParams } from '@ptu/tensor'
import type { TrialResult } from '@ptu/trainer'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { readEvidence } from '../advise/reading.ts'
import type { ExperimentError } from '../errors.ts'
import { measureModel } from '../measures/measure-model.ts'
import type { Measure } from '../measures/measure.ts'
import type { Method } from '../methods/method.ts'
import type { ModelFacts } from '../models/model-file.ts'
import type { TaskFacts } from '../models/task-facts.ts'
import type { JobResult, TrialSummary } from '../results/results.ts'
import { portable, type PortableBlock } from '../sources/portable-network.ts'
import { mean } from '../statistics/mean.ts'
import type { FewShotTask } from '../tasks/few-shot-task.ts'
import type { Comparison } from './comparison.ts'
import { encodeWhole } from './whole-model.ts'
import { evaluateFinally, plainModel, testedModel, type PlainModel } from './final-evaluation.ts'
import type { Job } from './job.ts'
import { trainMethod, type MethodTrial, type TrainedMethod, type TrainingOptions } from './run-method.ts'
import type { MadeModel } from './worker.ts'

/** A job and all that it is done with. */
export interface JobSubject {
  readonly comparison: Comparison
  readonly job: Job
  readonly method: Method
  readonly task: FewShotTask
  readonly options: TrainingOptions
  /** The measures that the comparison may name. */
  readonly measures: readonly Measure[]
}

/** Trains a method on a task, folds the model and judges it on the test data. */
export const runJob = (subject: JobSubject): TE.TaskEither<ExperimentError, JobResult> =>
  judgedAfter(subject, testedModel, (_plain, { result }) => Promise.resolve(result))

/** Does what {@link runJob} does, and keeps the folded model with its facts, and the source that it was made from. */
export const makeModel = (subject: JobSubject): TE.TaskEither<ExperimentError, MadeModel> =>
  judgedAfter(subject, plainModel, async (plain, { result, facts }) => {
    const model = await encodeWhole(subject.comparison, plain, {
      classes: subject.task.labelled.classes,
      method: result.depth === null ? subject.job.method : `${subject.job.method}-${result.depth}`,
      rate: result.rate,
      seed: subject.job.seed,
      steps: subject.comparison.steps,
      gates: result.gates,
      ...judgedFacts(result, facts),
    })
    return { result, model, before: await beforeOf(subject, await sha256(model)) }
  })

/** The facts of a model that depend on its kind of task: an accuracy is of classes. */
const judgedFacts = ({ accuracy }: JobResult, facts: TaskFacts | undefined): Pick<ModelFacts, 'accuracy' | 'task'> =>
  facts === undefined ? { accuracy } : { accuracy: null, task: { ...facts, tested: accuracy } }

const beforeOf = async ({ comparison, task }: JobSubject, model: string): Promise<Uint8Array> => {
  const { blocks } = task.source
  const params = blocks.map((block) => block.params)
  return (await portable(blocks, params, comparison.network.input, { model })).bytes
}

/** A result and the facts of its model that depend on its kind of task; undefined of classes. */
interface JudgedJob {
  readonly result: JobResult
  readonly facts: TaskFacts | undefined
}

const judgedAfter = <A>(
  { comparison, task, method, options, measures }: JobSubject,
  plainOf: typeof plainModel,
  use: (plain: PlainModel, found: JudgedJob) => Promise<A>,
): TE.TaskEither<ExperimentError, A> =>
  pipe(
    trainMethod(task, method, options),
    TE.flatMap((trained) => async () => {
      const plain = plainOf(trained.chosen.model, trained.params)
      const made = await pipe(
        judged(task, trained, plain, { comparison, measures }),
        TE.flatMapTask((found) => () => use(plain, found)),
      )()
      disposeParams([trained.params, plain.params])
      return made
    }),
  )

const judged =
  (
    task: FewShotTask,
    { chosen, params, trials, losses, seconds }: TrainedMethod,
    plain: PlainModel,
    { comparison: { measured, prefix }, measures }: Pick<JobSubject, 'comparison' | 'measures'>,
  ): TE.TaskEither<ExperimentError, JudgedJob> =>
  async () => {
    const { evaluation, others, facts, examples } = await evaluateFinally(task, { model: chosen.model, params }, plain)
    const result: JobResult = {
      ...evaluation,
      ...chosen.hyperparameters,
      ...(chosen.evidence && { evidence: readEvidence(chosen.evidence, (prefix?.blocks ?? []).map(nameOf)) }),
      curve: stretches(losses, 100),
      trials: trials.map(summaryOf),
      ...(others.length > 0 && { measures: others }),
      ...(facts?.thresholds && { thresholds: facts.thresholds }),
      seconds,
    }
    if (measured === undefined) return E.right({ result, facts })
    const { normalisation } = task
    return pipe(
      measureModel({ ...plain, examples, normalisation }, measured, measures),
      TE.map((found) => ({ result: { ...result, measures: [...others, ...found] }, facts })),
    )()
  }

const nameOf = ({ name }: PortableBlock): string => name

const summaryOf = ({ trial, accuracy, loss, seconds }: TrialResult<MethodTrial>): TrialSummary => ({
  ...trial.hyperparameters,
  accuracy,
  loss: Number.isFinite(loss) ? loss : null,
  seconds,
})

/**
 * A list as the means over at most `count` stretches of equal length; the last may be shorter.
 *
 * @example
 * ```ts
 * expect(stretches([1, 3, 5, 7, 9], 3)).toEqual([2, 6, 9])
 * ```
 */
export const stretches = (values: readonly number[], count: number): readonly number[] => {
  const length = Math.max(1, Math.ceil(values.length / count))
  return Array.from({ length: Math.ceil(values.length / length) }, (_, i) =>
    mean(values.slice(i * length, (i + 1) * length)),
  )
}
