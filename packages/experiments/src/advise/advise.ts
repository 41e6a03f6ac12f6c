import { foldIn } from '@ptu/core'
import { fewShot, type Dataset } from '@ptu/data'
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

import { RunError, toRunError, type ExperimentError } from '../errors.ts'
import { classesProblem, examplesForEvidence } from '../methods/label-evidence.ts'
import { withWorkers, type Tools } from '../run/experiment.ts'
import { showing } from '../run/showing.ts'
import type { Worker } from '../run/worker.ts'
import { readingOf } from '../sources/reading-of.ts'
import { prepareSource } from '../sources/open-source.ts'
import type { OpenedSource, PreparedSource } from '../sources/source.ts'
import { trainedEnough } from '../sources/source-quality.ts'
import { checkTask } from '../tasks/check-task.ts'
import { keysOf } from '../tasks/few-shot-task.ts'
import { loadParts } from '../tasks/load-parts.ts'
import { loadTask } from '../tasks/task-data.ts'
import type { Advice } from './advice.ts'
import type { AdviseSpec } from './advise-spec.ts'
import { adviceFrom } from './advice-from.ts'
import type { Weighed } from '../run/weigh.ts'
import { exampleDigests } from '../train/example-digests.ts'

/** The labelled examples that are looked at, and how many there were to choose from. */
export interface LookedAt {
  readonly examples: Dataset
  readonly labelled: number
  /** Those among `examples` that the source was trained on, as far as that is known. */
  readonly known: number
}

/** An advice whose source and data are there. */
export interface AdviseContext {
  readonly spec: AdviseSpec
  readonly tools: Tools
  readonly source: PreparedSource
  readonly looked: LookedAt
  readonly backend: string
  readonly opened: OpenedSource
  readonly weighed: Weighed
  /** Milliseconds of the clock when it began. */
  readonly began: number
}

/**
 * Advises in seconds, without training, what of a source to take as it is, to adapt or to replace for a new task.
 *
 * The evidence of at most about 150 labelled examples weighs the hypotheses, as the method `ptu-evidence` does; the cost of
 * each way is counted and measured on a few training steps that are thrown away. A source that is to be trained here is
 * trained first, or taken from the network store. The test data of the target are not looked at.
 */
export const advise = (spec: AdviseSpec, tools: Tools): TaskEither<ExperimentError, Advice> => {
  const began = tools.now()
  return pipe(
    prepareSource(spec.source, tools),
    TE.bindTo('source'),
    TE.bind('looked', ({ source }) => lookedAt(spec, source, tools)),
    TE.flatMap(({ source, looked }) =>
      withWorkers(setupOf(spec), tools, ([worker]) =>
        pipe(
          weighedBy(worker as Worker, { spec, tools, source, looked }),
          TE.map((found) => adviceFrom({ spec, tools, source, looked, began, ...found })),
        ),
      ),
    ),
  )
}

const setupOf = ({ source, target, backend }: AdviseSpec): Parameters<typeof withWorkers>[0] => ({
  ...{ source, target, shots: 1, modules: [], backend },
  ...{ steps: undefined, batch: undefined, rate: undefined },
})

/** The labelled examples of a spec, those of one draw or all, of which no more are kept than the evidence looks at. */
const lookedAt = (spec: AdviseSpec, source: PreparedSource, tools: Tools): TaskEither<ExperimentError, LookedAt> =>
  pipe(
    showing(tools.progress, 'labelled data', (onStep) => trainingPart(spec, source, { warn: tools.warn, onStep })),
    TE.tap((train) =>
      TE.fromEither(
        checkTask({ ...spec, shots: spec.shots ?? 1, seeds: [spec.seed], validates: false }, source, { train }),
      ),
    ),
    TE.tap((train) => TE.fromEither(checkKind(train))),
    TE.flatMapEither((train): E.Either<ExperimentError, Dataset> =>
      spec.shots === undefined
        ? E.right(train)
        : pipe(fewShot(keysOf(spec.seed).draw, train, spec.shots), E.mapLeft(toRunError)),
    ),
    TE.map((labelled) => ({
      examples: examplesForEvidence(foldIn(keysOf(spec.seed).adaptation, 0), labelled),
      labelled: labelled.labels.length,
    })),
    TE.bind('known', ({ examples }) => TE.fromTask(() => countKnown(examples, source))),
  )

/** The number of examples that a source was trained on. */
const countKnown = async (examples: Dataset, { data, trainedOn }: PreparedSource): Promise<number> => {
  const known = trainedOn ?? new Set(data && (await exampleDigests(data.train)))
  return known.size === 0 ? 0 : (await exampleDigests(examples)).filter((digest) => known.has(digest)).length
}

/** All labelled examples that are not for testing: where few are drawn, those that a comparison draws from. */
const trainingPart = (
  { target, shots }: AdviseSpec,
  source: PreparedSource,
  options: Pick<NonNullable<Parameters<typeof loadTask>[2]>, 'warn' | 'onStep'>,
): TaskEither<ExperimentError, Dataset> =>
  shots === undefined
    ? pipe(
        loadParts(target, {
          ...readingOf(source),
          ...{ vocabulary: source.data?.train.vocabulary, table: source.data?.table, others: 'warn' },
          ...options,
        }),
        TE.map(({ train }) => train),
      )
    : pipe(
        loadTask(target, source.data, { ...readingOf(source), ...options }),
        TE.map(({ train }) => train),
      )

const checkKind = (train: Dataset): E.Either<RunError, void> => {
  const problem =
    train.tagged !== true
      ? classesProblem(train)
      : new RunError(
          'expected a target with one label per example, got texts with a tag for each token; compare methods on them with ptu compare',
        )
  return problem === undefined ? E.right(undefined) : E.left(problem)
}

const weighedBy = (
  worker: Worker,
  { spec, tools, source, looked }: Pick<AdviseContext, 'spec' | 'tools' | 'source' | 'looked'>,
): TaskEither<ExperimentError, Pick<AdviseContext, 'backend' | 'opened' | 'weighed'>> =>
  pipe(
    worker.start(),
    TE.bindTo('backend'),
    TE.bind('opened', () => showing(tools.progress, 'source network', (tell) => source.open(worker, tell))),
    TE.tap(({ opened }) =>
      TE.fromEither(spec.allowUntrained === true ? E.right(opened) : trainedEnough(source, opened)),
    ),
    TE.bind('parts', ({ opened }) => learningPart(worker, source, opened, looked, tools)),
    TE.bind('weighed', ({ parts }) => {
      const { rescales, zeroHead, rate, batch } = source.regime
      const request = { ...parts, rescales, zeroHead, rate, batch: spec.batch ?? batch, seed: spec.seed }
      return showing(tools.progress, 'evidence', (tell) => worker.weigh(request, tell))
    }),
  )

/** The blocks that may learn, and the examples as the frozen blocks before give them. */
const learningPart = (
  worker: Worker,
  { frozen: count }: PreparedSource,
  { network }: OpenedSource,
  { examples }: LookedAt,
  { progress }: Tools,
): TaskEither<ExperimentError, { readonly network: OpenedSource['network']; readonly labelled: Dataset }> => {
  if (count === 0) return TE.right({ network, labelled: examples })
  return pipe(
    showing(progress, 'frozen blocks', (tell) => worker.freeze({ network, count, datasets: [examples] }, tell)),
    TE.map(({ rest, datasets: [labelled = examples] }) => ({ network: rest, labelled })),
  )
}
