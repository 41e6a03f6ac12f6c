import { isRecord, type Tree } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { isNonEmpty } from 'fp-ts/lib/Array.js'

import type { Decoder, TypeOf } from './decoder.ts'
import { describe, refuse, type Decoded, type Issue } from './issue.ts'
import { suggestion } from './nearest.ts'

/** Absent or `A`. */
export const optional =
  <A>(decoder: Decoder<A>): Decoder<A | undefined> =>
  (input, path) =>
    input === undefined ? E.right(undefined) : decoder(input, path)

/** `null` or `A`. */
export const nullable =
  <A>(decoder: Decoder<A>): Decoder<A | null> =>
  (input, path) =>
    input === null ? E.right(null) : decoder(input, path)

/** `A`, or `fallback` where it is absent. */
export const withDefault =
  <A>(decoder: Decoder<A>, fallback: A): Decoder<A> =>
  (input, path) =>
    input === undefined ? E.right(fallback) : decoder(input, path)

/** Decodes, then goes on with what was decoded. */
export const refine =
  <A, B>(decoder: Decoder<A>, next: (value: A, path: Tree.Path) => Decoded<B>): Decoder<B> =>
  (input, path) =>
    E.flatMap((value: A) => next(value, path))(decoder(input, path))

/** A list where the input is a list, else the other: `3` or `[0, 4, 5]`. */
export const oneOrList =
  <A, B>(one: Decoder<A>, many: Decoder<readonly B[]>): Decoder<A | readonly B[]> =>
  (input, path) =>
    Array.isArray(input) ? many(input, path) : one(input, path)

/** A list with at most `max` and at least `min` members, every member's problems reported. */
export const list =
  <A>(
    member: Decoder<A>,
    { min = 0, max = 10_000 }: { readonly min?: number; readonly max?: number } = {},
  ): Decoder<readonly A[]> =>
  (input, path) => {
    if (!Array.isArray(input)) return refuse(path, `expected a list, got ${describe(input)}`)
    if (input.length < min || input.length > max)
      return refuse(path, `expected a list of ${min} to ${max} members, got ${input.length}`)
    return gather(
      input.map((value: unknown, i) => member(value, [...path, i])),
      [],
    )
  }

/** A decoder for each field of a record. */
export type Fields = Readonly<Record<string, Decoder<unknown>>>

/** The record that {@link struct} makes of its fields. */
export type Decodes<F extends Fields> = { readonly [N in keyof F]: TypeOf<F[N]> }

/**
 * An object of named fields; every problem of every field is reported. A name that is not a field is one of them.
 *
 * @example
 * ```ts
 * const decoded = struct({ shots: integer({ min: 1 }) })({ shot: 3 }, [])
 * expect(E.isLeft(decoded) && decoded.left.map(({ message }) => message)).toEqual([
 *   'unknown; did you mean "shots"?',
 *   'expected a whole number of at least 1, got nothing',
 * ])
 * ```
 */
export const struct =
  <F extends Fields>(fields: F): Decoder<Decodes<F>> =>
  (input, path) => {
    if (!isRecord(input)) return refuse(path, `expected an object, got ${describe(input)}`)
    const names = Object.keys(fields)
    const strangers = Object.keys(input)
      .filter((name) => !Object.hasOwn(fields, name))
      .map((name): Issue => ({ path: [...path, name], message: `unknown${suggestion(name, names)}` }))
    const values = names.map((name) =>
      (fields[name] as Decoder<unknown>)(Object.hasOwn(input, name) ? input[name] : undefined, [...path, name]),
    )
    return E.map(
      (found: readonly unknown[]) => Object.fromEntries(names.map((name, i) => [name, found[i]])) as Decodes<F>,
    )(gather(values, strangers))
  }

const gather = <A>(results: readonly Decoded<A>[], before: readonly Issue[]): Decoded<readonly A[]> => {
  const issues = [...before, ...results.flatMap((result) => (E.isLeft(result) ? result.left : []))]
  return isNonEmpty(issues) ? E.left(issues) : E.right(results.flatMap((r) => (E.isRight(r) ? [r.right] : [])))
}
