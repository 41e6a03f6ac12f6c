import { isRecord } from '@ptu/core'

import { listAt, recordAt, recordOf, textAt, valueAt, type Fields } from './fields.ts'

/** More is refused before it costs time. */
export const limits = { depth: 16, layers: 5000 } as const

/** The model that a topology describes, alone or with facts of how it was saved. */
export const modelOf = (outer: Fields): Fields => {
  const wrapped = valueAt(outer, 'model_config')
  return isRecord(wrapped) ? recordOf(wrapped, 'the topology') : outer
}

/** The name of a topology's model, for people. */
export const nameOfModel = (topology: unknown): string =>
  modelNameOf(modelOf(recordOf(topology, 'the topology'))) ?? 'model'

/** The name of a model, where it has one. */
export const modelNameOf = (model: Fields): string | undefined => {
  const config = valueAt(model, 'config')
  const name = isRecord(config) ? valueAt({ place: '', values: config }, 'name') : undefined
  return typeof name === 'string' ? name : undefined
}

/** The classes of models that hold layers. */
export const modelTypes: ReadonlySet<string> = new Set(['Model', 'Functional', 'Sequential'])

/** The layers of a model, nested models among them. */
export const layersIn = (model: Fields): readonly Fields[] => {
  const config = valueAt(model, 'config')
  const list = Array.isArray(config) ? (config as readonly unknown[]) : listAt(recordAt(model, 'config'), 'layers')
  return list.map((layer) => recordOf(layer, 'a layer'))
}

/** The name of a layer. */
export const nameOf = (layer: Fields): string => {
  const name = valueAt(layer, 'name')
  return typeof name === 'string' ? name : textAt(recordAt(layer, 'config'), 'name')
}
