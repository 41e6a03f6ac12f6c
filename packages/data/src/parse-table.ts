import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'

import { stepsIn } from './parse-texts.ts'
import { parseShape } from './source-values.ts'
import type { TableSpec } from './table-source.ts'
import type { TargetRequest } from './target-rule.ts'
import type { TokenUnit } from './texts.ts'

/** The options that a table may have. */
export const tableOptions: readonly string[] = [
  'label',
  'shape',
  'header',
  'separator',
  'missing',
  'categories',
  'ignore',
  'text',
  'unit',
  'steps',
  'regress',
  'lists',
]

/** The options of labels that are not one class for each example. */
export const targetOptions: readonly string[] = ['label', 'regress', 'lists']

type Options = ReadonlyMap<string, string>

/** Reads an option of a table if it is there. */
const optional = <A>(
  options: Options,
  name: string,
  parse: (text: string) => E.Either<string, A>,
): E.Either<string, Readonly<Record<string, A>>> => {
  const text = options.get(name)
  return text === undefined
    ? E.right({})
    : pipe(
        parse(text),
        E.map((value) => ({ [name]: value })),
      )
}

/** Reads one of some words, each with what it stands for. */
const oneOf =
  <A>(words: readonly (readonly [word: string, value: A])[]) =>
  (text: string): E.Either<string, A> => {
    const found = words.find(([word]) => word === text)
    return found === undefined
      ? E.left(`expected ${words.map(([word]) => word).join(' or ')}, got '${text}'`)
      : E.right(found[1])
  }

const asIs = (text: string): E.Either<string, string> => E.right(text)

const names = (text: string): E.Either<string, readonly string[]> => E.right(text.split(','))

const yesOrNo = oneOf([
  ['yes', true],
  ['no', false],
])

const separators = oneOf([
  ['comma', ','],
  ['semicolon', ';'],
  ['tab', '\t'],
  ['bar', '|'],
])

const fillings = oneOf([
  ['drop', 'drop'],
  ['mean', 'mean'],
])

const units = oneOf<TokenUnit>([
  ['word', 'word'],
  ['character', 'character'],
])

/** Reads the sign between the labels of a row: one of the words for separators, or the sign itself. */
const signs = (text: string): E.Either<string, string> => {
  const named = separators(text)
  if (E.isRight(named)) return named
  return text === '' || text.includes('"')
    ? E.left(`expected a sign between labels, such as ; or semicolon, got '${text}'`)
    : E.right(text)
}

/** Reads the kind of the labels, where they are not one class for each example: `regress=yes`, or `lists=;`. */
export const targetIn = (options: Options): E.Either<string, { readonly target?: TargetRequest }> =>
  pipe(
    E.Do,
    E.bind('numbers', () => optional(options, 'regress', yesOrNo)),
    E.bind('lists', () => optional(options, 'lists', signs)),
    E.flatMap(({ numbers, lists }): E.Either<string, { readonly target?: TargetRequest }> => {
      const [isNumber, separator] = [numbers['regress'] === true, lists['lists']]
      if (isNumber && separator !== undefined)
        return E.left('lists goes with lists of labels, regress with numbers; leave one of them out')
      if (isNumber) return E.right({ target: { kind: 'regress' } })
      return E.right(separator === undefined ? {} : { target: { kind: 'multi-label', separator } })
    }),
  )

/** Reads what texts are counted by, if it is there. */
export const unitIn = (options: Options): E.Either<string, { readonly unit?: TokenUnit }> =>
  optional(options, 'unit', units)

/** `table:path.tsv#label=species&ignore=id,note&missing=drop` */
export const parseTable = (path: string, options: Options): E.Either<string, TableSpec> => {
  if (path === '') return E.left('the path is missing')
  const parts: readonly E.Either<string, object>[] = [
    optional(options, 'label', asIs),
    optional(options, 'shape', parseShape),
    optional(options, 'header', yesOrNo),
    optional(options, 'separator', separators),
    optional(options, 'missing', fillings),
    optional(options, 'categories', names),
    optional(options, 'ignore', names),
    optional(options, 'text', asIs),
    unitIn(options),
    stepsIn(options),
    targetIn(options),
  ]
  const wrong = parts.find(E.isLeft)
  if (wrong !== undefined) return wrong
  const read = parts.map((part) => (E.isRight(part) ? part.right : {}))
  return E.right(Object.assign({ kind: 'table' as const, path }, ...read) as TableSpec)
}
