import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import { brownGenres, imaginative, informative, type BrownGenre } from './brown.ts'
import type { TextFormat } from './text-records.ts'
import type { TextSpec } from './text-source.ts'

type Options = ReadonlyMap<string, string>

const isGenre = (text: string): text is BrownGenre => brownGenres.some((genre) => genre === text)

const groups: Readonly<Record<string, readonly BrownGenre[]>> = { '': brownGenres, informative, imaginative }

/** Reads the names of genres between commas, or of a group of them; all where there is none. */
export const genresIn = (text: string): E.Either<string, readonly BrownGenre[]> => {
  if (Object.hasOwn(groups, text)) return E.right(groups[text] ?? [])
  const names = text.split(',')
  const stray = names.find((name) => !isGenre(name))
  if (stray !== undefined)
    return E.left(`expected informative, imaginative or genres of ${brownGenres.join(', ')}; got '${stray}'`)
  const repeated = names.find((name, i) => names.indexOf(name) !== i)
  return repeated === undefined ? E.right(names.filter(isGenre)) : E.left(`the genre ${repeated} comes twice`)
}

/** The most tokens of a text, at most 1,000: every text takes memory for as many. */
export const stepsIn = (options: Options): E.Either<string, { readonly steps?: number }> => {
  const text = options.get('steps')
  if (text === undefined) return E.right({})
  return /^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1000
    ? E.right({ steps: Number(text) })
    : E.left(`expected steps from 1 to 1000, got '${text}'`)
}

/** `brown`, `brown:informative`, `brown:adventure,romance#steps=40` */
export const parseBrown = (rest: string, options: Options): E.Either<string, TextSpec> =>
  pipe(
    E.Do,
    E.bind('genres', () => genresIn(rest)),
    E.bind('steps', () => stepsIn(options)),
    E.map(({ genres, steps }) => ({ kind: 'brown', genres, ...steps })),
  )

const formatOf = (path: string): TextFormat | undefined => {
  const ending = /\.(csv|tsv|jsonl)$/i.exec(path)?.[1]?.toLowerCase()
  return ending as TextFormat | undefined
}

/** `tags:sentences.jsonl#tokens=words&tags=pos&steps=100` */
export const parseTags = (path: string, options: Options): E.Either<string, TextSpec> => {
  const format = formatOf(path)
  if (format === undefined) return E.left(`expected a file that ends in .csv, .tsv or .jsonl, got '${path}'`)
  const [tokens, tags] = [options.get('tokens'), options.get('tags')]
  return pipe(
    stepsIn(options),
    E.map((steps) => ({
      kind: 'tags',
      path,
      format,
      ...(tokens !== undefined && { tokens }),
      ...(tags !== undefined && { tags }),
      ...steps,
    })),
  )
}
