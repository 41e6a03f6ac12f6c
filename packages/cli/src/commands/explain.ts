import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import { OptionError, type Json } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import {
  InterruptedError,
  printable,
  RunError,
  targetKinds,
  toRunError,
  UsageError,
  type ExperimentError,
  type LoadedModel,
} from '@ptu/experiments'
import { startBackend, writeAtomically } from '@ptu/experiments/node'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import type { Env } from '../env.ts'
import { changesFrom, changesIn } from '../explain/changed-blocks.ts'
import { explain, type Explained } from '../explain/explain.ts'
import type { Changes, Explanation, Missing } from '../explain/explanation.ts'
import { questions, seenWords } from '../explain/words.ts'
import { countedOf, duration } from '../format.ts'
import { loadModel, loadModels } from '../load-model.ts'
import { trainedOn } from '../trained-on.ts'
import { testExamples, type TestExamples } from './evaluate-data.ts'

/** The model to explain, the data, and where the page goes. */
export interface ExplainOptions {
  /** A file, or the folder of a model. */
  readonly model: string
  /** A data spec. */
  readonly data: string
  /** The file of the page. */
  readonly out: string
  readonly quick: boolean
  readonly limit: number | undefined
  /** Another model, to compare weights with. */
  readonly source: string | undefined
  readonly seed: number
  readonly backend: string
}

type Models = readonly [LoadedModel, ...LoadedModel[]]

/** Explains a model on data that it was not trained on: writes a page and gives a document. */
export const explainCommand =
  (options: ExplainOptions): Command =>
  (env) =>
    pipe(
      placeFor(resolve(env.cwd, options.out)),
      TE.flatMap(() => startBackend(options.backend)),
      TE.flatMap(() => loadModels(resolve(env.cwd, options.model))),
      TE.flatMap((models) =>
        pipe(
          explainable(models, options.model),
          TE.flatMap(() => trainedOn(resolve(env.cwd, options.model))),
          TE.flatMap((known) => examplesFor(models, options, known, env)),
          TE.flatMap((tested) => explained(models, tested, options, env)),
          T.tapIO(() => () => {
            disposeParams(models.map(({ params }) => params))
          }),
        ),
      ),
      TE.flatMap((found) => saved(found, options, env)),
    )

/** A Left where no page can be written: it is told before the work, not after. */
const placeFor = (path: string): TE.TaskEither<ExperimentError, void> =>
  pipe(
    TE.fromTask(async () => {
      const isFolder = async (place: string): Promise<boolean | undefined> =>
        stat(place).then(
          (found) => found.isDirectory(),
          () => undefined,
        )
      if ((await isFolder(path)) === true) return `--out: expected a file for the page, ${path} is a folder`
      return (await isFolder(dirname(path))) === false ? `--out: ${dirname(path)} is no folder` : undefined
    }),
    TE.flatMap((problem) => (problem === undefined ? TE.right(undefined) : TE.left(new UsageError(problem)))),
  )

const explainable = ([{ facts }]: Models, model: string): TE.TaskEither<ExperimentError, void> => {
  const refused = (reads: string): TE.TaskEither<ExperimentError, void> =>
    TE.left(
      new UsageError(
        `expected a model of images, rows or counts of words, ${model} ${reads}; test it with ptu evaluate`,
      ),
    )
  if (facts.task !== undefined)
    return refused(`predicts ${targetKinds[facts.task.kind].words}, which have no explanation yet`)
  if (facts.encoding?.kind === 'tokens') return refused('reads texts by the tokenizer of an encoder')
  return facts.vocabulary === null ? TE.right(undefined) : refused('gives every word a class')
}

const examplesFor = (
  models: Models,
  { data, seed }: ExplainOptions,
  known: ReadonlySet<string>,
  env: Env,
): TE.TaskEither<ExperimentError, TestExamples> =>
  testExamples(models[0].facts, {
    ...{ data, seed, limit: undefined, trainedOn: known },
    warn: (text) => {
      env.stderr(`${printable(text)}\n`)
    },
  })

/** The most examples that are looked at unless told. */
const usualLimit = (quick: boolean): number => (quick ? 120 : 500)

const explained = (
  models: Models,
  tested: TestExamples,
  options: ExplainOptions,
  env: Env,
): TE.TaskEither<ExperimentError, Explained> => {
  const { data, model, quick, seed, limit = usualLimit(quick), source } = options
  const compared: TE.TaskEither<ExperimentError, LoadedModel | undefined> =
    source === undefined ? TE.right(undefined) : loadModel(resolve(env.cwd, source))
  return pipe(
    compared,
    TE.flatMap((other) =>
      pipe(
        TE.tryCatch(
          () =>
            explain(
              {
                path: model,
                data,
                models,
                tested,
                seed,
                quick,
                limit,
                changes: (examples) => changesOf(models, { source: other, examples }, options, env),
              },
              env,
            ),
          refusalOf,
        ),
        T.tapIO(() => () => {
          if (other !== undefined) disposeParams(other.params)
        }),
      ),
    ),
  )
}

/** The reason for which a model cannot be explained; throws an error of another kind. */
const refusalOf = (cause: unknown): ExperimentError => {
  if (cause instanceof InterruptedError || cause instanceof RunError) return cause
  if (cause instanceof OptionError) return new RunError(cause.message)
  throw cause
}

const changesOf = async (
  [model]: Models,
  { source, examples }: { readonly source: LoadedModel | undefined; readonly examples: Dataset },
  options: ExplainOptions,
  env: Env,
): Promise<Changes | Missing> => {
  if (source !== undefined) return changesFrom(String(options.source), model, source, examples)
  const path = resolve(env.cwd, options.model)
  const isFolder = (await stat(path)).isDirectory()
  return changesIn(isFolder ? join(path, 'model.safetensors') : path, model, examples)
}

/** Writes the page. Its charts are loaded only now, so that other commands begin sooner. */
const saved = (found: Explained, { out }: ExplainOptions, env: Env): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    TE.tryCatch(async () => (await import('../report/explain-page.ts')).explainPage(found), E.toError),
    TE.flatMap((page) => writeAtomically(resolve(env.cwd, out), page)),
    TE.bimap(toRunError, () => ({ text: textOf(found.document, out), json: found.document as unknown as Json })),
  )

const textOf = ({ answers, data, cost, model }: Explanation, out: string): string => {
  const parts = Object.values(cost)
  const [passes, seconds] = (['passes', 'seconds'] as const).map((what) =>
    parts.reduce((sum, part) => sum + part[what], 0),
  ) as [number, number]
  const warning = seenWords(data)
  return [
    `${printable(model.path)} on ${countedOf(data.count, data.many)} of ${printable(data.path)}`,
    ...(warning === undefined ? [] : [data.seen === 'trained on' ? `warning: ${warning}` : warning]),
    ...data.notes.map((note) => `note: ${printable(note)}`),
    ...(Object.keys(answers) as readonly (keyof typeof answers)[]).flatMap((name) => [
      '',
      `${questions[name].toLowerCase()}: ${printable(answers[name])}`,
    ]),
    '',
    `page: ${printable(out)} (${passes} passes in ${duration(seconds)})`,
  ].join('\n')
}
