import type { StepPadding } from './conv1d.ts'
import type { Extent, Padding } from './window.ts'

type Sides = readonly [readonly [number, number], readonly [number, number]]

/** A spec does not describe a layer. */
export class SpecError extends Error {
  override readonly name = 'SpecError'
}

/** The fields of a record in a spec and where it is. */
export interface Fields {
  readonly place: string
  readonly values: Readonly<Record<string, unknown>>
}

/** Counts beyond this are refused: no layer has them, and a file must not make us allocate without bound. */
const largestCount = 2 ** 20

/** A value as short JSON text. */
export const shown = (value: unknown): string =>
  ((JSON.stringify(value) as string | undefined) ?? 'nothing').slice(0, 80)

const refuse = ({ place, values }: Fields, name: string, expected: string): never => {
  throw new SpecError(`at ${place}.${name}: expected ${expected}, got ${shown(values[name])}`)
}

const isCount = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= largestCount

/** The record at a place of a spec. */
export const recordAt = (value: unknown, place: string): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SpecError(`at ${place}: expected a record, got ${shown(value)}`)
  return { place, values: value as Readonly<Record<string, unknown>> }
}

/** An integer from 1 to 2²⁰. */
export const countAt = (fields: Fields, name: string): number => {
  const value = fields.values[name]
  return isCount(value, 1) ? value : refuse(fields, name, `an integer from 1 to ${largestCount}`)
}

/** An integer from 0 to 2²⁰. */
export const placeAt = (fields: Fields, name: string): number => {
  const value = fields.values[name]
  return isCount(value, 0) ? value : refuse(fields, name, `an integer from 0 to ${largestCount}`)
}

/** A list of integers from `least` to 2²⁰. */
export const countsAt = (fields: Fields, name: string, least: number): readonly number[] => {
  const value = fields.values[name]
  return Array.isArray(value) && value.length <= 8 && value.every((count) => isCount(count, least))
    ? value
    : refuse(fields, name, `a list of integers from ${least} to ${largestCount}`)
}

/** One of some texts. */
export const oneOfAt = <Text extends string>(fields: Fields, name: string, texts: readonly Text[]): Text => {
  const value = fields.values[name]
  return texts.find((text) => text === value) ?? refuse(fields, name, texts.join(', '))
}

/** A finite number. */
export const numberAt = (fields: Fields, name: string): number => {
  const value = fields.values[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : refuse(fields, name, 'a finite number')
}

/** A list of finite numbers, one at the least. */
export const numbersAt = (fields: Fields, name: string): readonly number[] => {
  const value = fields.values[name]
  return Array.isArray(value) && value.length > 0 && value.length <= largestCount && value.every(Number.isFinite)
    ? (value as readonly number[])
    : refuse(fields, name, 'a list of finite numbers')
}

/** Two integers from 1 to 2²⁰. */
export const pairAt = (fields: Fields, name: string): readonly [number, number] => {
  const [first, second] = countsAt(fields, name, 1)
  return first === undefined || second === undefined ? refuse(fields, name, 'two counts') : [first, second]
}

/** A count for both axes of a map, or one for each. */
export const extentAt = (fields: Fields, name: string): Extent =>
  Array.isArray(fields.values[name]) ? pairAt(fields, name) : countAt(fields, name)

/** True or false. */
export const booleanAt = (fields: Fields, name: string): boolean => {
  const value = fields.values[name]
  return typeof value === 'boolean' ? value : refuse(fields, name, 'true or false')
}

/** A list. */
export const listAt = (fields: Fields, name: string): readonly unknown[] => {
  const value = fields.values[name]
  return Array.isArray(value) ? (value as readonly unknown[]) : refuse(fields, name, 'a list')
}

const isPair = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((count) => isCount(count, 0))

const isSides = (value: unknown): value is Sides => Array.isArray(value) && value.length === 2 && value.every(isPair)

/** Counts at the sides of a map. */
export const sidesAt = (fields: Fields): Sides => {
  const value = fields.values['padding']
  return isSides(value) ? value : refuse(fields, 'padding', '[[top, bottom], [left, right]]')
}

/** Counts before and after a sequence. */
export const stepSidesAt = (fields: Fields): readonly [number, number] => {
  const value = fields.values['padding']
  return isPair(value) ? value : refuse(fields, 'padding', '[before, after]')
}

/** The padding of a window. */
export const paddingAt = (fields: Fields): Padding => {
  const value = fields.values['padding']
  if (value === 'same' || value === 'valid' || isCount(value, 0) || isSides(value)) return value
  return refuse(fields, 'padding', "'same', 'valid', a count or [[top, bottom], [left, right]]")
}

/** The padding of a window over steps. */
export const stepPaddingAt = (fields: Fields): StepPadding => {
  const value = fields.values['padding']
  if (value === 'same' || value === 'valid' || value === 'causal' || isCount(value, 0)) return value
  return isPair(value) ? value : refuse(fields, 'padding', "'same', 'valid', 'causal', a count or [before, after]")
}
