import { isRecord } from '@ptu/core'
import { ImportError } from '@ptu/networks'

import { itemsOf, listAt, recordOf, shown, valueAt, type Fields } from './fields.ts'

/** The names of what a layer reads, once per use of the layer. */
export const inboundOf = (layer: Fields): readonly (readonly string[])[] => {
  if (valueAt(layer, 'inbound_nodes') === undefined) return []
  const attends = valueAt(layer, 'class_name') === 'MultiHeadAttention'
  return listAt(layer, 'inbound_nodes').map((call) => {
    const read = isRecord(call) ? tensorsOfKeras3(recordOf(call, layer.place)) : tensorsOfKeras2(call)
    const names = read.map((tensor) => nameOf(tensor))
    return attends ? theOneOf(names) : names
  })
}

/** The layer whose steps attend to each other; throws where queries, keys and values are not of one. */
const theOneOf = (names: readonly string[]): readonly string[] => {
  const [first, ...others] = new Set(names)
  if (first === undefined || others.length > 0)
    throw new ImportError(
      `expected queries, keys and values of one layer, got ${[...new Set(names)].map(shown).join(', ')}; use the model as a black box`,
    )
  return [first]
}

/** The names of a model's inputs or outputs: `['conv', 0, 0]` or a list of such. */
export const endsAt = (config: Fields, field: 'input_layers' | 'output_layers'): readonly string[] => {
  const ends = listAt(config, field)
  return (typeof ends[0] === 'string' ? [ends] : ends).map(nameOf)
}

/** `[[name, call, tensor, options], ...]` */
const tensorsOfKeras2 = (call: unknown): readonly unknown[] => {
  return itemsOf(call).flatMap((tensor) => {
    const options = itemsOf(tensor)[3]
    return [tensor, ...(isRecord(options) ? alsoRead(options) : [])]
  })
}

/** `{ args: [tensor or [tensor, ...]], kwargs }`, where a tensor's `keras_history` is `[name, call, tensor]`. */
const tensorsOfKeras3 = (call: Fields): readonly unknown[] => {
  const options = valueAt(call, 'kwargs')
  return [...readBy(call), ...(isRecord(options) ? alsoRead(options) : [])]
    .filter((value) => typeof value !== 'number')
    .map(historyOf)
}

/** The inputs of a call of Keras 3: tensors and, for an operation such as `x + 3`, a number. */
const readBy = (call: Fields): readonly unknown[] => listAt(call, 'args').flatMap(itemsOf)

/** The number that an operation of Keras 3 reads beside a layer; undefined where it reads none. */
export const numberReadBy = (layer: Fields): number | undefined => {
  const [call] = itemsOf(valueAt(layer, 'inbound_nodes'))
  if (!isRecord(call)) return undefined
  return readBy(recordOf(call, layer.place)).find((value) => typeof value === 'number')
}

const historyOf = (tensor: unknown): unknown => {
  const config = isRecord(tensor) ? valueAt({ place: '', values: tensor }, 'config') : undefined
  return isRecord(config) ? valueAt({ place: '', values: config }, 'keras_history') : undefined
}

/** The options that change the output of a call and cannot be opened. */
const refused = [
  ...['initial_state', 'mask', 'attention_mask', 'query_mask', 'value_mask', 'key_mask'],
  ...['use_causal_mask', 'return_attention_scores'],
]

/** The tensors that a layer is given by name, `value` and `key` of attention; throws for those that it cannot be opened with. */
const alsoRead = (options: Readonly<Record<string, unknown>>): readonly unknown[] => {
  for (const name of refused)
    if (Object.hasOwn(options, name) && options[name] !== null && options[name] !== false)
      throw new ImportError(`expected layers that are called with their input alone, one is given ${name}`)
  return ['query', 'value', 'key'].flatMap((name) =>
    Object.hasOwn(options, name) && options[name] !== null ? [options[name]] : [],
  )
}

const nameOf = (tensor: unknown): string => {
  const [name, , index = 0] = itemsOf(tensor)
  if (typeof name !== 'string') throw new ImportError(`expected the name of a layer, got ${shown(tensor)}`)
  if (index !== 0) throw new ImportError(`expected layers with one output, ${shown(name)} has more`)
  return name
}
