import type { BodyName } from '@ptu/config'
import { parseSource, type Dataset } from '@ptu/data'
import { dense, timeDistributed, type Layer } from '@ptu/layers'
import { lenet, mlp, resnet, rowReader, tagger, vgg, type Body } from '@ptu/networks'
import * as E from 'fp-ts/lib/Either.js'

const bodies: Readonly<Record<BodyName, (source: Dataset) => Body>> = {
  lenet: () => lenet(),
  mlp: () => mlp(),
  vgg: () => vgg(),
  resnet: () => resnet(),
  rows: () => rowReader(48),
  tagger: ({ vocabulary = [] }) => tagger({ vocabulary: vocabulary.length }),
  'tagger-lstm': ({ vocabulary = [] }) => tagger({ vocabulary: vocabulary.length, cell: 'lstm' }),
}

/** The ready-made body of a name; of the data of a task it takes the vocabulary alone. */
export const bodyOf = (name: BodyName, data: Dataset): Body => bodies[name](data)

/** A new head for the classes of a task: at each step, where steps are tagged. */
export const headFor = ({ classes, tagged }: Dataset): Layer =>
  tagged === true ? timeDistributed(dense(classes.length), { masked: true }) : dense(classes.length)

/** Whether a data specification names texts with a tag for each token. */
export const isTaggedSource = (text: string): boolean => {
  const spec = parseSource(text)
  return E.isRight(spec) && (spec.right.kind === 'brown' || spec.right.kind === 'tags')
}

/** The body that a configuration names or that its source asks for. */
export const bodyFor = ({ body, source }: { readonly body: BodyName | undefined; readonly source: string }): BodyName =>
  body ?? (isTaggedSource(source) ? 'tagger' : 'lenet')

/** Whether a body reads texts and has an output at each step. */
export const isTagger = (name: BodyName): boolean => name.startsWith('tagger')

/** Why data cannot go through a body, or undefined. */
export const bodyProblem = (name: BodyName, { tagged = false }: Dataset): string | undefined => {
  if (tagged === isTagger(name)) return undefined
  return tagged
    ? `expected the body tagger or tagger-lstm for texts with a tag for each token, got ${name}; leave --body out`
    : `expected texts with a tag for each token for the body ${name}, such as brown:news; name another --body`
}
