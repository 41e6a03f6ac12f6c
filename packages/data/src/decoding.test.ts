import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'

import { decodeAtOnce, type Decoding } from './decoding.ts'
import { lineProblems } from './line-problems.ts'

/** A decoding of two lines that throws at the first row. */
const throwing = (cause: Error) => (): E.Either<never, Decoding<string>> =>
  E.right({
    lines: { format: 'csv', separator: ',', problems: lineProblems() },
    take: () => {
      throw cause
    },
    finish: () => E.right('whole'),
  })

const bytes = new TextEncoder().encode('a,b\n1,2\n')

it('makes a problem of the file of a line that is longer than a string can be', () => {
  const tooLong = Object.assign(new Error('Cannot create a string'), { code: 'ERR_STRING_TOO_LONG' })
  const outcome = decodeAtOnce(bytes, throwing(tooLong))
  expect(E.isLeft(outcome) && outcome.left.message).toMatch(/a line has more than 500 million characters; break it/)
})

it('throws a bug on', () => {
  expect(() => decodeAtOnce(bytes, throwing(new RangeError('bug')))).toThrow('bug')
})
