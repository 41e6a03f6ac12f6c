import type { Json } from '@ptu/core'
import { RunError, toRunError, type ExperimentError, type ModelFacts } from '@ptu/experiments'
import type { WrittenFolder } from '@ptu/formats'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { ptuVersion } from '../versions.ts'
import { inputWords, labelLines, metadataOf } from './description.ts'
import type { ExportFormat } from './export-format.ts'
import { formats } from './formats.ts'
import { betweenWords, statisticsWords } from './state-dicts.ts'
import { tokenizerConfig } from './tokenizer-config.ts'

/**
 * The folder that a network was opened from, with its trained parameters and the user's classes: transformers loads it by
 * `from_pretrained`.
 */
export const huggingFace: ExportFormat = {
  help: 'the Hugging Face folder that the network was opened from, with its new weights and classes, for transformers in Python',
  names: ['config.json', 'model.safetensors', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json', 'labels.txt', 'README.txt'], // prettier-ignore
  files: ({ models: [{ layer, params, facts }, ...others] }): ReturnType<ExportFormat['files']> => {
    const { origin, shape, classes, blocks } = facts
    if (origin === undefined)
      return refused(
        'expected a model that was trained on a Hugging Face folder, whose names it can be written under; export --to safetensors, or --to onnx',
      )
    if (others.length > 0)
      return refused(
        'expected one network, this folder holds two whose probabilities are averaged; train without --ensemble',
      )
    return pipe(
      formats,
      TE.bindTo('of'),
      TE.bindW('folder', ({ of }) =>
        of.huggingFaceOf({ layer, params, blocks }, { config: origin.config, input: shape, classes }),
      ),
      TE.bimap(toRunError, ({ of, folder }) => ({
        files: new Map<string, Uint8Array | string>([
          ['config.json', folder.config],
          ['model.safetensors', of.encodeSafetensors(folder.tensors, { format: 'pt', ...withoutEncoding(facts) })],
          ...preprocessing(facts),
          ['labels.txt', labelLines(facts)],
          ['README.txt', readme(folder, facts)],
        ]),
        words: [`a folder of transformers: ${folder.architecture}, ${folder.tensors.length} tensors, for ${classes.join(', ')}`], // prettier-ignore
      })),
    )
  },
}

const refused = (message: string): TE.TaskEither<ExperimentError, never> => TE.left(new RunError(message))

const pretty = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`

/** The facts for the metadata of the weights; the tokenizer has a file of its own. */
const withoutEncoding = ({ encoding, ...facts }: ModelFacts): Readonly<Record<string, string>> =>
  metadataOf(encoding?.kind === 'tokens' || encoding === undefined ? facts : { ...facts, encoding })

/** The files that say how an example becomes the network's input. */
const preprocessing = (facts: ModelFacts): readonly (readonly [string, string])[] => {
  const { encoding, image } = facts
  if (encoding?.kind === 'tokens')
    return [
      ['tokenizer.json', JSON.stringify(encoding.tokenizer)],
      ['tokenizer_config.json', pretty(tokenizerConfig(encoding))],
    ]
  return image === null ? [] : [['preprocessor_config.json', pretty(preprocessorOf(facts, image))]]
}

/** Pixels are resized, cut out and brought to the network's range as ptu does; a picture is squashed where ptu pads it. */
const preprocessorOf = (
  { shape, normalisation }: ModelFacts,
  { size: [height, width], fit, shorter }: NonNullable<ModelFacts['image']>,
): Json => {
  const channels = shape.at(-1) ?? 3
  const each = (value: number | readonly number[]): Json =>
    typeof value === 'number'
      ? Array.from({ length: channels }, () => value / 255)
      : value.map((number) => number / 255)
  return {
    ...{ image_processor_type: fit === 'crop' ? 'CLIPImageProcessor' : 'ViTImageProcessor', do_resize: true, do_rescale: true, rescale_factor: 1 / 255 },
    ...{ do_normalize: true, image_mean: each(normalisation.mean), image_std: each(normalisation.deviation) },
    ...(fit === 'crop'
      ? { size: { shortest_edge: shorter ?? Math.max(height, width) }, do_center_crop: true, crop_size: { height, width } }
      : { size: { height, width } }),
    resample: 2,
  } // prettier-ignore
}

/** The README.txt of a folder. */
export const readme = (
  { architecture, tensors, between }: Pick<WrittenFolder, 'architecture' | 'tensors' | 'between'>,
  facts: ModelFacts,
): string =>
  [
    `Written by ptu ${ptuVersion} for transformers (pip install transformers torch).`,
    '',
    `  from transformers import ${architecture}`,
    `  model = ${architecture}.from_pretrained('FOLDER').eval()`,
    '',
    `The classes are ${facts.classes.join(', ')}. The input is ${inputWords(facts)}.`,
    ...statisticsWords(tensors.map(({ name }) => name)),
    ...betweenWords(between),
    '',
  ].join('\n')
