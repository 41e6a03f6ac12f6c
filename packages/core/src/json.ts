/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/**
 * Tells whether a value is a plain record: made by `{…}`, by `JSON.parse` or by `Object.create(null)`.
 *
 * Lists, tensors, typed arrays and other instances are none. The names of a record's fields do not matter, so that a layer
 * or a column may be called `constructor`.
 *
 * @example
 * ```ts
 * expect([isRecord({ constructor: 0 }), isRecord([]), isRecord(null)]).toEqual([true, false, false])
 * ```
 */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * JSON with the names of every record in alphabetical order: equal values give equal texts.
 *
 * @example
 * ```ts
 * expect(canonical({ b: 1, a: [2] })).toBe('{"a":[2],"b":1}')
 * ```
 */
export const canonical = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isRecord(value)) return JSON.stringify(value)
  const names = Object.keys(value).toSorted()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] as Json)}`).join(',')}}`
}
