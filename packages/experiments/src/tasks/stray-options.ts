import type { SourceSpec } from '@ptu/data'

/** Options of a table that texts leave no room for, each with what to do instead. */
export const strayOfTexts: Readonly<Record<string, string>> = {
  ...{ shape: 'leave it out', missing: 'leave it out', categories: 'leave it out', ignore: 'leave it out' },
  separator: 'leave it out, it is told from the first lines',
}

/** The columns of texts whose file says which they are. */
export const unnamed = { text: undefined, label: undefined, target: undefined, header: undefined } as const

/** The first option of a data spec that is out of place, and what to do instead; undefined where there is none. */
export const strayIn = (spec: SourceSpec, strays: Readonly<Record<string, string>>): string | undefined => {
  const stray = Object.keys(strays).find((name) => name in spec)
  return stray === undefined ? undefined : `#${stray}: ${strays[stray] ?? ''}`
}
