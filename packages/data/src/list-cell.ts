import * as E from 'fp-ts/lib/Either.js'

/**
 * The items of a cell that holds a list. White space around items and empty items do not count; an item in quotes may hold
 * the separator, and a quote of its own doubled.
 *
 * @example
 * ```ts
 * expect(listCell('sport; "a;b" ;', ';')).toEqual(E.right(['sport', 'a;b']))
 * expect(listCell('"sport', ';')).toEqual(E.left('a quote that never closes'))
 * ```
 */
export const listCell = (cell: string, separator: string): E.Either<string, readonly string[]> => {
  const items: string[] = []
  let at = 0
  while (at <= cell.length) {
    const start = cell.length - cell.slice(at).trimStart().length
    if (cell[start] === '"') {
      const found = quotedItem(cell, start)
      if (found === undefined) return E.left('a quote that never closes')
      items.push(found.item)
      const rest = cell.slice(found.end).trimStart()
      if (rest === '') break
      if (!rest.startsWith(separator)) return E.left(`expected ${JSON.stringify(separator)} behind a quoted item`)
      at = cell.indexOf(separator, found.end) + separator.length
    } else {
      const next = cell.indexOf(separator, at)
      items.push(cell.slice(at, next < 0 ? undefined : next).trim())
      if (next < 0) break
      at = next + separator.length
    }
  }
  return E.right(items.filter((item) => item !== ''))
}

/** The item whose quote opens at a place, and the place behind its end. */
const quotedItem = (cell: string, start: number): { readonly item: string; readonly end: number } | undefined => {
  for (let end = start + 1; end < cell.length; end++) {
    if (cell[end] !== '"') continue
    if (cell[end + 1] === '"') end++
    else
      return {
        item: cell
          .slice(start + 1, end)
          .replaceAll('""', '"')
          .trim(),
        end: end + 1,
      }
  }
  return undefined
}
