import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'

import { DataError } from './errors.ts'
import { isNamedTexts, namedTexts } from './named-texts.ts'
import { parseBrown, parseTags, stepsIn } from './parse-texts.ts'
import { parseTable, tableOptions, targetIn, targetOptions, unitIn } from './parse-table.ts'
import type { PhotoColumns } from './photo-columns.ts'
import { parseClasses, parseShape } from './source-values.ts'
import type { SourceSpec } from './source.ts'

const forms = `expected one of
  mnist            all digits, or some: mnist:0-4, mnist:1,3,7-9
  idx:IMAGES,LABELS        two IDX files, gzip or not; #classes=0-4 keeps some
  table:FILE       a .csv, .tsv or .jsonl file of numbers and categories; #label=NAME (else one called label, class or
                   target, else the last; #label=A,B: columns of 0 and 1), #regress=yes for numbers, #lists=semicolon for
                   lists of labels, #ignore=A,B, #categories=A,B, #missing=drop or mean, #header=no, #shape=28x28x1;
                   of texts where a column is called text or named: #text=NAME, #unit=character, #steps=200
  images:FOLDER    a folder of images per class, or of train and test; #size=32x32, #channels=1,
                   #fit=squash (else crop or pad) where images have another aspect; or with a table of them, or the path
                   of one: #image=NAME, #label=NAME or A,B, #regress=yes, #lists=semicolon
  brown            tagged sentences of the Brown corpus, or some: brown:informative, brown:adventure#steps=40
  spam-assassin    mails as ham or spam, or some: spam-assassin:easy, spam-assassin:hard
  brown-genres     sentences of the Brown corpus by genre, or some: brown-genres:news,romance
  tweets           tweets by mood; tweets:FOLDER where their file is; #each=20 draws 20 of each label of these three sets
  tags:FILE        a .csv, .tsv or .jsonl file of tagged texts; #tokens=NAME, #tags=NAME, #steps=200
  a path           a .csv, .tsv or .jsonl file or a folder of images; # and & join options: data.csv#label=kind&shape=8x8x1`

type Options = ReadonlyMap<string, string>

/** Says what is wrong with a form that cannot be read, and lists the forms. */
const fail = (text: string, problem: string): E.Either<DataError, never> =>
  E.left(new DataError(`cannot understand the data source '${text}': ${problem}; ${forms}`))

const splitOptions = (text: string): { readonly body: string; readonly options: Options } => {
  const mark = text.lastIndexOf('#')
  if (mark < 0 || !/^\w+=/.test(text.slice(mark + 1))) return { body: text, options: new Map() }
  const pairs = text.slice(mark + 1).split('&')
  const entries = pairs.map((pair): [string, string] => {
    const [name = '', ...value] = pair.split('=')
    return [name, value.join('=')]
  })
  return { body: text.slice(0, mark), options: new Map(entries) }
}

type Parse = (rest: string, options: Options) => E.Either<string, SourceSpec>

const optional = <A>(
  options: Options,
  name: string,
  parse: (text: string) => E.Either<string, A>,
): E.Either<string, A | undefined> => {
  const text = options.get(name)
  return text === undefined ? E.right(undefined) : parse(text)
}

const parseMnist: Parse = (rest) =>
  pipe(
    parseClasses(rest, 9),
    E.map((classes) => ({ kind: 'mnist', classes })),
  )

const parseIdx: Parse = (rest, options) => {
  const [images = '', labels = '', ...more] = rest.split(',')
  if (images === '' || labels === '' || more.length > 0) return E.left('expected two paths with a comma between them')
  return pipe(
    optional(options, 'classes', (text) => parseClasses(text, 255)),
    E.map((classes) => ({ kind: 'idx', images, labels, ...(classes && { classes }) })),
  )
}

const parseSize = (text: string): E.Either<string, readonly [number, number]> =>
  pipe(
    parseShape(text),
    E.flatMap(([height = 0, width = 0, ...more]) =>
      width > 0 && more.length === 0
        ? E.right([height, width] as const)
        : E.left(`expected a size like 32x32, got ${text}`),
    ),
  )

const parseChannels = (text: string): E.Either<string, 1 | 3> =>
  text === '1' ? E.right(1) : text === '3' ? E.right(3) : E.left(`expected 1 or 3 channels, got ${text}`)

const fits = ['squash', 'crop', 'pad'] as const

const parseFit = (text: string): E.Either<string, (typeof fits)[number]> => {
  const fit = fits.find((name) => name === text)
  return fit === undefined ? E.left(`expected the fit squash, crop or pad, got ${text}`) : E.right(fit)
}

/** The columns of a table of images, where any is named. */
const columnsIn = (options: Options, target: PhotoColumns): { readonly columns?: PhotoColumns } => {
  const [image, label] = [options.get('image'), options.get('label')]
  const columns = { ...target, ...(image !== undefined && { image }), ...(label !== undefined && { label }) }
  return Object.keys(columns).length === 0 ? {} : { columns }
}

const parseImages: Parse = (folder, options) => {
  if (folder === '') return E.left('the folder is missing')
  if (options.has('fit') && !options.has('size')) return E.left('fit needs a size, for example #size=224x224&fit=crop')
  return pipe(
    E.Do,
    E.bind('size', () => optional(options, 'size', parseSize)),
    E.bind('channels', () => optional(options, 'channels', parseChannels)),
    E.bind('fit', () => optional(options, 'fit', parseFit)),
    E.bind('target', () => targetIn(options)),
    E.map(({ size, channels, fit, target }) => ({
      kind: 'images',
      folder,
      ...(size && { size }),
      ...(channels && { channels }),
      ...(fit && { fit }),
      ...columnsIn(options, target),
    })),
  )
}

/** `spam-assassin:easy#each=20&steps=200` */
const parseNamed: Parse = (rest, options) => {
  const each = options.get('each')
  const path = each === undefined ? rest : `${rest}#each=${each}`
  if (!isNamedTexts(path)) return E.left(`expected one of ${namedTexts.map(({ name }) => name).join(', ')}`)
  return pipe(
    E.Do,
    E.bind('unit', () => unitIn(options)),
    E.bind('steps', () => stepsIn(options)),
    E.map(({ unit, steps }) => ({ kind: 'texts', path, ...unit, ...steps })),
  )
}

const kinds: Readonly<Record<SourceSpec['kind'], { readonly parse: Parse; readonly options: readonly string[] }>> = {
  mnist: { parse: parseMnist, options: [] },
  idx: { parse: parseIdx, options: ['classes'] },
  table: { parse: parseTable, options: tableOptions },
  images: { parse: parseImages, options: ['size', 'channels', 'fit', 'image', ...targetOptions] },
  texts: { parse: parseNamed, options: ['each', 'unit', 'steps'] },
  brown: { parse: parseBrown, options: ['steps'] },
  tags: { parse: parseTags, options: ['tokens', 'tags', 'steps'] },
}

const isKind = (text: string): text is SourceSpec['kind'] => Object.hasOwn(kinds, text)

/** The kind that a text names or that its ending implies, and what follows the kind. */
const kindOf = (body: string): { readonly kind: string; readonly rest: string } => {
  if (body === 'mnist') return { kind: 'mnist', rest: '0-9' }
  if (body === 'brown') return { kind: 'brown', rest: '' }
  if (isNamedTexts(body)) return { kind: 'texts', rest: body }
  const named = /^([a-z]{2,}):(.*)$/is.exec(body)
  if (named !== null) return { kind: named[1] === 'csv' ? 'table' : (named[1] as string), rest: named[2] as string }
  return { kind: /\.(csv|tsv|jsonl)$/i.test(body) ? 'table' : 'images', rest: body }
}

/**
 * Reads how a data source is written on the command line.
 *
 * `mnist`, `mnist:0-4`, `mnist:1,3,7-9`, `idx:images.gz,labels.gz`, `table:path.tsv#label=species`, `images:folder`,
 * `brown:adventure`, `spam-assassin:easy`, `tags:path.jsonl`, or a bare path to a `.csv`, `.tsv` or `.jsonl` file or a
 * folder. `csv:` is another word for `table:`. Options follow a `#` and are joined by `&`. Opens nothing.
 *
 * @example
 * ```ts
 * expect(parseSource('mnist:5-9')).toEqual(E.right({ kind: 'mnist', classes: [5, 6, 7, 8, 9] }))
 * ```
 */
export const parseSource = (text: string): E.Either<DataError, SourceSpec> => {
  const { body, options } = splitOptions(text)
  const { kind, rest } = kindOf(body)
  if (body === '') return fail(text, 'it is empty')
  if (!isKind(kind)) return fail(text, `there is no kind '${kind}'`)
  const stray = [...options.keys()].find((name) => !kinds[kind].options.includes(name))
  if (stray !== undefined) return fail(text, `${kind} has no option '${stray}'`)
  const parsed = kinds[kind].parse(rest, options)
  return E.isLeft(parsed) ? fail(text, parsed.left) : parsed
}
