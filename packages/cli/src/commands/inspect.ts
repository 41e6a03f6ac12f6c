import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import type { Json } from '@ptu/core'
import { decode } from '@ptu/config'
import type { LayerSpec } from '@ptu/layers'
import { countParams, disposeParams, type ParamTree } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { toRunError, type CliError } from '../errors.ts'
import { byteSize, percent } from '../format.ts'
import { resultsDecoder } from '../results/schema.ts'
import { resultText } from '../results/table.ts'
import type { Results } from '../results/results.ts'
import { startBackend } from '../run/backend.ts'
import { readDocument } from '../run/folder.ts'
import { loadModel, type LoadedModel } from '../run/model-file.ts'
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

const inspectRun = (path: string): TE.TaskEither<CliError, Answer> =>
  pipe(
    readDocument(path),
    TE.flatMapEither((document) => decode(resultsDecoder, `${path} is not the result of a comparison:`)(document)),
    TE.bimap(toRunError, (results) => ({ text: runText(results), json: results as unknown as Json })),
  )

const runText = (results: Results): string =>
  [
    resultText(results),
    ...results.cells
      .filter(({ gates }) => gates.length > 0)
      .map(({ strategy, seed, gates }) => [`\n${strategy}, seed ${seed}`, ...gateText(gates)].join('\n')),
  ].join('\n')

const inspectModel = (path: string, backend: string): TE.TaskEither<CliError, Answer> =>
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
  const { strategy, rate, seed, steps, classes, accuracy, gates } = facts
  return {
    text: [
      `${strategy} at rate ${rate}, seed ${seed}, ${steps} steps: ${percent(accuracy)} % on its test data`,
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
