/** A value in a pickle, as plain data. No value is ever called. */
export type Value = null | boolean | number | string | Uint8Array | List | Tuple | Dict | Global | Storage | TensorValue

/** A list, which its pickle may lengthen. */
export interface List {
  readonly kind: 'list'
  readonly items: Value[]
}

export interface Tuple {
  readonly kind: 'tuple'
  readonly items: readonly Value[]
}

/** A dictionary, ordered or not, which its pickle may extend. */
export interface Dict {
  readonly kind: 'dict'
  readonly entries: Map<Value, Value>
}

/** The name of a class or function; only a name. */
export interface Global {
  readonly kind: 'global'
  readonly name: string
}

/** A one-dimensional array of numbers that lies outside the pickle. */
export interface Storage {
  readonly kind: 'storage'
  readonly key: string
  /** The name of its class without `Storage`: `Float`, `BFloat16`, `QInt8`. */
  readonly type: string
  /** The number of its numbers. */
  readonly count: number
  /** The place at which this view of the storage begins, in numbers; 0 unless the file is of PyTorch before 0.4. */
  readonly begin: number
}

/** A tensor: a storage and its layout there. `special` names a tensor that is more than that: `quantised`, `sparse`. */
export interface TensorValue {
  readonly kind: 'tensor'
  readonly storage: Storage | undefined
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly special?: string
}

/** Tells whether a value is one of a kind. */
export const isKind = <Kind extends 'list' | 'tuple' | 'dict' | 'global' | 'storage' | 'tensor'>(
  value: Value | undefined,
  kind: Kind,
): value is Extract<Value, { readonly kind: Kind }> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind

/** The items of a list or tuple, undefined for other values. */
export const itemsOf = (value: Value | undefined): readonly Value[] | undefined =>
  isKind(value, 'list') || isKind(value, 'tuple') ? value.items : undefined

/** A value as it is named in messages. */
export const described = (value: Value | undefined): string => {
  if (value === undefined) return 'nothing'
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value)
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80))
  if (value instanceof Uint8Array) return 'bytes'
  return value.kind === 'global' ? value.name : `a ${value.kind}`
}
