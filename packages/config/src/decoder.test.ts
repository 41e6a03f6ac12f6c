import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  boolean,
  formatIssue,
  integer,
  list,
  literal,
  nullable,
  number,
  oneOrList,
  optional,
  string,
  struct,
  withDefault,
} from './index.ts'
import type { Decoder } from './index.ts'

const problems = (decoder: Decoder<unknown>, input: unknown): readonly string[] => {
  const decoded = decoder(input, [])
  return E.isLeft(decoded) ? decoded.left.map(formatIssue) : []
}

const sample = struct({
  shots: integer({ min: 1, max: 100 }),
  rates: withDefault(list(number({ above: 0 }), { min: 1 }), [0.1]),
  body: literal('lenet', 'mlp'),
  note: optional(string),
  deep: withDefault(struct({ on: boolean }), { on: true }),
})

describe('decoders', () => {
  it('keep what is right and fill in what is absent', () => {
    expect(sample({ shots: 3, body: 'mlp' }, [])).toEqual(
      E.right({ shots: 3, rates: [0.1], body: 'mlp', note: undefined, deep: { on: true } }),
    )
  })

  it('report every problem at once, each with its path', () => {
    expect(
      problems(sample, { shot: 1, shots: 0.5, rates: [1, -1, 'x'], body: 'lenett', deep: { on: 'yes', off: 1 } }),
    ).toEqual([
      'shot: unknown; did you mean "shots"?',
      'shots: expected a whole number of at least 1 and at most 100, got 0.5',
      'rates.1: expected a number above 0, got -1',
      'rates.2: expected a number above 0, got "x"',
      'body: expected lenet, mlp; got "lenett"; did you mean "lenet"?',
      'deep.off: unknown',
      'deep.on: expected true or false, got "yes"',
    ])
  })

  it('say what is missing', () => {
    expect(problems(sample, {})).toEqual([
      'shots: expected a whole number of at least 1 and at most 100, got nothing',
      'body: expected lenet, mlp; got nothing',
    ])
  })

  it('name no neighbour where none is near', () => {
    expect(problems(literal('share', 'ptu'), 'elephant')).toEqual(['expected share, ptu; got "elephant"'])
  })

  it('refuse an inherited name as they refuse an absent one', () => {
    expect(problems(struct({ toString: string }), {})).toEqual(['toString: expected a text, got nothing'])
    expect(problems(struct({}), JSON.parse('{"__proto__": 1}'))).toEqual(['__proto__: unknown'])
  })

  it('take one or a list', () => {
    const seeds = oneOrList(integer(), list(integer()))
    expect(seeds(3, [])).toEqual(E.right(3))
    expect(seeds([4, 5], [])).toEqual(E.right([4, 5]))
  })

  it('tell null from absent', () => {
    expect(nullable(integer())(null, [])).toEqual(E.right(null))
    expect(problems(nullable(integer()), undefined)).toEqual(['expected a whole number, got nothing'])
  })

  it('never throw, whatever JSON comes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (input) => {
        const decoded = sample(input, [])
        if (E.isLeft(decoded)) for (const issue of decoded.left) expect(formatIssue(issue).length).toBeLessThan(400)
      }),
    )
  })

  it('report exactly the members of a list that are wrong', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer(), fc.string(), fc.double())), (input) => {
        const decoded = list(integer())(input, ['seeds'])
        const wrong = input.flatMap((value, i) => (Number.isSafeInteger(value) ? [] : [['seeds', i]]))
        expect(E.isLeft(decoded) ? decoded.left.map(({ path }) => path) : []).toEqual(wrong)
      }),
    )
  })

  it('accept a number exactly when it lies in the range', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.double(), (x, min, max) => {
        expect(E.isRight(number({ min, max })(x, []))).toBe(Number.isFinite(x) && x >= min && x <= max)
      }),
    )
  })
})
