import { join, resolve } from 'node:path'

import type { Json } from '@ptu/core'
import {
  decodeModel,
  toRunError,
  transferOnce,
  type ModelFacts,
  type TransferConfig,
  type Transferred,
} from '@ptu/experiments'
import { openRunFolder, type FolderOptions } from '@ptu/experiments/node'
import { countParams, disposeParams, writeFile } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { byteSize, percent } from '../format.ts'
import { sourceName } from '../kept-source.ts'
import { kindOf } from '../report/result-table.ts'
import { toolsIn } from '../tools.ts'
import { withLock } from '../with-lock.ts'
import { resumable } from './compare.ts'
import { gateText } from './gate-text.ts'

/** Transfers by one method and saves the folded model into the run's folder. */
export const transferCommand =
  ({ spec, out }: TransferConfig, options: FolderOptions): Command =>
  (env) => {
    const folder = resolve(env.cwd, out)
    const path = join(folder, 'model.safetensors')
    const modules = spec.modules.map((module) => resolve(env.cwd, module))
    return withLock(
      folder,
      pipe(
        toolsIn({ ...env, threads: false }, folder, { modules, workers: 1 }),
        TE.tap(() => openRunFolder(folder, options)),
        TE.flatMap((tools) => transferOnce({ ...spec, modules }, tools)),
        TE.bindTo('made'),
        TE.bindW('saved', ({ made }) =>
          pipe(
            decodeModel(made.model),
            TE.map(({ facts, params }) => {
              const parameters = countParams(params)
              disposeParams(params)
              return { facts, parameters }
            }),
          ),
        ),
        TE.tap(({ made }) =>
          pipe(
            // The model last: a source that names no model of the folder is ignored, a model without its source would not be explained.
            writeFile(join(folder, sourceName), made.before),
            TE.flatMap(() => writeFile(path, made.model)),
            TE.mapLeft(toRunError),
          ),
        ),
        TE.bimap(resumable, ({ made, saved }) => answerOf(path, made, saved)),
      ),
    )
  }

/** A network as it was saved, with the blocks of the source that no training changed. */
interface Saved {
  readonly facts: ModelFacts
  readonly parameters: number
}

const answerOf = (path: string, made: Transferred, { facts, parameters }: Saved): Answer => {
  const { source, target, result, backend } = made
  const { foldError, seconds } = result
  const bytes = 4 * parameters
  const tested = kindOf(made).tested(target.testExamples, target.testLabels)
  const judged = source.accuracy === null ? '' : ` ${percent(source.accuracy)} % on its own test data,`
  const { name, sign, shown } = kindOf(made).comparing
  const score = `${shown(result.accuracy)}${sign} of ${tested}`
  return {
    text: [
      `${facts.method} to ${facts.classes.join(', ')}: ${facts.task === undefined ? score : `${name} ${score}`}`,
      `source${judged} ${source.rescaleProblem ?? 'rescaled'}; ${facts.steps} steps on ${backend}`,
      ...gateText(facts.gates),
      `saved ${path}: a plain network of ${parameters} parameters, ${byteSize(bytes)}`,
    ].join('\n'),
    json: {
      path,
      ...(facts as unknown as Readonly<Record<string, Json>>),
      backend,
      ...(facts.task && { score: { name, value: result.accuracy } }),
      sourceAccuracy: source.accuracy,
      rescaled: source.rescaled,
      rescaleProblem: source.rescaleProblem,
      testExamples: target.testExamples,
      parameters,
      bytes,
      foldError,
      seconds,
    },
  }
}
