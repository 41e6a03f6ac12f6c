import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Every leaf of a document: its place, with `[]` for members of lists, and its type. */
const leaves = (value: unknown, place: string): readonly (readonly [string, string])[] => {
  if (Array.isArray(value)) return value.flatMap((member) => leaves(member, `${place}[]`))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, member]) => leaves(member, place === '' ? name : `${place}.${name}`))
  return [[place, value === null ? 'null' : typeof value === 'string' ? 'text' : typeof value]]
}

/**
 * The fields of a document that a page of `docs/` does not name with their types. A part that is null as a whole is
 * documented at its members.
 */
export const undocumentedIn = async (document: unknown, page: string): Promise<readonly string[]> => {
  const text = await readFile(join(import.meta.dirname, '../../../docs', page), 'utf8')
  const documented = new Map(
    [...text.matchAll(/^\| `([^`]+)` +\| ([a-z ]+?) +\|/gm)].map(([, name = '', type = '']) => [name, type]),
  )
  const names = [...documented.keys()]
  const isKnown = ([place, type]: readonly [string, string]): boolean =>
    documented.has(place)
      ? (documented.get(place) ?? '').split(' or ').includes(type)
      : type === 'null' && names.some((name) => name.startsWith(`${place}.`) || name.startsWith(`${place}[]`))
  return [
    ...new Set(
      leaves(document, '')
        .filter((leaf) => !isKnown(leaf))
        .map((leaf) => leaf.join(' ')),
    ),
  ]
}
