import { isRecord } from '@ptu/core'
import { CorruptFileError } from '@ptu/tensor'

import { shown } from './manifest.ts'

/** The most levels of nesting in a topology. */
const deepest = 64

/** The sizes of a layer that need as many weights. */
const sizes: ReadonlySet<string> = new Set(['units', 'filters', 'input_dim', 'output_dim'])

/**
 * Throws `CorruptFileError` for a topology on which tfjs would hang or run out of memory: functional models that are
 * cyclic or read layers that are not there, and layers with more units than the file has weights.
 */
export const checkTopology = (topology: unknown, weights: number): void => {
  if (!isRecord(topology)) throw new CorruptFileError('it has no modelTopology')
  checkValue(topology, weights, 0)
}

const isSize = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most

const checkValue = (value: unknown, weights: number, depth: number): void => {
  if (depth > deepest) throw new CorruptFileError(`its modelTopology is nested deeper than ${deepest}`)
  if (Array.isArray(value)) for (const each of value) checkValue(each, weights, depth + 1)
  if (!isRecord(value)) return
  if (Array.isArray(value['layers'])) checkGraph(value['layers'])
  for (const [name, each] of Object.entries(value)) {
    if (sizes.has(name) && typeof each === 'number' && !isSize(each, weights))
      throw new CorruptFileError(`a layer has ${name} ${each}, the file has ${weights} weights`)
    checkValue(each, weights, depth + 1)
  }
}

/** Models in a model: their node 0 joins their own inputs and outputs, and is not listed. */
const models: ReadonlySet<unknown> = new Set(['Model', 'Functional', 'Sequential'])

/** The inputs of each application of a layer, as `name#index`; layers of sequential models have none. */
const readsOf = (layers: readonly unknown[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    layers.filter(isRecord).flatMap((layer): readonly (readonly [string, readonly string[]])[] => {
      const nodes = layer['inbound_nodes']
      if (!Array.isArray(nodes)) return []
      const name = String(layer['name'])
      const listed = nodes.map((node: unknown) => (Array.isArray(node) ? node.map(sourceOf) : []))
      const reads = nodes.length === 0 || models.has(layer['class_name']) ? [[], ...listed] : listed
      return reads.map((sources, i) => [`${name}#${i}`, sources])
    }),
  )

const sourceOf = (entry: unknown): string => (Array.isArray(entry) ? `${String(entry[0])}#${String(entry[1])}` : '')

const checkGraph = (layers: readonly unknown[]): void => {
  const reads = readsOf(layers)
  for (const [id, sources] of reads) {
    const missing = sources.find((source) => !reads.has(source))
    if (missing !== undefined)
      throw new CorruptFileError(`layer ${id} reads ${shown(missing)}, which its modelTopology does not have`)
  }
  const done = new Set<string>()
  const open = new Map(reads)
  for (let before = -1; open.size !== before;) {
    before = open.size
    for (const [id, sources] of open)
      if (sources.every((source) => done.has(source))) {
        done.add(id)
        open.delete(id)
      }
  }
  const [cyclic] = open.keys()
  if (cyclic !== undefined) throw new CorruptFileError(`layer ${shown(cyclic)} reads what is made of its own output`)
}
