import { messageOf, type ByteSource } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { isHdf5, nodeBelow, readHdf5, type Hdf5Node } from '../hdf5/read-hdf5.ts'
import { weightsInFolders } from '../layers-model/folder-weights.ts'
import { recordOf, valueAt } from '../layers-model/fields.ts'
import { layerTree } from '../layers-model/layer-tree.ts'
import type { StoredTensor, TensorFile } from '../stored-tensor.ts'
import { openArchive, type Member } from '../zip/archive.ts'
import { isZip } from '../zip/directory.ts'
import { textsOf, weightsInGroups } from './group-weights.ts'

/** Descriptions of more bytes are refused before they are read. */
const longestDescription = 2 ** 26

const weightsName = 'model.weights.h5'

/** Tells whether a zip archive is one of Keras: it holds its members. */
const isKerasArchive = (source: ByteSource): boolean => {
  try {
    const members = openArchive(source)
    return members.has('config.json') && (members.has(weightsName) || members.has('metadata.json'))
  } catch (cause) {
    if (cause instanceof ImportError) return false
    throw cause
  }
}

/** Tells whether a file is one of Keras, `.keras` or HDF5. */
export const isKeras = (source: ByteSource): boolean => isHdf5(source) || (isZip(source) && isKerasArchive(source))

/**
 * Reads a `.keras` archive, an `.h5` of a whole model, or an `.h5` of weights alone, of Keras 2 and 3.
 *
 * A file of weights alone has a model only with `description`, the `config.json` of an archive or what `model.to_json()`
 * gives. Keeps the source; nothing of a file is run. Throws `ImportError`.
 */
export const readKeras = (source: ByteSource, description?: Uint8Array): TensorFile =>
  isHdf5(source) ? fromHdf5(source, description) : fromArchive(source)

const fromArchive = (source: ByteSource): TensorFile => {
  const members = openArchive(source)
  const memberOf = (name: string): Member => {
    const member = members.get(name)
    if (member === undefined) throw new ImportError(`expected a member ${name} of the Keras archive, it is missing`)
    return member
  }
  const contentOf = (name: string): Uint8Array => {
    const member = memberOf(name)
    if (member.size > longestDescription)
      throw new ImportError(`expected ${name} of at most ${longestDescription} bytes, it has ${member.size}`)
    return member.bytes()
  }
  const version = members.has('metadata.json')
    ? valueAt(recordOf(jsonOf('metadata.json', contentOf('metadata.json')), 'metadata.json'), 'keras_version')
    : undefined
  const topology = { model_config: jsonOf('config.json', contentOf('config.json')), keras_version: version }
  const root = readHdf5(memberOf(weightsName).source())
  const weights = tensorsBelow(root)
  return {
    ...fileOf(`Keras archive (.keras${versionText(version)})`, weights),
    model: { topology, weights, owned: weightsInFolders(layerTree(topology), weights) },
  }
}

const versionText = (version: unknown): string => (typeof version === 'string' ? `, Keras ${version.slice(0, 20)}` : '')

const fileOf = (format: string, tensors: readonly StoredTensor[]): TensorFile => ({
  format,
  tensors,
  others: [],
  facts: {},
})

const fromHdf5 = (source: ByteSource, description: Uint8Array | undefined): TensorFile => {
  const root = readHdf5(source)
  const weights = tensorsBelow(root)
  const [config] = textsOf(root, 'model_config')
  const groups = nodeBelow(root, 'model_weights') ?? root
  const [version] = [...textsOf(root, 'keras_version'), ...textsOf(groups, 'keras_version')]
  const isGrouped = textsOf(groups, 'layer_names').length > 0
  const whole = config === undefined ? '' : ' of a whole model'
  const file = fileOf(`Keras HDF5${whole || ' of weights'}${versionText(version)}`, weights)
  const described = config === undefined ? description && jsonOf('the description', description) : jsonOf('model_config', config) // prettier-ignore
  if (described === undefined) return file
  const topology = { model_config: described, ...(version !== undefined && { keras_version: version }) }
  const tree = layerTree(topology)
  const owned = isGrouped ? weightsInGroups(tree, groups) : weightsInFolders(tree, weights)
  return { ...file, model: { topology, weights, owned } }
}

const jsonOf = (place: string, content: Uint8Array | string): unknown => {
  try {
    const text = typeof content === 'string' ? content : new TextDecoder('utf-8', { fatal: true }).decode(content)
    return JSON.parse(text)
  } catch (cause) {
    throw new ImportError(`${place}: expected JSON: ${messageOf(cause).slice(0, 200)}`, { cause })
  }
}

/** More groups inside of each other are refused. */
const deepest = 64

const tensorsBelow = (node: Hdf5Node, depth = 0): readonly StoredTensor[] => {
  if (depth > deepest) throw new ImportError(`expected groups at most ${deepest} deep in the HDF5 file`)
  const inner = [...node.children.values()].flatMap((child) => tensorsBelow(child(), depth + 1))
  return node.tensor === undefined ? inner : [node.tensor, ...inner]
}
