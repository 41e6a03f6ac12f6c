import { quoted } from './errors.ts'

/** The number of letters to change, to add or to leave out between two texts. */
const distance = (a: string, b: string): number => {
  let before = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++)
      row.push(
        Math.min(
          (before[j] as number) + 1,
          (row[j - 1] as number) + 1,
          (before[j - 1] as number) + Number(a[i - 1] !== b[j - 1]),
        ),
      )
    before = row
  }
  return before[b.length] as number
}

/**
 * A suggestion of the name that is nearest to a misspelt one, or nothing where none is near.
 *
 * @example
 * ```ts
 * expect(nearName('pricee', ['size', 'price'])).toBe('; did you mean "price"?')
 * expect(nearName('colour', ['size', 'price'])).toBe('')
 * ```
 */
export const nearName = (word: string, names: readonly string[]): string => {
  const rated = (word.length > 100 ? [] : names.slice(0, 1000).filter(({ length }) => length <= 100))
    .map((name) => ({ name, far: distance(word.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.far - b.far)
  const [best] = rated
  return best !== undefined && best.far <= Math.ceil(best.name.length / 3) ? `; did you mean ${quoted(best.name)}?` : ''
}
