import { ImportError } from '@ptu/networks'

import { shown } from '../shown.ts'
import { described, isKind, type Dict, type TensorValue, type Value } from './value.ts'

/** The entries of a `state_dict`, and where it was found. */
export interface FoundStateDict {
  readonly tensors: readonly (readonly [name: string, value: TensorValue])[]
  /** The names of everything else in it. */
  readonly others: readonly string[]
  /** The fields of the checkpoint that lead to it: `model`; empty if the file is the `state_dict` itself. */
  readonly path: readonly string[]
  /** The prefix that every name had: `module.`. */
  readonly prefix: string
}

/** The fields that checkpoints keep a `state_dict` under, likelier ones first. */
const fields = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'weights',
  'params',
] as const

/** The prefixes that wrappers put before every name. */
const wrappers = ['module.', '_orig_mod.', 'model.'] as const

/** Finds the `state_dict` in the value of a file. Throws `ImportError` if there is none. */
export const findStateDict = (value: Value): FoundStateDict => {
  if (!isKind(value, 'dict'))
    throw new ImportError(`expected a state_dict, a dictionary of tensors, got ${described(value)}`)
  const own = tensorsIn(value)
  if (own.length > 0) return named(value, own, [])
  for (const field of fields) {
    const inner = value.entries.get(field)
    if (!isKind(inner, 'dict')) continue
    const found = tensorsIn(inner)
    const beside = namesOf(value).filter((name) => name !== field)
    if (found.length > 0) return named(inner, found, [field], beside)
  }
  throw new ImportError(
    `expected a state_dict, or one in a field ${fields.join(', ')}, got a dictionary of ${namesOf(value).slice(0, 5).map(shown).join(', ') || 'nothing'}`,
  )
}

const namesOf = ({ entries }: Dict): readonly string[] => [...entries.keys()].map((key) => typeof key === 'string' ? key : described(key)) // prettier-ignore

const tensorsIn = ({ entries }: Dict): readonly (readonly [string, TensorValue])[] =>
  [...entries].flatMap(([key, value]) =>
    typeof key === 'string' && isKind(value, 'tensor') ? [[key, value] as const] : [],
  )

const named = (
  dict: Dict,
  found: readonly (readonly [string, TensorValue])[],
  path: readonly string[],
  beside: readonly string[] = [],
): FoundStateDict => {
  const prefix = prefixOf(found.map(([name]) => name))
  const names = new Set(found.map(([name]) => name))
  return {
    tensors: found.map(([name, value]) => [name.slice(prefix.length), value]),
    others: [...namesOf(dict).filter((name) => !names.has(name)), ...beside],
    path,
    prefix,
  }
}

const prefixOf = (names: readonly string[]): string => {
  const wrapper = wrappers.find((one) => names.every((name) => name.startsWith(one) && name.length > one.length))
  return wrapper === undefined ? '' : wrapper + prefixOf(names.map((name) => name.slice(wrapper.length)))
}
