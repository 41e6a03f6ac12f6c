import { readFile } from 'node:fs/promises'

/** The fields that a page of the documentation names, `docs/<name>.md`, with the types of each. */
export const documentedIn = async (name: string): Promise<ReadonlyMap<string, string>> => {
  const page = await readFile(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8')
  return new Map(
    [...page.matchAll(/^\| `([^`]+)` +\| ([a-z ]+?) +\|/gm)].map(([, field = '', type = '']) => [field, type]),
  )
}

/** Every leaf of a document: its place, with `[]` for members of lists, and its type. */
export const leaves = (value: unknown, place = ''): readonly (readonly [string, string])[] => {
  if (Array.isArray(value)) return value.flatMap((member) => leaves(member, `${place}[]`))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, member]) => leaves(member, place === '' ? name : `${place}.${name}`))
  return [[place, value === null ? 'null' : typeof value === 'string' ? 'text' : typeof value]]
}
