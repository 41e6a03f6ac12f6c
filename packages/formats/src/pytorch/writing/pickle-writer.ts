/** A value that a pickle of a `state_dict` is made of. */
export type PickleValue =
  | boolean
  | number
  | string
  | { readonly tuple: readonly PickleValue[] }
  /** A class or function by its module and name. */
  | { readonly global: readonly [module: string, name: string] }
  /** The result of a call. */
  | { readonly call: PickleValue; readonly args: readonly PickleValue[]; readonly items?: readonly Item[] }
  /** Something outside of the pickle, by an identifier. */
  | { readonly outside: PickleValue }

/** A key of a dictionary and its value. */
export type Item = readonly [key: string, value: PickleValue]

const encoder = new TextEncoder()

const bytes32 = (value: number): readonly number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)

const textOf = (text: string): readonly number[] => {
  const encoded = encoder.encode(text)
  return [0x58, ...bytes32(encoded.length), ...encoded]
}

/** An integer from 0 to 2³¹ - 1, else as a long integer of 8 bytes. */
const integerOf = (value: number): readonly number[] => {
  if (value < 2 ** 8) return [0x4b, value]
  if (value < 2 ** 31) return [0x4a, ...bytes32(value)]
  return [0x8a, 8, ...bytes32(value % 2 ** 32), ...bytes32(Math.floor(value / 2 ** 32))]
}

const calledOf = (value: Extract<PickleValue, { readonly call: PickleValue }>): readonly number[] => {
  const items = (value.items ?? []).flatMap(([key, item]) => [...textOf(key), ...codeOf(item)])
  const set = items.length > 0 ? [0x28, ...items, 0x75] : []
  return [...codeOf(value.call), ...codeOf({ tuple: value.args }), 0x52, ...set]
}

const codeOf = (value: PickleValue): readonly number[] => {
  if (typeof value === 'boolean') return [value ? 0x88 : 0x89]
  if (typeof value === 'number') return integerOf(value)
  if (typeof value === 'string') return textOf(value)
  if ('tuple' in value) return value.tuple.length === 0 ? [0x29] : [0x28, ...value.tuple.flatMap(codeOf), 0x74]
  if ('global' in value) return [0x63, ...encoder.encode(`${value.global.join('\n')}\n`)]
  if ('outside' in value) return [...codeOf(value.outside), 0x51]
  return calledOf(value)
}

/**
 * The bytes of a pickle of protocol 2, which calls nothing but what its value names. Numbers are integers from 0.
 *
 * References:
 *   Python, "pickletools", the machine and its opcodes, https://docs.python.org/3/library/pickletools.html
 */
export const encodePickle = (value: PickleValue): Uint8Array => Uint8Array.from([0x80, 2, ...codeOf(value), 0x2e])
