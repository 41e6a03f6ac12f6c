import { resolve } from 'node:path'

import type { Dataset } from '@ptu/data'
import { predictExamples, printable, type ExperimentError, type LoadedModel } from '@ptu/experiments'
import { startBackend } from '@ptu/experiments/node'
import { disposeParams } from '@ptu/tensor'
import { accuracy, argmaxRows, confusionMatrix, evaluate, type Evaluation } from '@ptu/trainer'
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { counted, percent } from '../format.ts'
import { loadModels } from '../load-model.ts'
import { trainedOn } from '../trained-on.ts'
import { testExamples, type DataRequest, type TestExamples } from './evaluate-data.ts'
import { evaluateTargets } from './evaluate-targets.ts'
import { leftOutText, seenText } from './seen-text.ts'
import { confusionJson, confusionText } from './evaluate-text.ts'

/** The model to evaluate, and the data. */
export interface EvaluateOptions extends Omit<DataRequest, 'warn' | 'trainedOn'> {
  /** A file, or the folder of a model. */
  readonly model: string
  readonly backend: string
}

/** Tests a saved model on data: on their test part if they have one, else on all that it was not trained on. */
export const evaluateCommand =
  ({ model: file, backend, ...request }: EvaluateOptions): Command =>
  (env) => {
    const warn = (text: string): void => {
      env.stderr(`${printable(text)}\n`)
    }
    return pipe(
      startBackend(backend),
      TE.flatMap(() => loadModels(resolve(env.cwd, file))),
      TE.flatMap((models) =>
        pipe(
          trainedOn(resolve(env.cwd, file)),
          TE.flatMap((known) => testExamples(models[0].facts, { ...request, warn, trainedOn: known })),
          TE.flatMap((tested) => judged(models, tested)),
          T.tapIO(() => () => {
            disposeParams(models.map(({ params }) => params))
          }),
        ),
      ),
    )
  }

type Models = readonly [LoadedModel, ...LoadedModel[]]

type Found = Pick<Evaluation, 'accuracy' | 'loss' | 'count' | 'confusion'>

const judged = (models: Models, tested: TestExamples): TE.TaskEither<ExperimentError, Answer> =>
  TE.fromTask(async () => {
    const { task } = models[0].facts
    if (task !== undefined) return evaluateTargets(models, task, tested)
    const found = await evaluated(models, tested.examples)
    const { leftOut } = tested
    const known = leftOut && { ...leftOut, accuracy: (await evaluated(models, leftOut.examples)).accuracy }
    return answerOf(models[0], found, tested, known)
  })

const evaluated = (models: Models, examples: Dataset): Promise<Found> => {
  const [{ facts, layer, params }, ...others] = models
  return others.length === 0 ? evaluate(layer, params, examples, facts.normalisation) : evaluateMean(models, examples)
}

/** The least probability in a loss; smaller ones count as this. */
const least = 1e-7

/** Judges the mean of the probabilities of models that are shipped together. */
const evaluateMean = async (models: Models, examples: Dataset): Promise<Found> => {
  const { labels, classes } = examples
  const mean = new Float32Array(labels.length * classes.length)
  for (const model of models)
    (await predictExamples(model, examples)).forEach((p, i) => {
      mean[i] = (mean[i] ?? 0) + p / models.length
    })
  const predictions = argmaxRows(mean, classes.length)
  const losses = Array.from(labels, (label, i) => -Math.log(Math.max(least, mean[i * classes.length + label] ?? 0)))
  return {
    count: labels.length,
    accuracy: accuracy(predictions, labels),
    loss: losses.reduce((sum, loss) => sum + loss, 0) / labels.length,
    confusion: confusionMatrix(predictions, labels, classes.length),
  }
}

/** Examples that the model was trained on, which are left out. */
interface KnownExamples {
  readonly names: readonly string[]
  readonly accuracy: number
}

const knownText = ({ names, accuracy: part }: KnownExamples): string =>
  leftOutText(names, ` (${percent(part)} % of them right)`)

const answerOf = (
  { facts }: LoadedModel,
  { accuracy: part, loss, count, confusion }: Found,
  { seen, notes = [] }: TestExamples,
  known: KnownExamples | undefined,
): Answer => {
  const { classes, vocabulary } = facts
  return {
    text: [
      `accuracy ${percent(part)} % of ${counted(count, vocabulary === null ? 'example' : 'token')}, loss ${loss.toFixed(4)}`,
      ...seenText[seen],
      ...(known === undefined ? [] : [knownText(known)]),
      ...notes.map((note) => `note: ${printable(note)}`),
      '',
      confusionText({ classes, confusion }),
    ].join('\n'),
    json: {
      ...{ accuracy: part, loss, count, seen, classes, ...confusionJson({ classes, confusion }) },
      ...(known !== undefined && { leftOut: { names: known.names, accuracy: known.accuracy } }),
      ...(notes.length > 0 && { notes }),
    },
  }
}
