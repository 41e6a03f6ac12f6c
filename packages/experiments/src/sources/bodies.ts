import { OptionError, ShapeError } from '@ptu/core'
import { tokensOf, type Dataset, type WordVectors } from '@ptu/data'
import { lenet, mlp, resnet, rowReader, tagger, textReader, vgg, type Body } from '@ptu/networks'

import type { TaskData } from '../tasks/task-data.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import { startAtVectors } from './word-start.ts'

/** A ready-made network before its head, by name. */
export interface BodyRecipe {
  readonly name: string
  /** The kind of task whose inputs it reads, as `TaskKind` names it. */
  readonly kind: string
  /** Tells that it gives a text one vector, and reads it by the tokens that the texts of its training have. */
  readonly readsTexts?: boolean
  /** The body for data of a shape and a vocabulary. */
  body(data: BodyData): Body
}

/** The facts of data that a body is made for. */
export interface BodyData extends Pick<Dataset, 'shape' | 'vocabulary'> {
  /** Vectors that were trained elsewhere, one for each token of the vocabulary, to start from. */
  readonly vectors?: WordVectors
}

const reader = (data: BodyData): Body => {
  const { vectors } = data
  const start = vectors && { features: vectors.width, initializer: startAtVectors(vectors) }
  return textReader({ vocabulary: sizeOf(data), ...start })
}

const sizeOf = ({ vocabulary = [] }: Pick<Dataset, 'vocabulary'>): number => vocabulary.length

const recipe = (name: string, kind: string, body: BodyRecipe['body']): BodyRecipe => ({ name, kind, body })

/** The input that a body is made for: the tokens of texts are those of their tokenizer. */
export const bodyData = (
  data: Dataset,
  { encoding, vectors }: Pick<TaskData, 'encoding' | 'vectors'>,
): Dataset & BodyData => ({
  ...data,
  ...(encoding?.kind === 'tokens' && { vocabulary: tokensOf(encoding.tokenizer) }),
  ...(vectors && { vectors }),
})

/** The bodies that a source network trained here can have; modules of users add to them. */
export const bodies: readonly BodyRecipe[] = [
  recipe('lenet', 'classify', () => lenet()),
  recipe('mlp', 'classify', () => mlp()),
  recipe('vgg', 'classify', () => vgg()),
  recipe('resnet', 'classify', () => resnet()),
  recipe('rows', 'classify', () => rowReader(48)),
  recipe('tagger', 'tag', (data) => tagger({ vocabulary: sizeOf(data) })),
  recipe('tagger-lstm', 'tag', (data) => tagger({ vocabulary: sizeOf(data), cell: 'lstm' })),
  { ...recipe('text-lstm', 'classify', reader), readsTexts: true },
]

/** The reason that data cannot go through a body; undefined where they can. */
export const bodyProblem = (recipe: BodyRecipe, data: Dataset): string | undefined => {
  const { name, kind } = recipe
  const wanted = taskKindOf(data).name
  if (recipe.readsTexts === true && (data.padding === undefined || wanted === 'tag'))
    return `expected texts with one label each for the body ${name}; name another --body`
  if (recipe.readsTexts !== true && data.padding !== undefined && wanted !== 'tag')
    return `expected examples of numbers for the body ${name}, got texts, whose tokens are names; leave --body out, or name text-lstm`
  if (kind === wanted) return shapeProblem(recipe, data)
  return wanted === 'tag'
    ? `expected the body tagger or tagger-lstm for texts with a tag for each token, got ${name}; leave --body out`
    : `expected texts with a tag for each token for the body ${name}, such as brown:news; name another --body`
}

/** The reason that examples are of no shape for a body; undefined where they are. */
const shapeProblem = (recipe: BodyRecipe, data: Dataset): string | undefined => {
  try {
    recipe.body(data).reduce((shape, { layer }) => layer.output(shape), data.shape)
    return undefined
  } catch (cause) {
    if (!(cause instanceof ShapeError || cause instanceof OptionError)) throw cause
    return (
      `expected examples that fit the body ${recipe.name}, got ${data.shape.join(' × ')} (${cause.message}); ` +
      'leave --body out, or name another: mlp fits tables and images of any size'
    )
  }
}
