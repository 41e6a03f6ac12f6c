import type { Tree } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

import { describe, refuse, type Decoded } from './issue.ts'
import { suggestion } from './nearest.ts'

/** Checks an unknown value. `path` says where it lies; `undefined` means that it is absent. */
export type Decoder<A> = (input: unknown, path: Tree.Path) => Decoded<A>

/** The type of the value that a decoder makes. */
export type TypeOf<D> = D extends Decoder<infer A> ? A : never

/** The numbers that are allowed: from `min` (or above `above`) to `max`. */
export interface Range {
  readonly min?: number
  readonly above?: number
  readonly max?: number
}

const within = (x: number, { min = -Infinity, above = -Infinity, max = Infinity }: Range): boolean =>
  x >= min && x > above && x <= max

const rangeText = ({ min, above, max }: Range): string =>
  [
    above === undefined ? '' : ` above ${above}`,
    min === undefined ? '' : ` of at least ${min}`,
    max === undefined ? '' : `${min === undefined && above === undefined ? '' : ' and'} at most ${max}`,
  ].join('')

/**
 * A finite number in a range.
 *
 * @example
 * ```ts
 * const decoded = number({ above: 0 })(-1, ['rates', 0])
 * expect(decoded).toEqual(E.left([{ path: ['rates', 0], message: 'expected a number above 0, got -1' }]))
 * ```
 */
export const number =
  (range: Range = {}): Decoder<number> =>
  (input, path) =>
    typeof input === 'number' && Number.isFinite(input) && within(input, range)
      ? E.right(input)
      : refuse(path, `expected a number${rangeText(range)}, got ${describe(input)}`)

/** A whole number in a range, small enough to be exact. */
export const integer =
  (range: Range = {}): Decoder<number> =>
  (input, path) =>
    Number.isSafeInteger(input) && within(input as number, range)
      ? E.right(input as number)
      : refuse(path, `expected a whole number${rangeText(range)}, got ${describe(input)}`)

/** A text that is not empty. */
export const string: Decoder<string> = (input, path) =>
  typeof input === 'string' && input !== '' ? E.right(input) : refuse(path, `expected a text, got ${describe(input)}`)

/** `true` or `false`. */
export const boolean: Decoder<boolean> = (input, path) =>
  typeof input === 'boolean' ? E.right(input) : refuse(path, `expected true or false, got ${describe(input)}`)

/** One of some names; a misspelt one is answered with the nearest. */
export const literal =
  <const Name extends string>(...names: readonly Name[]): Decoder<Name> =>
  (input, path) => {
    const found = names.find((name) => name === input)
    if (found !== undefined) return E.right(found)
    return refuse(path, `expected ${names.join(', ')}; got ${describe(input)}${suggestion(input, names)}`)
  }
