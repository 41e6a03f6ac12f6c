import type { Json } from '@ptu/core'
import { RunError, toRunError, type ExperimentError, type ModelFacts } from '@ptu/experiments'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { ptuVersion } from '../versions.ts'
import { metadataOf } from './description.ts'
import type { ExportFormat } from './export-format.ts'
import { formats } from './formats.ts'
import { tokenizerConfig, type TokensEncoding } from './tokenizer-config.ts'

/**
 * A folder that transformers.js opens as a classifier of texts: the graph, the tokenizer and the names of the classes. The graph
 * finds the padding by itself, so it has no mask for an input.
 */
export const transformersJs: ExportFormat = {
  help: 'a folder for transformers.js: config.json, tokenizer.json and onnx/model.onnx, of a classifier of texts',
  names: ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx', 'README.txt'],
  files: ({ models: [{ layer, params, facts }, ...others] }): ReturnType<ExportFormat['files']> => {
    const { encoding, ...known } = facts
    if (encoding?.kind !== 'tokens')
      return refused('expected a model that reads texts by the tokenizer of an encoder; export --to onnx')
    if (facts.task !== undefined)
      return refused('expected a model that gives each text one class, as these pages understand; export --to onnx')
    if (others.length > 0)
      return refused(
        'expected one network, this folder holds two whose probabilities are averaged; train without --ensemble',
      )
    return pipe(
      formats,
      TE.flatMap(({ encodeOnnx }) =>
        encodeOnnx([{ layer, params, blocks: facts.blocks }], {
          input: { name: 'input_ids', shape: facts.shape },
          tokens: true,
          freeSteps: true,
          metadata: metadataOf(known),
          version: ptuVersion,
        }),
      ),
      TE.bimap(toRunError, (bytes) => ({
        files: new Map<string, Uint8Array | string>([
          ['config.json', pretty(configOf(facts, encoding))],
          ['tokenizer.json', JSON.stringify(encoding.tokenizer)],
          ['tokenizer_config.json', pretty(tokenizerConfig(encoding))],
          ['onnx/model.onnx', bytes],
          ['README.txt', readme(facts)],
        ]),
        words: [
          `a folder of transformers.js: input_ids [batch, up to ${encoding.steps}], logits and probabilities of ${facts.classes.join(', ')}`,
        ],
      })),
    )
  },
}

const refused = (message: string): TE.TaskEither<ExperimentError, never> => TE.left(new RunError(message))

const pretty = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`

/** Class `bert` is that of every encoder whose tokens go in as they are: the graph is ours, whatever made it. */
const configOf = ({ classes }: ModelFacts, { steps, padding }: TokensEncoding): Json => ({
  ...{
    model_type: 'bert',
    architectures: ['BertForSequenceClassification'],
    problem_type: 'single_label_classification',
  },
  id2label: Object.fromEntries(classes.map((name, i) => [String(i), name])),
  label2id: Object.fromEntries(classes.map((name, i) => [name, i])),
  ...{ num_labels: classes.length, max_position_embeddings: steps, pad_token_id: padding },
})

const readme = ({ classes }: ModelFacts): string =>
  [
    `Written by ptu ${ptuVersion} for transformers.js (npm install @huggingface/transformers).`,
    '',
    "  import { env, pipeline } from '@huggingface/transformers'",
    "  env.localModelPath = '.'",
    "  const classify = await pipeline('text-classification', 'FOLDER', { dtype: 'fp32', local_files_only: true })",
    "  console.log(await classify('a text', { top_k: null }))",
    '',
    `The classes are ${classes.join(', ')}. Put the folder below env.localModelPath and name it in place of FOLDER.`,
    'Of a text that is too long, ptu keeps the mark at its end and transformers.js may cut it off.',
    '',
  ].join('\n')
