import type { Json } from '@ptu/core'
import { encodingWords, type ImageRule } from '@ptu/data'
import type { ModelFacts } from '@ptu/experiments'

import { ptuVersion } from '../versions.ts'

/** The files that lie beside every model: the description for programs, for people, and the names of the classes. */
export const describedNames = ['export.json', 'README.txt', 'labels.txt'] as const

/** The name of a network's input. */
export const inputName = ({ shape, vocabulary, image }: ModelFacts): string => {
  if (vocabulary !== null) return 'tokens'
  return image !== null || shape.length === 3 ? 'pixels' : 'features'
}

/** The shape of one input in an order of axes. */
export const inputShape = ({ shape }: ModelFacts, layout: 'nhwc' | 'nchw'): readonly number[] =>
  layout === 'nchw' && shape.length === 3 ? [shape[2] ?? 1, ...shape.slice(0, 2)] : shape

const fits: Readonly<Record<ImageRule['fit'], string>> = {
  squash: 'resized to that size whatever its shape',
  crop: 'resized until it covers that size, and the middle cut out',
  pad: 'resized to fit in that size, with a border around it',
}

/** The way from a picture, a row or a text to the input, in words. */
export const inputWords = ({ image, encoding, vocabulary, shape }: ModelFacts): string => {
  if (image !== null) {
    const colours = image.channels === 1 ? 'grey' : 'red, green, blue'
    const shorter = image.shorter === undefined ? '' : ` (the shorter side first becomes ${image.shorter})`
    return `a picture of ${image.size.join(' × ')} pixels, ${colours}, ${fits[image.fit]}${shorter}; bilinear, smoothed where it shrinks; transparent parts on ${image.background?.join(', ') ?? 'white'}`
  }
  if (encoding !== undefined)
    return `${encodingWords(encoding)}; export.json says how they become ${shape[0] ?? 0} numbers`
  if (vocabulary !== null)
    return `the places of ${shape[0] ?? 0} tokens in the vocabulary of export.json, with 0 after the last one and 1 for others`
  return `${shape.join(' × ')} numbers in the form that the training data have`
}

/** The step before the first layer, in words. */
export const normalisationWords = ({ normalisation: { mean, deviation } }: ModelFacts): string =>
  `(x - mean) / deviation with mean ${JSON.stringify(mean)} and deviation ${JSON.stringify(deviation)}`

/** The last step of an exported graph, and the name of its output. */
interface ExportedAnswer {
  readonly name: 'probabilities' | 'predictions'
  readonly answer: 'softmax' | 'sigmoid' | { readonly mean: number; readonly deviation: number }
}

/** The last steps of tasks whose examples do not have one class each. */
const answers: Readonly<Record<NonNullable<ModelFacts['task']>['kind'], (facts: ModelFacts) => ExportedAnswer>> = {
  'multi-label': () => ({ name: 'probabilities', answer: 'sigmoid' }),
  regress: ({ task }) => ({ name: 'predictions', answer: task?.scale ?? { mean: 0, deviation: 1 } }),
}

/** The last step of an exported graph: softmax, unless examples do not have one class each. */
export const answerOf = (facts: ModelFacts): ExportedAnswer =>
  facts.task === undefined ? { name: 'probabilities', answer: 'softmax' } : answers[facts.task.kind](facts)

/** The way from logits to an answer, in words. */
export const taskWords = ({ task, classes }: ModelFacts): string => {
  if (task?.scale !== undefined)
    return `${classes[0] ?? ''} is ${String(task.scale.mean)} + ${String(task.scale.deviation)} · logit`
  return task?.thresholds === undefined
    ? 'their softmax are the probabilities'
    : `their sigmoid are the probabilities; a label is on from ${task.thresholds.map((t) => Number(t.toPrecision(4))).join(', ')} on`
}

/** The facts that a file's metadata hold, as texts. */
export const metadataOf = (facts: ModelFacts): Readonly<Record<string, string>> => ({
  labels: JSON.stringify(facts.classes),
  input: inputWords(facts),
  ...(facts.task && { task: JSON.stringify(facts.task) }),
  ...(facts.image && { image: JSON.stringify(facts.image) }),
  ...(facts.encoding && { encoding: JSON.stringify(facts.encoding) }),
  ...(facts.vocabulary && { vocabulary: JSON.stringify(facts.vocabulary) }),
  method: facts.method,
  ptu: ptuVersion,
})

/** The content of `export.json`. */
export const documentOf = (facts: ModelFacts, more: Readonly<Record<string, Json>>): string =>
  `${JSON.stringify(
    {
      ...{ schema: 'ptu-export/1', ptu: ptuVersion, method: facts.method, labels: facts.classes },
      ...(facts.task && { task: facts.task as unknown as Json }),
      ...{ image: facts.image, encoding: facts.encoding ?? null, vocabulary: facts.vocabulary },
      ...{ normalisation: facts.normalisation, ...more },
    },
    null,
    2,
  )}\n`

/** The content of `labels.txt`: a class a line, without control characters. */
export const labelLines = ({ classes }: ModelFacts): string =>
  classes.map((name) => `${name.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')}\n`).join('')
