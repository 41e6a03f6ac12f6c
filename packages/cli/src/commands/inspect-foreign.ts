import type { Json } from '@ptu/core'
import { recipes, RunError, type ExperimentError } from '@ptu/experiments'
import {
  disposeModel,
  listTensors,
  openModel,
  type ModelFile,
  type NamedBytes,
  type TensorFile,
  type TokenInput,
} from '@ptu/formats'
import { readModel } from '@ptu/formats/node'
import { countParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import type { Answer } from '../answer.ts'
import { byteSize } from '../format.ts'
import { describedIn } from '../described-in.ts'
import { usualRanges } from '../foreign-input.ts'
import { table } from '../table.ts'
import { cutsOf } from './inspect-layers-model.ts'

/** Lines that are shown of a long list. */
const few = 10

/**
 * Shows the contents of another library's file: a known network, else its tensors. A backend must have started;
 * `problem` is the reason why it is no model of ptu.
 */
export const inspectForeign = (path: string, file: NamedBytes, problem: string): E.Either<ExperimentError, Answer> => {
  // Only files of ptu have a checksum: of a damaged one the tensors would say nothing.
  if (problem.includes('checksum')) return E.left(new RunError(`cannot use ${path}: ${problem}`))
  return pipe(
    listTensors(file),
    E.bimap(
      ({ message }) =>
        new RunError(`cannot use ${path}: as a model of ptu: ${problem}; as a file of another library: ${message}`),
      (listed) => answerFor(path, listed, problem),
    ),
  )
}

/** The network that tensors make up, else the tensors. */
const answerFor = (path: string, listed: TensorFile, problem: string): Answer => {
  const opened = openModel(listed)
  if (E.isLeft(opened)) return tensorsAnswer(listed, reasonsOf(listed.format, problem, opened.left.message))
  const answer = networkAnswer(opened.right)
  disposeModel(opened.right)
  return withCuts(path, listed, answer)
}

/** The reasons why a file is no network. Models of ptu are safetensors: of any other format its header says nothing. */
const reasonsOf = (format: string, problem: string, network: string): readonly string[] => [
  ...(format === 'safetensors' ? [`as a model of ptu: ${problem}`] : []),
  `as another network: ${network}`,
]

/** Adds where a model that its file describes can be cut; other files are cut at the blocks of their architecture. */
const withCuts = (path: string, file: TensorFile, answer: NetworkAnswer): Answer => {
  const described = describedIn(file)
  if (described === undefined) return answer
  const cuts = cutsOf(path, 'a network', described.model)
  if (E.isLeft(cuts)) return answer
  return {
    text: `${answer.text}\n\n${cuts.right.text}`,
    json: { ...answer.json, points: cuts.right.points.map((point) => ({ ...point })) },
  }
}

/** Shows the contents of a Hugging Face folder. A backend must have started. */
export const inspectFolder = (path: string): TE.TaskEither<ExperimentError, Answer> =>
  pipe(
    readModel(path),
    TE.bimap(
      ({ message }): ExperimentError =>
        new RunError(`cannot use ${message.startsWith(path) ? message : `${path}: ${message}`}`),
      (model) => {
        const answer = networkAnswer(model)
        disposeModel(model)
        return answer
      },
    ),
  )

interface NetworkAnswer {
  readonly text: string
  readonly json: Readonly<Record<string, Json>>
}

const networkAnswer = (model: ModelFile): NetworkAnswer => {
  const { format, architecture, source, head, input, leftOver, facts } = model
  const blocks = source.blocks.map(({ name, params }) => ({ name, parameters: countParams(params) }))
  const parameters = blocks.reduce((sum, block) => sum + block.parameters, 0)
  const recipe = recipes.find((known) => known.format === 'pytorch' && architecture.endsWith(known.architecture))
  const range = recipe === undefined ? rangeText(model) : `as the recipe ${recipe.name} says`
  return {
    text: [
      `${architecture}: ${format}`,
      model.tokens ? tokensText(model.tokens) : `input ${input.join(' × ')}; range of pixels ${range}`,
      `${blocks.length} blocks of ${parameters} parameters, ${byteSize(4 * parameters)}; ${head === undefined ? 'no classifier' : 'the classifier is left out when it is transferred'}`,
      '',
      table(
        ['#', 'block', 'parameters', 'size'],
        blocks.map((block, i) => [String(i + 1), block.name, String(block.parameters), byteSize(4 * block.parameters)]),
      ),
      '',
      ...Object.entries(facts).map(([name, value]) => `${name}: ${value}`),
      ...leftOverText(leftOver),
      model.tokens
        ? 'use it: ptu train TEXTS.csv --model FOLDER, with the tokenizer.json in the folder; --tokens says how many are read of a text'
        : 'use it: ptu train FOLDER --model FILE, ptu compare --model FILE --target FOLDER; --cut and --until take names or numbers of blocks',
    ].join('\n'),
    json: {
      kind: 'network',
      ...{ format, architecture, input, blocks, parameters, hasHead: head !== undefined, facts, leftOver },
      recipe: recipe?.name ?? null,
      ...(model.tokens && { tokens: { ...model.tokens } }),
      ...(model.normalisation && { normalisation: { ...model.normalisation } }),
    },
  }
}

const tokensText = ({ vocabulary, padding, longest }: TokenInput): string =>
  `input texts of up to ${longest} tokens, of ${vocabulary} that it knows; token ${padding} fills the end of shorter ones`

const rangeText = (model: ModelFile): string =>
  model.pixels ??
  (model.normalisation &&
    `as preprocessor_config.json says: mean ${model.normalisation.mean.join(', ')}, deviation ${model.normalisation.deviation.join(', ')} of pixels from 0 to 1`) ??
  `unknown; --range says it (${model.format.startsWith('Keras') ? usualRanges.keras : usualRanges.pytorch} is assumed)`

const leftOverText = (names: readonly string[]): readonly string[] => {
  if (names.length === 0) return ['every tensor of the file is used']
  const more = names.length > few ? ` and ${names.length - few} more` : ''
  return [`not used: ${names.slice(0, few).join(', ')}${more}`]
}

const tensorsAnswer = ({ format, tensors, others, facts }: TensorFile, why: readonly string[]): Answer => {
  const rows = tensors.map(({ name, shape, dtype }) => ({ name, shape, dtype }))
  return {
    text: [
      `${format}: ${tensors.length} tensors of no architecture that is known`,
      ...why,
      '',
      table(
        ['tensor', 'shape', 'numbers'],
        rows.slice(0, few).map(({ name, shape, dtype }) => [name, shape.join(' × '), dtype]),
      ),
      ...(rows.length > few ? [`and ${rows.length - few} more; --json has all`] : []),
    ].join('\n'),
    json: { kind: 'tensors', format, why, tensors: rows, others, facts },
  }
}
