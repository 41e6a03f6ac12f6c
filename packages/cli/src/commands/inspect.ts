import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import type { Json } from '@ptu/core'
import { decode } from '@ptu/config'
import type { LayerSpec } from '@ptu/layers'
import { resultsDecoder, toRunError, type ExperimentError, type LoadedModel, type Results } from '@ptu/experiments'
import { readDocument, startBackend } from '@ptu/experiments/node'
import { countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { byteSize, percent } from '../format.ts'
import { loadModel } from '../load-model.ts'
import { resultText } from '../report/result-table.ts'
import { table } from '../table.ts'
import { gateText } from './gate-text.ts'

/** Shows what a saved model or the folder of a run holds. */
export const inspectCommand =
  (path: string, backend: string): Command =>
  (env) =>
    pipe(
      TE.fromTask(() => kindOf(resolve(env.cwd, path))),
      TE.flatMap((found) => (found.kind === 'run' ? inspectRun(found.path) : inspectModel(found.path, backend))),
    )

/** A folder of a comparison has results; that of a transfer a model. */
const kindOf = async (path: string): Promise<{ readonly kind: 'run' | 'model'; readonly path: string }> => {
  const results = join(path, 'results.json')
  if (await isFile(results)) return { kind: 'run', path: results }
  if (path.endsWith('.json')) return { kind: 'run', path }
  const model = join(path, 'model.safetensors')
  return { kind: 'model', path: (await isFile(model)) ? model : path }
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )

const inspectRun = (path: string): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    readDocument(path),
    TE.flatMapEither((document) => decode(resultsDecoder, `${path} is not the result of a comparison:`)(document)),
    TE.bimap(toRunError, (results) => ({ text: runText(results), json: results as unknown as Json })),
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
    TE.flatMap(() => loadModel(path)),
    TE.map((model) => {
      const answer = modelAnswer(model)
      disposeParams(model.params)
      return answer
    }),
  )

const modelAnswer = ({ facts, layer, params }: LoadedModel): Answer => {
  const parts = layer.structure.kind === 'composite' ? layer.structure.parts : [layer]
  const blocks = parts.map((part, i) => ({
    name: facts.blocks[i] ?? 'head',
    layers: layersOf(part.spec),
    parameters: countParams((params as readonly ParamTree[])[i] ?? []),
  }))
  const { method, rate, seed, steps, classes, accuracy, gates } = facts
  return {
    text: [
      `${method} at rate ${rate}, seed ${seed}, ${steps} steps: ${accuracy === null ? 'no test data' : `${percent(accuracy)} % on its test data`}`,
      `inputs ${facts.shape.join(' × ')}, classes ${classes.join(', ')}`,
      '',
      table(
        ['block', 'parameters', 'size', 'layers'],
        blocks.map(({ name, parameters, layers }) => [name, String(parameters), byteSize(4 * parameters), layers]),
      ),
      ...gateText(gates),
    ].join('\n'),
    json: { ...(facts as unknown as Readonly<Record<string, Json>>), blocks },
  }
}

/** `conv2d, relu, maxPool` */
const layersOf = (spec: LayerSpec): string => {
  const inner = spec['layers']
  return Array.isArray(inner) ? inner.map((part) => layersOf(part as LayerSpec)).join(', ') : spec.type
}
