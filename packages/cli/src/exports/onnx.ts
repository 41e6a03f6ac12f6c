import { canonical, type Json } from '@ptu/core'
import { RunError, toRunError, UsageError, type ModelFacts } from '@ptu/experiments'
import type { encodeOnnx } from '@ptu/formats'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { ptuVersion } from '../versions.ts'
import {
  answerOf,
  describedNames,
  documentOf,
  inputName,
  inputShape,
  inputWords,
  labelLines,
  metadataOf,
  taskWords,
} from './description.ts'
import type { Exported, ExportFormat } from './export-format.ts'
import { formats } from './formats.ts'

/** A file of ONNX from raw pixels, rows or tokens to probabilities. */
export const onnx: ExportFormat = {
  help: 'ONNX, opset 17, for ONNX Runtime in any language and on the web',
  names: ['model.onnx', ...describedNames],
  files: (exported) => {
    const [{ facts }] = exported.models
    const problem = problemOf(exported)
    if (problem !== undefined) return TE.left(problem)
    const networks = exported.models.map(({ layer, params, facts: own }) => ({ layer, params, blocks: own.blocks }))
    return pipe(
      formats,
      TE.flatMap((of) =>
        of.encodeOnnx(networks as unknown as Parameters<typeof encodeOnnx>[0], {
          input: { name: inputName(facts), shape: facts.shape },
          tokens: facts.vocabulary !== null,
          layout: exported.layout,
          normalisation: facts.normalisation,
          answer: answerOf(facts).answer,
          metadata: { ...metadataOf(facts), values: valuesOf(facts) },
          version: ptuVersion,
        }),
      ),
      TE.bimap(toRunError, (bytes) => ({
        files: new Map<string, Uint8Array | string>([
          ['model.onnx', bytes],
          ['labels.txt', labelLines(facts)],
          ['export.json', documentOf(facts, { to: 'onnx', ...ioOf(exported) })],
          ['README.txt', readme(exported)],
        ]),
        words: [
          `ONNX of opset 17: input ${inputName(facts)} ${shapeText(exported)}, ${valuesOf(facts)}`,
          `outputs: ${outputs(exported).join(' and ')}, of ${facts.classes.join(', ')}`,
        ],
      })),
    )
  },
}

const problemOf = ({ models, layout }: Exported): UsageError | RunError | undefined => {
  const [{ facts }, second] = models
  if (layout === 'nchw' && facts.shape.length !== 3)
    return new UsageError(`--layout nchw is for images, this model reads ${facts.shape.join(' × ')} numbers; leave it out`) // prettier-ignore
  const inputsOf = (of: ModelFacts): string => canonical([of.shape, of.normalisation as unknown as Json])
  return second !== undefined && inputsOf(second.facts) !== inputsOf(facts)
    ? new RunError('expected both networks of the folder to read the same inputs, they do not; train the model again')
    : undefined
}

const valuesOf = ({ image, vocabulary }: ModelFacts): string => {
  if (vocabulary !== null) return 'int64'
  return image === null
    ? 'float32, not standardised: the graph does it'
    : 'float32 from 0 to 255: the graph scales them'
}

const outputs = ({ models: [{ facts }, ...others] }: Exported): readonly string[] => {
  const { name } = answerOf(facts)
  return others.length === 0 ? [name, 'logits'] : [name]
}

const shapeText = ({ models: [{ facts }], layout }: Exported): string =>
  `[batch, ${inputShape(facts, layout).join(', ')}]`

const ioOf = (exported: Exported): Readonly<Record<string, Json>> => {
  const [{ facts }] = exported.models
  return {
    input: { name: inputName(facts), shape: inputShape(facts, exported.layout), values: valuesOf(facts) },
    outputs: outputs(exported),
    normalisationIsIn: 'the graph',
  }
}

const readme = (exported: Exported): string => {
  const [{ facts }] = exported.models
  const name = inputName(facts)
  const answer = answerOf(facts).name
  return [
    `model.onnx, written by ptu ${ptuVersion}: ONNX of opset 17.`,
    '',
    `input   ${name} ${shapeText(exported)}, ${valuesOf(facts)}`,
    `        ${inputWords(facts)}`,
    `output  ${outputs(exported).join(' and ')} [batch, ${[...(facts.vocabulary === null ? [] : facts.shape), facts.classes.length].join(', ')}], in the order of labels.txt`,
    ...(facts.task === undefined ? [] : [`        ${taskWords(facts)}`]),
    ...(exported.models.length > 1 ? ['        the mean of two networks'] : []),
    '',
    'Python: pip install onnxruntime',
    '',
    '  import onnxruntime',
    "  session = onnxruntime.InferenceSession('model.onnx')",
    `  ${answer}, = session.run(['${answer}'], {'${name}': x})`,
    '',
    'JavaScript: npm install onnxruntime-web',
    '',
    "  const session = await ort.InferenceSession.create('model.onnx')",
    `  const { ${answer} } = await session.run({ ${name}: new ort.Tensor(${facts.vocabulary === null ? "'float32'" : "'int64'"}, x, [1, ${inputShape(facts, exported.layout).join(', ')}]) })`,
    '',
  ].join('\n')
}
