import type { StrategyName } from '@ptu/config'
import type { TransferModel, TransferParams } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import { runCandidate, type Outcome, type Trial as TrainerTrial } from '@ptu/trainer'
import * as E from 'fp-ts/lib/Either.js'

import { trainingError, type CliError } from '../errors.ts'
import type { Trial } from '../results/results.ts'
import { modelOn, type Bench } from './bench.ts'
import { isHeuristic, labelOf, settingsOf, type Setting } from './candidate.ts'
import { disposePlain, folded, stretches, tested, type Tested } from './fold.ts'
import { averageOf, optimizerOf } from './schedule.ts'

/** What a strategy came to for one seed. */
export interface JobResult extends Tested, Setting {
  /** The training loss, averaged over at most a hundred stretches of equal length. */
  readonly curve: readonly number[]
  /** What was tried before; empty where there was nothing to choose. */
  readonly trials: readonly Trial[]
  /** Training with the search. */
  readonly seconds: number
}

/** How a strategy is trained. */
export interface JobOptions {
  readonly rates: readonly number[]
  readonly steps: number
  readonly batch: number
  readonly signal: AbortSignal
  readonly onStep: (done: number, total: number) => void
}

interface OwnTrial extends TrainerTrial {
  readonly setting: Setting
  readonly model: TransferModel
}

/** Trains a strategy on the labels of a bench by the protocol of a fair comparison, folds the model and tests it. */
export const runStrategy = async (
  bench: Bench,
  strategy: StrategyName,
  { rates, steps, batch, signal, onStep }: JobOptions,
): Promise<E.Either<CliError, JobResult>> => {
  const trials = trialsOn(bench, strategy, rates, steps)
  const outcome = await runCandidate(
    { name: strategy, trials, judged: isHeuristic(strategy) },
    {
      train: bench.labelled,
      normalisation: bench.normalisation,
      key: bench.keys.training,
      steps,
      batchSize: batch,
      signal,
      onProgress: ({ done, total }) => {
        onStep(done, total)
      },
    },
  )()
  if (E.isLeft(outcome)) return E.left(trainingError(`${strategy}, seed ${bench.seed}`)(outcome.left))
  const chosen = trials.find(({ label }) => label === outcome.right.chosen)
  if (chosen === undefined) throw new Error(`${strategy}: chose ${outcome.right.chosen}, which it did not try`)
  return E.right(await resultOf(bench, trials, chosen, outcome.right))
}

const trialsOn = (bench: Bench, strategy: StrategyName, rates: readonly number[], steps: number): readonly OwnTrial[] =>
  settingsOf(strategy, bench.source.blocks.length, rates).map((setting) => ({
    setting,
    label: labelOf(setting),
    model: modelOn(bench, strategy, setting.depth),
    optimizer: (count) => optimizerOf(setting.rate, count),
    average: averageOf(steps),
  }))

/** Consumes the outcome's parameters. */
const resultOf = async (
  bench: Bench,
  trials: readonly OwnTrial[],
  { model, setting }: OwnTrial,
  { params, losses, seconds, trials: found }: Outcome,
): Promise<JobResult> => {
  const learnt = params as TransferParams
  const plain = folded(model, learnt)
  const result = await tested(bench, model, learnt, plain)
  disposeParams(params)
  disposePlain(plain)
  return {
    ...result,
    ...setting,
    curve: stretches(losses, 100),
    trials: found.map(({ label, accuracy, loss, seconds: took }) => ({
      ...(trials.find((trial) => trial.label === label)?.setting ?? setting),
      accuracy,
      loss: Number.isFinite(loss) ? loss : null,
      seconds: took,
    })),
    seconds: seconds.search + seconds.train,
  }
}
