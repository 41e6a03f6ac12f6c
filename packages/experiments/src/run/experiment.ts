import { countOf } from '@ptu/data'
import { rescaleProblem } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import type { ExperimentError } from '../errors.ts'
import { changedFor } from '../measures/measure-model.ts'
import type { Measure } from '../measures/measure.ts'
import type { Method } from '../methods/method.ts'
import type { ShowProgress } from '../progress.ts'
import type { SourceSummary, TargetSummary, TrainingSettings, Versions } from '../results/results.ts'
import { readingOf } from '../sources/reading-of.ts'
import { prepareSource, type SourceTools } from '../sources/open-source.ts'
import type { OpenedSource, PreparedSource, SourceSpec } from '../sources/source.ts'
import { qualityOf, sourceWarning, testLabelsOf, trainedEnough } from '../sources/source-quality.ts'
import { checkTask, type TaskQuestion } from '../tasks/check-task.ts'
import { sharedExamples } from '../tasks/shared-examples.ts'
import { decisionRecord } from '../tasks/score-outputs.ts'
import { labelCount, loadTask, type TaskData } from '../tasks/task-data.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import type { Cells } from './cells.ts'
import type { Comparison } from './comparison.ts'
import { partsOf } from './comparison-parts.ts'
import { showing } from './showing.ts'
import { agree, type RunRecord, type Store } from './store.ts'
import type { Executor, Worker } from './worker.ts'

/** The parts of an experiment that its numbers depend on, as data. */
export interface ExperimentSpec {
  readonly source: SourceSpec
  /** A data spec, such as `mnist:5-9`. */
  readonly target: string
  /** The number of labelled examples per class; for tagged texts, of labelled texts. */
  readonly shots: number
  /** Paths of modules with methods of users; workers load them too. */
  readonly modules: readonly string[]
  /** The number of training steps; the one that fits the source and the number of labels unless given. */
  readonly steps: number | undefined
  /** The number of examples per step; the one that fits the source unless given. */
  readonly batch: number | undefined
  /** The learning rate of methods that search nothing; the one that fits the source unless given. */
  readonly rate: number | undefined
  readonly backend: string
  /** Allows a source network that cannot be told from chance; otherwise it is refused. */
  readonly allowUntrained?: boolean
}

/** Everything that an experiment takes from the place where it runs. */
export interface Tools extends SourceTools {
  readonly executor: Executor
  /** The store of finished jobs. */
  readonly store: Store
  /** The finished cells that are shared with other runs; none unless given. */
  readonly cells?: Cells
  readonly progress: ShowProgress
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  readonly versions: Versions
  /** The methods that a spec may name. */
  readonly methods: readonly Method[]
  /** The measures that a spec may name; none unless given. */
  readonly measures?: readonly Measure[]
}

/** A source and a target that fit each other. */
export interface Materials {
  readonly source: PreparedSource
  readonly target: TaskData
}

/** Reads the data of an experiment and checks that they fit each other in all draws, before anything is trained. */
export const gather = (
  spec: ExperimentSpec,
  draws: Pick<TaskQuestion, 'seeds' | 'validates'>,
  tools: SourceTools,
): TaskEither<ExperimentError, Materials> =>
  pipe(
    prepareSource(spec.source, tools),
    TE.bindTo('source'),
    TE.bindW('target', ({ source }) => loadTask(spec.target, source.data, { ...readingOf(source), warn: tools.warn })),
    TE.tap(({ source, target }) => TE.fromEither(checkTask({ ...spec, ...draws }, source, target))),
    TE.tapIO(({ source, target }) => () => {
      for (const warning of sharedExamples(spec.target, target, source)) tools.warn(warning)
    }),
  )

/** Opens the workers of an experiment while they are used; open them before data are read, for threads take a while to start. */
export const withWorkers = <A>(
  { backend, modules }: Pick<ExperimentSpec, 'backend' | 'modules'>,
  { executor, methods, measures, signal, warn }: Tools,
  use: (workers: readonly Worker[]) => TaskEither<ExperimentError, A>,
): TaskEither<ExperimentError, A> =>
  TE.bracket(
    TE.fromIO(() => executor({ backend, modules, methods, ...(measures && { measures }), signal, warn })),
    use,
    (workers) =>
      TE.fromIO(() => {
        for (const worker of workers) worker.close()
      }),
  )

/** The training settings of a spec: those that it gives, else those that fit its source. */
export const trainingOf = (
  { steps, shots, batch, rate }: ExperimentSpec,
  { source: { regime } }: Materials,
): Pick<TrainingSettings, 'steps' | 'batch' | 'rate'> => ({
  steps: steps ?? regime.steps(shots),
  batch: batch ?? regime.batch,
  rate: rate ?? regime.rate,
})

/** A comparison whose source network is open. */
export interface Opened {
  readonly opened: OpenedSource
  readonly comparison: Comparison
}

/** The options of {@link open}. */
export interface OpenOptions extends Pick<ExperimentSpec, 'allowUntrained'> {
  /** The measures of each model beside accuracy. */
  readonly measures?: readonly Measure[]
}

/**
 * Gets the source network.
 *
 * A Left if the store holds a run with other settings or other data, and for an untrained network.
 */
export const open = (
  { source, target }: Materials,
  settings: TrainingSettings,
  tools: Tools,
  workers: readonly Worker[],
  { allowUntrained = false, measures = [] }: OpenOptions = {},
): TaskEither<ExperimentError, Opened> => {
  const sourceData = source.data?.digest ?? null
  const { shots, rates, rate, steps, batch } = settings
  const { rescales, zeroHead } = source.regime
  const record: RunRecord = {
    ...(settings as unknown as RunRecord),
    'source data': sourceData,
    'target data': target.digest,
    ...decisionRecord(target.train),
    ptu: tools.versions.ptu,
  }
  return pipe(
    agree(tools.store, 'settings', record),
    TE.flatMap(() => showing(tools.progress, 'source network', (tell) => source.open(workers[0] as Worker, tell))),
    TE.bindTo('opened'),
    TE.tap(({ opened }) => TE.fromEither(allowUntrained ? E.right(opened) : trainedEnough(source, opened))),
    TE.bind('parts', ({ opened }) =>
      partsOf(source, opened, { target, measured: changedFor(measures, target) }, tools, workers),
    ),
    TE.map(({ opened, parts }) => ({
      opened,
      comparison: { ...parts, sourceData, ...{ shots, rates, rate, steps, batch, rescales, zeroHead, record } },
    })),
  )
}

/** The source of an experiment, for its results. */
export const sourceSummary = (source: PreparedSource, { network, facts }: OpenedSource): SourceSummary => {
  const problem = problemOf(source)
  return {
    name: source.name,
    title: source.title,
    digest: network.digest,
    data: source.data?.digest ?? null,
    ...facts,
    testLabels: testLabelsOf(source),
    warning: sourceWarning(qualityOf(source, facts)) ?? null,
    blocks: network.blocks.map(({ name }) => name),
    rescaled: problem === null,
    rescaleProblem: problem,
  }
}

/** The reason why a source is not rescaled; null if it is. */
const problemOf = ({ body, regime }: PreparedSource): string | null => {
  if (!regime.rescales) return 'not rescaled: a pretrained network keeps its scale'
  const blocks = body.map(({ name, layer }) => ({ name, layer, params: [], output: (x: Shape) => layer.output(x) }))
  return rescaleProblem({ blocks, activations: () => [] }) ?? null
}

/** The target of an experiment, for its results. */
export const targetSummary = ({ train, test, digest }: TaskData): TargetSummary => ({
  data: digest,
  kind: taskKindOf(train).name,
  classes: train.classes,
  testExamples: countOf(test),
  testLabels: labelCount(test),
})
