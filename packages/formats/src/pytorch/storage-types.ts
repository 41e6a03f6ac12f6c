import type { NumberName } from '../numbers.ts'

const names: ReadonlyMap<string, NumberName> = new Map([
  ['Float', 'float32'],
  ['Double', 'float64'],
  ['Half', 'float16'],
  ['BFloat16', 'bfloat16'],
  ['Long', 'int64'],
  ['Int', 'int32'],
  ['Short', 'int16'],
  ['Char', 'int8'],
  ['Byte', 'uint8'],
  ['Bool', 'bool'],
])

/** The numbers that a storage of a class holds, `Float` for `FloatStorage`; undefined for those that are not read. */
export const numberNameOf = (type: string): NumberName | undefined => names.get(type)
