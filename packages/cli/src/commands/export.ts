import { join, resolve } from 'node:path'

import type { Json } from '@ptu/core'
import {
  printable,
  toRunError,
  UsageError,
  type ExperimentError,
  type LoadedModel,
  type ModelFacts,
} from '@ptu/experiments'
import { readBounded, startBackend } from '@ptu/experiments/node'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as T from 'fp-ts/lib/Task.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer, Command } from '../answer.ts'
import { taskWords } from '../exports/description.ts'
import type { ExportFormat } from '../exports/export-format.ts'
import { exportFormats } from '../exports/table.ts'
import { byteSize } from '../format.ts'
import { copyLayersModel, free, hasLayersModel } from './export-folder.ts'
import { isFile, loadModel, loadModels, modelLimit } from '../load-model.ts'
import { matching } from '../matching-files.ts'
import { checkFolder, writeFolder } from '../write-folder.ts'

/** The model to export, and the folder to write to. */
export interface ExportOptions {
  readonly model: string
  /** The format: `layers`, or one of {@link exportFormats}. */
  readonly to: string
  /** The folder for the files. */
  readonly out: string
  readonly backend: string
  /** Replaces the model that is in `out`. */
  readonly replaces: boolean
  /** The order of the axes of images, `nhwc` or `nchw`; only ONNX files have a choice. */
  readonly layout: string | undefined
}

/** Writes a saved model for another framework: a LayersModel of TensorFlow.js, or one of {@link exportFormats}. */
export const exportCommand =
  (options: ExportOptions): Command =>
  (env) => {
    const [from, folder] = [resolve(env.cwd, options.model), resolve(env.cwd, options.out)]
    const known = ['layers', ...Object.keys(exportFormats)]
    const { to, layout } = options
    if (!known.includes(to)) return TE.left(new UsageError(`expected --to to be one of ${known.join(', ')}, got ${printable(to)}`)) // prettier-ignore
    if (layout !== undefined && (to !== 'onnx' || !isLayout(layout)))
      return TE.left(
        new UsageError(
          to === 'onnx'
            ? `expected --layout to be nhwc or nchw, got ${printable(layout)}`
            : `--layout is for --to onnx: ${to} has one order of axes; leave it out`,
        ),
      )
    const format = exportFormats[to]
    return format === undefined ? toLayers(from, folder, options) : toFiles(format, from, folder, options)
  }

const isLayout = (text: string | undefined): text is 'nhwc' | 'nchw' => text === 'nhwc' || text === 'nchw'

const toLayers = (
  from: string,
  to: string,
  { replaces, backend }: ExportOptions,
): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    free(to, replaces),
    TE.flatMapTask(() => () => hasLayersModel(from)),
    TE.flatMap((has) => (has ? copied(from, to) : converted(from, to, backend))),
  )

const toFiles = (
  format: ExportFormat,
  from: string,
  folder: string,
  { replaces, backend, layout, to }: ExportOptions,
): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    checkFolder({ path: folder, own: format.names, replaces }),
    TE.flatMap(() => startBackend(backend)),
    TE.flatMap(() => loadModels(from)),
    TE.flatMap((models) =>
      pipe(
        format.files({ models, layout: isLayout(layout) ? layout : 'nhwc' }),
        TE.tap(({ files }) => writeFolder(folder, files)),
        TE.map(({ files, words }) => {
          const sizes = [...files].map(([name, content]) => ({ name, bytes: Buffer.byteLength(content) }))
          const listed = sizes.map(({ name, bytes }) => `${name} (${byteSize(bytes)})`).join(', ')
          return {
            text: [`wrote to ${folder}: ${listed}`, ...words.map(printable), 'README.txt shows how to use it'].join(
              '\n',
            ),
            json: { folder, to, files: sizes, classes: models[0].facts.classes },
          }
        }),
        T.tapIO(() => () => {
          disposeParams(models.map(({ params }) => params))
        }),
      ),
    ),
  )

/** Copies the LayersModel of a folder, unless another model was put beside it. */
const copied = (from: string, to: string): TE.TaskEither<ExperimentError, Answer> => {
  const model = join(from, 'model.safetensors')
  return pipe(
    TE.fromTask(() => isFile(model)),
    TE.flatMap((is) => (is ? readBounded(model, modelLimit) : TE.right(undefined))),
    TE.mapLeft(toRunError),
    TE.tap((bytes) => (bytes === undefined ? TE.right(undefined) : matching(model, bytes))),
    TE.flatMap(() => copyLayersModel(from, to)),
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

const metadataOf = ({ method, seed, classes, task, normalisation, sourceData, targetData, accuracy }: ModelFacts) =>
  ({
    ...(task && { task }),
    method,
    seed,
    sourceData,
    targetData,
    accuracy,
    classes,
    normalisation,
  }) as unknown as Readonly<Record<string, Json>>

const answerOf = (folder: string, layers: readonly string[], facts: ModelFacts): Answer => {
  const { classes, shape, normalisation } = facts
  return {
    text: [
      `wrote ${folder}/model.json and weights.bin: a tf.LayersModel of ${layers.length} layers, no ptu needed`,
      `inputs are ${shape.join(' × ')}, as (x - mean) / deviation with mean ${JSON.stringify(normalisation.mean)} and deviation ${JSON.stringify(normalisation.deviation)}`,
      `outputs are one logit for each of ${classes.join(', ')}${facts.task === undefined ? '' : `, ${taskWords(facts)}`}; its metadata say all this`,
    ].join('\n'),
    json: { folder, layers, classes, shape, normalisation: normalisation as unknown as Json },
  }
}
