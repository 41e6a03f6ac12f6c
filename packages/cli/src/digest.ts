import type { Json } from '@ptu/core'
import { createHash } from 'node:crypto'

/** JSON with the names of every object in alphabetical order: equal values give equal texts. */
export const canonical = (value: Json): string => JSON.stringify(sorted(value))

const sorted = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}

/** The first 16 hexadecimal digits of the SHA-256 of a value. */
export const digestOf = (value: Json): string => sha256(canonical(value)).slice(0, 16)

/** The SHA-256 of texts and bytes, one after another, in hexadecimal. */
export const sha256 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
