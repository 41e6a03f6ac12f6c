import { resolve } from 'node:path'

import { key, permutation } from '@ptu/core'
import { countOf, loadSource, parseSource, take, type Dataset } from '@ptu/data'
import { RunError, toRunError, type ExperimentError, type LoadedModel, type ModelFacts } from '@ptu/experiments'
import { startBackend } from '@ptu/experiments/node'
import { disposeParams } from '@ptu/tensor'
import { evaluate, type Evaluation } from '@ptu/trainer'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { percent } from '../format.ts'
import { loadModel } from '../load-model.ts'
import { table } from '../table.ts'

/** What is evaluated, on what. */
export interface EvaluateOptions {
  readonly model: string
  readonly data: string
  readonly backend: string
  /** At most so many examples, drawn with the seed. */
  readonly limit: number | undefined
  readonly seed: number
}

/** Tests a saved model on data: their test part where they have one, else all of them. */
export const evaluateCommand =
  ({ model: file, data, backend, limit, seed }: EvaluateOptions): Command =>
  (env) =>
    pipe(
      startBackend(backend),
      TE.flatMap(() => loadModel(resolve(env.cwd, file))),
      TE.bindTo('model'),
      TE.bindW('examples', ({ model }) =>
        pipe(
          examplesOf(data, model.facts),
          TE.tapError(() =>
            TE.fromIO(() => {
              disposeParams(model.params)
            }),
          ),
        ),
      ),
      TE.flatMap(({ examples, model }) => {
        const fitting = fits(model.facts, examples, data)
        const chosen = limit === undefined ? examples : drawn(examples, limit, seed)
        const found = E.isLeft(fitting) ? TE.left<ExperimentError, Evaluation>(fitting.left) : judged(model, chosen)
        return pipe(
          found,
          TE.map((evaluation) => answerOf(model.facts, evaluation)),
          T.tapIO(() => () => {
            disposeParams(model.params)
          }),
        )
      }),
    )

const examplesOf = (text: string, { vocabulary }: ModelFacts): TE.TaskEither<ExperimentError, Dataset> =>
  pipe(
    TE.fromEither(parseSource(text)),
    TE.flatMap((spec) => loadSource(spec, vocabulary ?? undefined)),
    TE.bimap(toRunError, ({ train, test }) => test ?? train),
  )

const drawn = (examples: Dataset, limit: number, seed: number): Dataset =>
  take(examples, permutation(key(seed), countOf(examples)).slice(0, limit))

const judged = ({ layer, params, facts }: LoadedModel, examples: Dataset): TE.TaskEither<ExperimentError, Evaluation> =>
  TE.fromTask(() => evaluate(layer, params, examples, facts.normalisation))

const fits = (
  { shape, classes, vocabulary }: ModelFacts,
  examples: Dataset,
  data: string,
): E.Either<RunError, void> => {
  if ((examples.tagged === true) !== (vocabulary !== null))
    return E.left(
      new RunError(
        vocabulary === null
          ? `expected examples of one class each, ${data} has a tag for each token`
          : `expected texts with a tag for each token, ${data} has examples of one class each`,
      ),
    )
  if (examples.shape.join() !== shape.join())
    return E.left(new RunError(`expected examples of ${shape.join(' × ')}, ${data} has ${examples.shape.join(' × ')}`))
  if (examples.classes.join() !== classes.join())
    return E.left(
      new RunError(
        `expected the classes ${classes.join(', ')} in this order, ${data} has ${examples.classes.join(', ')}`,
      ),
    )
  return E.right(undefined)
}

const answerOf = (
  { classes, vocabulary }: ModelFacts,
  { accuracy, loss, count, confusion, recall }: Evaluation,
): Answer => ({
  text: [
    `accuracy ${percent(accuracy)} % of ${count} ${vocabulary === null ? 'examples' : 'tokens'}, loss ${loss.toFixed(4)}`,
    '',
    table(
      ['true \\ taken for', ...classes, 'found %'],
      confusion.map((row, i) => [classes[i] ?? '', ...row.map(String), percent(recall[i] ?? Number.NaN)]),
    ),
  ].join('\n'),
  json: { accuracy, loss, count, classes, confusion },
})
