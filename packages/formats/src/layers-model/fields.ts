import { isRecord } from '@ptu/core'
import type { Extent } from '@ptu/layers'
import { ImportError } from '@ptu/networks'

/** A record of a model's description and where it is, for messages. */
export interface Fields {
  readonly place: string
  readonly values: Readonly<Record<string, unknown>>
}

/** A value as short JSON text. */
export const shown = (value: unknown): string =>
  ((JSON.stringify(value) as string | undefined) ?? 'nothing').slice(0, 80)

/** The items of a list; a value that is none is the one item. */
export const itemsOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as readonly unknown[]) : [value]

/** The value of a field, undefined where it is missing or null. Fields of the prototype are no fields. */
export const valueAt = ({ values }: Fields, name: string): unknown =>
  Object.hasOwn(values, name) ? (values[name] ?? undefined) : undefined

/** Throws an {@link ImportError} that names a field, what was expected there and what came. */
export const refuse = (fields: Fields, name: string, expected: string): never => {
  throw new ImportError(`${fields.place}: expected ${name} to be ${expected}, got ${shown(valueAt(fields, name))}`)
}

export const recordOf = (value: unknown, place: string): Fields => {
  if (!isRecord(value)) throw new ImportError(`${place}: expected a record, got ${shown(value)}`)
  return { place, values: value }
}

export const recordAt = (fields: Fields, name: string): Fields => {
  const value = valueAt(fields, name)
  return isRecord(value) ? { place: fields.place, values: value } : refuse(fields, name, 'a record')
}

export const listAt = (fields: Fields, name: string): readonly unknown[] => {
  const value = valueAt(fields, name)
  return Array.isArray(value) ? (value as readonly unknown[]) : refuse(fields, name, 'a list')
}

export const textAt = (fields: Fields, name: string, missing?: string): string => {
  const value = valueAt(fields, name) ?? missing
  return typeof value === 'string' ? value : refuse(fields, name, 'a text')
}

export const booleanAt = (fields: Fields, name: string, missing: boolean): boolean => {
  const value = valueAt(fields, name) ?? missing
  return typeof value === 'boolean' ? value : refuse(fields, name, 'true or false')
}

export const numberAt = (fields: Fields, name: string, missing?: number): number => {
  const value = valueAt(fields, name) ?? missing
  return typeof value === 'number' && Number.isFinite(value) ? value : refuse(fields, name, 'a finite number')
}

/** Sizes beyond this are refused: a description must not make us allocate without bound. */
const largestSize = 2 ** 24

export const isSize = (value: unknown, least = 1): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= largestSize

export const sizeAt = (fields: Fields, name: string, missing?: number): number => {
  const value = valueAt(fields, name) ?? missing
  return isSize(value) ? value : refuse(fields, name, `an integer from 1 to ${largestSize}`)
}

/** One size for every axis, given as a number or as a list of equal ones. */
export const squareAt = (fields: Fields, name: string, missing?: number): number => {
  const value = valueAt(fields, name) ?? missing
  const [first, ...rest] = itemsOf(value)
  return isSize(first) && rest.every((size) => size === first)
    ? first
    : refuse(fields, name, `one size from 1 to ${largestSize} for every axis`)
}

/** A size for height and one for width, given as a number or as a list of two. */
export const extentAt = (fields: Fields, name: string, missing?: Extent): Extent => {
  const value = valueAt(fields, name) ?? missing
  const [first, second = first, ...rest] = itemsOf(value)
  return isSize(first) && isSize(second) && rest.length === 0
    ? [first, second]
    : refuse(fields, name, `a size from 1 to ${largestSize} or two`)
}

/** Throws unless a field is missing or has one of the values that are understood. */
export const checkOnly = (fields: Fields, name: string, allowed: readonly unknown[]): void => {
  const value = valueAt(fields, name)
  if (value !== undefined && !allowed.includes(value)) refuse(fields, name, allowed.map(shown).join(' or '))
}
