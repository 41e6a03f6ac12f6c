import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { decode } from '@ptu/config'
import { isRecord, type Json } from '@ptu/core'
import {
  decodeModel,
  resultsDecoder,
  RunError,
  targetKinds,
  taskKindNamed,
  toRunError,
  type ExperimentError,
  type LoadedModel,
  type ModelFacts,
  type Results,
} from '@ptu/experiments'
import { readDocument, startBackend } from '@ptu/experiments/node'
import { isHuggingFaceFolder } from '@ptu/formats/node'
import type { LayerSpec } from '@ptu/layers'
import { countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { taskWords } from '../exports/description.ts'
import { byteSize, firstNames } from '../format.ts'
import { isFile, modelFiles } from '../load-model.ts'
import { resultText } from '../report/result-table.ts'
import { table } from '../table.ts'
import { gateText } from './gate-text.ts'
import { readForeign } from '../read-foreign.ts'
import { inspectFolder, inspectForeign } from './inspect-foreign.ts'
import { inspectLayersModel } from './inspect-layers-model.ts'
import { inspectTrained, isTrained } from './inspect-trained.ts'

/** Shows the contents of a path: a run, the folder of a model, a model, or a network of another library. */
export const inspectCommand =
  (path: string, backend: string): Command =>
  (env) =>
    pipe(
      documentAt(resolve(env.cwd, path)),
      TE.flatMap((document) =>
        document === undefined ? inspectModel(resolve(env.cwd, path), backend) : inspectDocument(document, backend),
      ),
    )

/** The document that tells most about a path; undefined if only a model does. */
const documentAt = (path: string): TE.TaskEither<ExperimentError, string | undefined> =>
  TE.tryCatch(
    async () => {
      const found = await stat(path).catch(() => undefined)
      if (found === undefined) throw new RunError(`cannot read ${path}: it does not exist; check the path`)
      if (!found.isDirectory() && /\.(csv|tsv|jsonl)$/i.test(path))
        throw new RunError(
          `cannot inspect ${path}: expected a model, a run or their folder, got a file of rows; train on it with ptu train`,
        )
      if (!found.isDirectory()) return path.endsWith('.json') ? path : undefined
      for (const name of ['results.json', 'train.json']) if (await isFile(join(path, name))) return join(path, name)
      const [own, layers] = [join(path, 'model.safetensors'), join(path, 'model.json')]
      return !(await isFile(own)) && (await isFile(layers)) ? layers : undefined
    },
    (cause) => toRunError(cause as Error),
  )

const inspectDocument = (path: string, backend: string): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    readDocument(path),
    TE.mapLeft((error): ExperimentError => error),
    TE.flatMap((document) => {
      if (!(isRecord(document) && 'modelTopology' in document))
        return TE.fromEither(isTrained(document) ? inspectTrained(path, document) : runAnswer(path, document))
      return pipe(
        startBackend(backend),
        TE.flatMap(() => inspectLayersModel(path)),
      )
    }),
  )

const runAnswer = (path: string, document: Json): E.Either<ExperimentError, Answer> =>
  pipe(
    decode(resultsDecoder, `${path} is not the result of a comparison:`)(document),
    E.bimap(toRunError, (results) => ({ text: runText(results), json: results as unknown as Json })),
  )

const runText = (results: Results): string =>
  [
    resultText(results),
    ...results.runs
      .filter(({ gates }) => gates.length > 0)
      .map(({ method, seed, gates }) => [`\n${method}, seed ${seed}`, ...gateText(gates)].join('\n')),
  ].join('\n')

const inspectModel = (path: string, backend: string): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    startBackend(backend),
    TE.flatMapTask(() => () => isHuggingFaceFolder(path)),
    TE.flatMap((folder) => (folder ? inspectFolder(path) : inspectFile(path))),
  )

const inspectFile = (path: string): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    modelFiles(path),
    TE.bindTo('files'),
    TE.bindW('found', ({ files: [file] }) => readForeign(file)),
    TE.flatMap(({ files: [file], found }) =>
      pipe(
        decodeModel(found.bytes),
        TE.matchE(
          ({ message }) => TE.fromEither(inspectForeign(file, found, message)),
          (model) => {
            const answer = modelAnswer(model)
            disposeParams(model.params)
            return TE.right(answer)
          },
        ),
      ),
    ),
  )

const modelAnswer = ({ facts, layer, params }: LoadedModel): Answer => {
  const parts = layer.structure.kind === 'composite' ? layer.structure.parts : [layer]
  const blocks = parts.map((part, i) => ({
    name: facts.blocks[i] ?? 'head',
    layers: layersOf(part.spec),
    parameters: countParams((params as readonly ParamTree[])[i] ?? []),
  }))
  const { method, rate, seed, steps, classes, gates } = facts
  return {
    text: [
      `${method} at rate ${rate}, seed ${seed}, ${steps} steps: ${testedWords(facts)}`,
      `inputs ${facts.shape.join(' × ')}, ${facts.task === undefined ? 'classes' : targetKinds[facts.task.kind].words} ${firstNames(classes)}`,
      ...(facts.task === undefined ? [] : [taskWords(facts)]),
      '',
      table(
        ['#', 'block', 'parameters', 'size', 'layers'],
        blocks.map(({ name, parameters, layers }, i) => [
          String(i + 1),
          name,
          String(parameters),
          byteSize(4 * parameters),
          layers,
        ]),
      ),
      ...gateText(gates),
    ].join('\n'),
    json: { ...(facts as unknown as Readonly<Record<string, Json>>), blocks },
  }
}

/** The score on test data in words. */
const testedWords = ({ accuracy, task }: ModelFacts): string => {
  const score = accuracy ?? task?.tested
  if (score === undefined) return 'no test data'
  const { name, sign, shown } = taskKindNamed(task?.kind ?? 'classify').comparing
  return `${task === undefined ? '' : `${name} `}${shown(score)}${sign} on its test data`
}

/** `conv2d, relu, maxPool` */
const layersOf = (spec: LayerSpec): string => {
  const inner = spec['layers']
  return Array.isArray(inner) ? inner.map((part) => layersOf(part as LayerSpec)).join(', ') : spec.type
}
