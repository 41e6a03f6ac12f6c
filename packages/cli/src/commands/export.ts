import { resolve } from 'node:path'

import type { Json } from '@ptu/core'
import { toRunError, type ExperimentError, type LoadedModel, type ModelFacts } from '@ptu/experiments'
import { startBackend } from '@ptu/experiments/node'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { copyLayersModel, free, hasLayersModel } from './export-folder.ts'
import { loadModel } from '../load-model.ts'

/** The model to export, and the folder to write to. */
export interface ExportOptions {
  readonly model: string
  /** The folder for `model.json` and `weights.bin`. */
  readonly out: string
  readonly backend: string
  /** Replaces the model that is in `out`. */
  readonly replaces: boolean
}

/** Writes a saved model as a plain LayersModel of TensorFlow.js; if a model folder already has one, it is copied. */
export const exportCommand =
  ({ model, out, backend, replaces }: ExportOptions): Command =>
  (env) => {
    const [from, to] = [resolve(env.cwd, model), resolve(env.cwd, out)]
    return pipe(
      free(to, replaces),
      TE.flatMapTask(() => () => hasLayersModel(from)),
      TE.flatMap((has) => (has ? copyLayersModel(from, to) : converted(from, to, backend))),
    )
  }

const converted = (from: string, to: string, backend: string): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    startBackend(backend),
    TE.flatMap(() => loadModel(from)),
    TE.flatMap((model) =>
      pipe(
        exported(model, to),
        T.tapIO(() => () => {
          disposeParams(model.params)
        }),
      ),
    ),
  )

const exported = ({ layer, params, facts }: LoadedModel, folder: string): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    TE.tryCatch(async () => {
      // Nobody else needs Keras layers, and they take their time to load.
      const { fileHandler, layersModelOf } = await import('@ptu/tfjs-layers')
      const made = layersModelOf(layer, params, { input: facts.shape, name: 'ptu', metadata: metadataOf(facts) })
      try {
        await made.save(fileHandler(folder))
        return made.layers.map((each) => each.getClassName())
      } finally {
        made.dispose()
      }
    }, E.toError),
    TE.bimap(toRunError, (layers) => answerOf(folder, layers, facts)),
  )

const metadataOf = ({ method, seed, classes, normalisation, sourceData, targetData, accuracy }: ModelFacts) =>
  ({ method, seed, sourceData, targetData, accuracy, classes, normalisation }) as unknown as Readonly<
    Record<string, Json>
  >

const answerOf = (
  folder: string,
  layers: readonly string[],
  { classes, shape, normalisation }: ModelFacts,
): Answer => ({
  text: [
    `wrote ${folder}/model.json and weights.bin: a tf.LayersModel of ${layers.length} layers, no ptu needed`,
    `inputs are ${shape.join(' × ')}, as (x - mean) / deviation with mean ${JSON.stringify(normalisation.mean)} and deviation ${JSON.stringify(normalisation.deviation)}`,
    `outputs are one logit for each of ${classes.join(', ')}; its metadata say all this`,
  ].join('\n'),
  json: { folder, layers, classes, shape, normalisation: normalisation as unknown as Json },
})
