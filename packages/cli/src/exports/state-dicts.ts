import type { Json } from '@ptu/core'
import { toRunError, type ModelFacts } from '@ptu/experiments'
import type { WrittenStateDict } from '@ptu/formats'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { ptuVersion } from '../versions.ts'
import { describedNames, documentOf, inputShape, inputWords, labelLines, metadataOf, normalisationWords, taskWords } from './description.ts' // prettier-ignore
import type { ExportFormat } from './export-format.ts'
import { formats, type Formats } from './formats.ts'

/** A way to write tensors, and to read them in Python. */
interface Container {
  readonly extension: string
  readonly encode: (formats: Formats, dict: WrittenStateDict, facts: ModelFacts) => Uint8Array
  readonly load: (file: string) => string
  readonly imports: string
}

const pth: Container = {
  extension: 'pth',
  encode: ({ encodePyTorch }, { tensors }) => encodePyTorch(tensors),
  load: (file) => `torch.load('${file}', weights_only=True)`,
  imports: 'import torch',
}

const safe: Container = {
  extension: 'safetensors',
  encode: ({ encodeSafetensors }, { tensors, architecture }, facts) =>
    encodeSafetensors(tensors, {
      ...metadataOf(facts),
      format: 'pt',
      normalisation: JSON.stringify(facts.normalisation),
      ...(architecture !== undefined && { architecture }),
    }),
  load: (file) => `safetensors.torch.load_file('${file}')`,
  imports: 'import safetensors.torch, torch',
}

const parts = ['model', 'probe'] as const

/** Parameters under the names of the folder that the network came from, of the architecture that it has, or of its own blocks. */
const stateDicts = (to: string, help: string, container: Container): ExportFormat => ({
  help,
  names: [...parts.map((name) => `${name}.${container.extension}`), 'config.json', ...describedNames],
  files: ({ models }) =>
    pipe(
      formats,
      TE.bindTo('of'),
      TE.bindW('dicts', ({ of }) =>
        pipe(
          [...models],
          TE.traverseSeqArray(({ layer, params, facts }) =>
            of.stateDictOf(
              { layer, params, blocks: facts.blocks },
              facts.shape,
              facts.origin && { config: facts.origin.config, classes: facts.classes },
            ),
          ),
        ),
      ),
      TE.bimap(toRunError, ({ of, dicts }) => {
        const [{ facts }] = models
        const config = dicts.find((dict) => dict.config !== undefined)?.config
        const files = dicts.map((dict, i) => ({ name: `${parts[i] ?? 'model'}.${container.extension}`, dict }))
        return {
          files: new Map<string, Uint8Array | string>([
            ...files.map(({ name, dict }) => [name, container.encode(of, dict, facts)] as const),
            ...(config === undefined ? [] : [['config.json', config] as const]),
            ['labels.txt', labelLines(facts)],
            ['export.json', documentOf(facts, { to, files: files.map(fileFacts), normalisationIsIn: 'no file: do it first', layers: models.map((one) => one.facts.spec as Json) })], // prettier-ignore
            ['README.txt', readme(files, facts, container)],
          ]),
          words: files.map(({ name, dict }) => `${name}: ${wordsOf(dict)}`),
        }
      }),
    ),
})

interface NamedDict {
  readonly name: string
  readonly dict: WrittenStateDict
}

const fileFacts = ({ name, dict }: NamedDict): Json => ({
  ...{ name, architecture: dict.architecture ?? null, hasHead: dict.hasHead },
})

const wordsOf = ({ architecture, hasHead, tensors }: WrittenStateDict): string => {
  if (architecture === undefined) return `${tensors.length} tensors under the names of ptu's blocks; no class of PyTorch is known that has these layers` // prettier-ignore
  const [whole, part] = transformersIn(architecture)
    ? ['from_pretrained', 'from_pretrained leaves it out']
    : ['load_state_dict(strict=True)', 'load_state_dict(strict=False)']
  return hasHead
    ? `the state_dict of ${architecture}, for ${whole}`
    : `the state_dict of ${architecture} but for the head, which is another one: ${part}`
}

/** The class of transformers that an architecture is. */
const transformersIn = (architecture: string | undefined): string | undefined =>
  /^transformers (?<made>\w+)$/.exec(architecture ?? '')?.groups?.['made']

const codeOf = ({ name, dict }: NamedDict, { classes }: ModelFacts, { load }: Container): readonly string[] => {
  const { architecture, hasHead } = dict
  const transformers = transformersIn(architecture)
  if (transformers !== undefined)
    return [
      "config = transformers.AutoConfig.from_pretrained('config.json')",
      `kind = ${hasHead ? `transformers.${transformers}` : `type(transformers.${transformers}.from_config(config))`}`,
      `model = kind.from_pretrained(None, config=config, state_dict=${load(name)})`,
    ]
  const torchvision = /^torchvision (?<made>\w+)$/.exec(architecture ?? '')?.groups?.['made']
  if (torchvision === undefined) return [`state = ${load(name)}`]
  return [
    `model = torchvision.models.${torchvision}(${hasHead ? `num_classes=${classes.length}` : ''})`,
    `model.load_state_dict(${load(name)}${hasHead ? '' : ', strict=False'})`,
    'model.eval()',
  ]
}

/** The words about batch normalisations; none where no tensor is of one. */
export const statisticsWords = (tensors: readonly string[]): readonly string[] =>
  tensors.some((name) => name.endsWith('running_mean'))
    ? [
        'Batch normalisations were folded into the convolutions before them. They are written as steps that only add a bias, and',
        'their statistics are placeholders: keep the model in eval(), when you train it further too.',
      ]
    : []

/** The words about a layer that the network does not have; none where there is no such layer. */
export const betweenWords = (module: string | undefined): readonly string[] =>
  module === undefined
    ? []
    : [
        `The layer ${module}, which the trained network does not have, is written so that it changes nothing: train the`,
        'network further with small rates, or with that layer reset.',
      ]

const readme = (files: readonly NamedDict[], facts: ModelFacts, container: Container): string => {
  const shape = inputShape(facts, 'nchw').join(', ')
  const libraries = ['torchvision', 'transformers'].filter((one) => files.some(({ dict }) => dict.architecture?.startsWith(`${one} `) === true)) // prettier-ignore
  return [
    `Written by ptu ${ptuVersion}.`,
    ...files.map(({ name, dict }) => `${name}: ${wordsOf(dict)}`),
    ...(files.length > 1 ? ['The probabilities of the model are the mean of those of both files.'] : []),
    '',
    `  ${[container.imports, ...libraries].join(', ')}`,
    ...files.flatMap((file) => codeOf(file, facts, container).map((line) => `  ${line}`)),
    '',
    `input   [batch, ${shape}], ${normalisationWords(facts)}`,
    `        ${facts.image === null ? 'x is' : 'x are the pixels, from 0 to 255, of'} ${inputWords(facts)}`,
    `output  logits in the order of labels.txt; ${taskWords(facts)}`,
    '',
    ...statisticsWords(files.flatMap(({ dict }) => dict.tensors.map(({ name }) => name))),
    ...betweenWords(files.find(({ dict }) => dict.between)?.dict.between),
    ...(files.some(({ dict }) => dict.architecture === undefined) ? ['export.json lists the layers.'] : []),
    '',
  ].join('\n')
}

/** A `.pth` file that `torch.load(weights_only=True)` opens. */
export const pytorch: ExportFormat = stateDicts(
  'pytorch',
  'a state_dict in a .pth file, with the names of torchvision where it has the network',
  pth,
)

/** A safetensors file whose metadata hold classes and preprocessing. */
export const safetensors: ExportFormat = stateDicts(
  'safetensors',
  'the same state_dict as safetensors, with classes and preprocessing in its metadata',
  safe,
)
