import { isRecord } from '@ptu/core'
import { version_core } from '@tensorflow/tfjs-core'

/** The package that reads `metadata.json`, and its version that this was written for. */
const loader = { packageName: '@teachablemachine/image', packageVersion: '0.8.5' }

const undo = 'undo_scaling'

/**
 * The topology of a photo model for the image loader of Teachable Machine: a layer that undoes what that loader does to
 * pixels, then the model.
 *
 * The loader gives `x = pixel / 127 - 1`, so the layer computes `127·x + 127`. It has no weights.
 *
 * References:
 *   Teachable Machine, `@teachablemachine/image` 0.8.5, src/utils/tf.ts, `capture`, https://github.com/googlecreativelab/teachablemachine-community
 */
export const teachableTopology = (topology: unknown): unknown => {
  const config = isRecord(topology) ? topology['config'] : undefined
  const all: unknown = isRecord(config) ? config['layers'] : undefined
  if (!isRecord(topology) || !isRecord(config) || !Array.isArray(all)) return topology
  const [input, ...rest] = all as readonly Readonly<Record<string, unknown>>[]
  const rescaling = {
    class_name: 'Rescaling',
    name: undo,
    config: { name: undo, trainable: false, scale: 127, offset: 127 },
    inbound_nodes: [[[input?.['name'], 0, 0, {}]]],
  }
  const read = rest.map((layer) => ({ ...layer, inbound_nodes: rewired(layer['inbound_nodes'], input?.['name']) }))
  return { ...topology, config: { ...config, layers: [input, rescaling, ...read] } }
}

/** Applications of a layer that read the new layer instead of the input. */
const rewired = (nodes: unknown, input: unknown): unknown =>
  Array.isArray(nodes)
    ? nodes.map((node: unknown) => (isEntry(node, input) ? [undo, ...node.slice(1)] : rewired(node, input)))
    : nodes

const isEntry = (node: unknown, input: unknown): node is readonly unknown[] =>
  Array.isArray(node) && node.length >= 3 && node[0] === input

/** The metadata that the loader reads beside the model. Without `timeStamp` it takes the time of loading. */
export const teachableMetadata = (
  name: string,
  labels: readonly string[],
  { side, grey, facts }: { readonly side: number; readonly grey: boolean; readonly facts: unknown },
): Readonly<Record<string, unknown>> => ({
  tfjsVersion: version_core,
  ...loader,
  modelName: name,
  labels,
  imageSize: side,
  grayscale: grey,
  userMetadata: facts,
})
