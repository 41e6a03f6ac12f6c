import { signed } from '@ptu/experiments'

export { percent, points, probability, signed } from '@ptu/experiments'
export { duration } from './duration.ts'

/** A number of things: `1 image`, `3 images`. */
export const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`

/** The same of things that are named as several: `1 row` of `rows`. */
export const countedOf = (count: number, many: string): string => counted(count, many.replace(/s$/, ''))

/** A difference in nats, with its sign: `+11.0`. */
export const nats = (difference: number): string => signed((size) => size.toFixed(1), difference)

/** A number of bytes: `812 B`, `46 kB`, `1.2 MB`. */
export const byteSize = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 999_500 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** The most names that a text lists; documents have them all. */
const mostNames = 30

/**
 * The first names of a list, and how many others there are.
 *
 * @example
 * ```ts
 * expect(firstNames(['cat', 'dog'])).toBe('cat, dog')
 * ```
 */
export const firstNames = (names: readonly string[]): string => {
  const others = names.length - mostNames
  return `${names.slice(0, mostNames).join(', ')}${others > 0 ? ` and ${counted(others, 'other')}` : ''}`
}
