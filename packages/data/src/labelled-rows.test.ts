import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { encodingWords } from './encoding.ts'
import { kindOfData } from './kind-of-data.ts'
import { readKnownRows } from './known-rows.ts'
import { readRows, type RowsSpec } from './labelled-rows.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-rows-'))
})
afterAll(() => rm(folder, { recursive: true }))

const file = async (text: string, name = 'data.csv'): Promise<string> => {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

const rightOf = async <A>(task: TaskEither<Error, A>): Promise<A> => {
  const found = await task()
  if (E.isLeft(found)) throw found.left
  return found.right
}

const messageOf = async (task: TaskEither<Error, unknown>): Promise<string> => {
  const found = await task()
  return E.isLeft(found) ? found.left.message : ''
}

const trees = 'width,colour,kind\n1,red,oak\n2,blue,elm\n3,red,oak\n4,blue,elm\n'
const spec: RowsSpec = { kind: 'table', label: 'kind' }

describe('labelled rows to learn from', () => {
  it('give what a model must remember: columns by name, categories, the label, and the line of each row', async () => {
    const path = await file(trees)
    const { dataset, encoding, names, shown, warnings } = await rightOf(readRows(path, spec))
    expect(encoding).toEqual({
      ...{ kind: 'table', label: 'kind', missing: 'refuse' },
      columns: [
        { kind: 'number', name: 'width', mean: 2.5 },
        { kind: 'category', name: 'colour', categories: ['blue', 'red'] },
      ],
    })
    expect([...dataset.features]).toEqual([1, 0, 1, 2, 1, 0, 3, 0, 1, 4, 1, 0])
    expect([names[0], names[3], shown(1)]).toEqual([`${path}:2`, `${path}:5`, 'width 2, colour blue'])
    expect(warnings.filter((warning) => warning.includes('label'))).toEqual([])
    expect(encodingWords(encoding)).toBe('2 columns: width, colour (blue, red)')
  })

  it('are a part where there are more than limits allow, with the columns of all, their lines and targets', async () => {
    const lines = Array.from({ length: 400 }, (_, i) => `${i},${i % 4 === 0 ? 'oak' : 'elm'}`)
    const path = await file(`width,kind\n${lines.join('\n')}\n`)
    const limits = { key: key(0), examples: 100, numbers: Infinity }
    const all = await rightOf(readRows(path, spec))
    const part = await rightOf(readRows(path, spec, limits))
    expect([part.drawnFrom, part.names.length, all.drawnFrom]).toEqual([400, 100, undefined])
    expect(part.dataset.labels.filter((label) => part.dataset.classes[label] === 'oak')).toHaveLength(25)
    expect(part.encoding).toEqual(all.encoding)
    const places = part.names.map((name) => all.names.indexOf(name))
    expect(part.names.map((name) => name.split(':').at(-1))).toEqual(places.map((place) => String(place + 2)))
    expect([...part.dataset.features]).toEqual(places)
    expect(part.shown(7)).toBe(all.shown(places[7] as number))
    expect(await rightOf(readRows(path, spec, { ...limits, examples: 400 }))).toMatchObject({ dataset: all.dataset })
    const numbers = { kind: 'table', label: 'width', target: { kind: 'regress' } } as const
    expect((await rightOf(readRows(path, numbers, limits))).dataset.targets?.values).toHaveLength(100)
    const known = await rightOf(readKnownRows(path, all.encoding, { limits }))
    expect([known.drawnFrom, known.names.length]).toEqual([400, 100])
    expect(known.dataset.labels.filter((label) => known.dataset.classes[label] === 'oak')).toHaveLength(25)
  })

  it('are a part of the texts where there are more than limits allow, 5,000 numbers each', async () => {
    const lines = Array.from({ length: 400 }, (_, i) => `word ${i},${i % 4 === 0 ? 'good' : 'bad'}`)
    const path = await file(`text,label\n${lines.join('\n')}\n`, 'texts.csv')
    const asked = { kind: 'text' } as const
    const limits = { key: key(0), examples: Infinity, numbers: 500_000 }
    const [all, part] = [await rightOf(readRows(path, asked)), await rightOf(readRows(path, asked, limits))]
    expect([part.drawnFrom, part.names.length, all.drawnFrom]).toEqual([400, 100, undefined])
    expect(part.dataset.labels.filter((label) => part.dataset.classes[label] === 'good')).toHaveLength(25)
    expect(part.shown(50)).toBe(all.shown(all.names.indexOf(part.names[50] as string)))
    const numbers = { kind: 'text', target: { kind: 'regress' }, label: 'stars' } as const
    const stars = await file(`text,stars\n${lines.map((_, i) => `word ${i},${i}`).join('\n')}\n`, 'stars.csv')
    const regress = await rightOf(readRows(stars, numbers, limits))
    expect([regress.drawnFrom, regress.names.length]).toEqual([400, 100])
    const known = readKnownRows(stars, regress.encoding, { limits: { ...limits, examples: 100 } })
    expect((await rightOf(known)).names).toHaveLength(100)
  })

  it('say which column was taken for the label, and refuse where that is not certain', async () => {
    const guessed = await file(trees.replace('kind', 'Class'))
    expect((await rightOf(readRows(guessed, { kind: 'table' }))).warnings[0]).toBe('the label is the column "Class"')
    expect(await messageOf(readRows(await file(trees), { kind: 'table' }))).toContain('which column is the label?')
  })

  it('are refused where the label is a measurement', async () => {
    expect(await messageOf(readRows(await file(trees), { kind: 'table', label: 'width' }))).toContain(
      'the label "width" has 4 values in 4 rows; name another column with --label',
    )
  })

  it('of texts have a vocabulary of the tokens that come twice', async () => {
    const path = await file('stars,body\ngood,"fine fine book"\nbad,dull book\n')
    const { dataset, encoding, shown, warnings } = await rightOf(
      readRows(path, { kind: 'text', text: 'body', label: 'stars' }),
    )
    expect(encoding).toEqual({
      ...{ kind: 'text', text: 'body', label: 'stars', unit: 'word' },
      vocabulary: ['<padding>', '<unknown>', 'book', 'fine'],
    })
    expect([...dataset.features]).toEqual(
      [0, 0, Math.log(2), Math.log(3), 0, Math.log(2), Math.log(2), 0].map(Math.fround),
    )
    expect([shown(1), warnings]).toEqual(['dull book', []])
  })

  it('of texts have a note on a class that is called like a missing value', async () => {
    const path = await file('stars,body\ngood,fine fine book\nnull,dull book\n')
    const { warnings } = await rightOf(readRows(path, { kind: 'text', text: 'body', label: 'stars' }))
    expect(warnings).toEqual([
      '1 example of a class "null": if this stands for a label that is missing, leave out the rows',
    ])
  })
})

describe('labelled rows of a known encoding', () => {
  it('are those of training, though columns stand in another order; classes keep their places', async () => {
    const { encoding, dataset } = await rightOf(readRows(await file(trees), spec))
    const other = await file('kind,colour,width\noak,blue,9\n', 'other.csv')
    const found = await rightOf(readKnownRows(other, encoding, { classes: dataset.classes }))
    expect([...found.dataset.features, ...found.dataset.labels]).toEqual([9, 1, 0, 1])
    expect(found.dataset.classes).toEqual(['elm', 'oak'])
  })

  it('leave out and list what cannot be used, and refuse it where that is asked for', async () => {
    const { encoding, dataset } = await rightOf(readRows(await file(trees), spec))
    const other = await file('kind,colour,width\noak,blue,9\nash,blue,1\n,blue,1\noak,red,x\n', 'other.csv')
    const { classes } = dataset
    const found = await rightOf(readKnownRows(other, encoding, { classes }))
    expect(found.unreadable.map(({ path, why }) => [path.split(':').at(-1), why])).toEqual([
      ['3', 'the label "ash" is not one that the model knows'],
      ['4', 'the label is empty'],
      ['5', 'column "width": expected a number, got "x"'],
    ])
    expect(found.names).toEqual([`${other}:2`])
    expect(await messageOf(readKnownRows(other, encoding, { classes, strict: true }))).toContain(
      '3 rows cannot be read',
    )
    const unlabelled = await file('colour,width\nblue,9\n', 'other.csv')
    expect(await messageOf(readKnownRows(unlabelled, encoding))).toContain('expected a column "kind" with the labels')
  })
})

describe('the kind of data', () => {
  const kindOf = async (text: string, name?: string): Promise<string> => rightOf(kindOfData(await file(text, name)))

  it('is told from columns and cells', async () => {
    expect(await kindOf(trees)).toBe('table')
    expect(await kindOf('path,label\na/1.png,oak\n')).toBe('photos')
    expect(await kindOf('a/1.png,oak\na/2.png,elm\n')).toBe('photos')
    expect(await kindOf('text,author,label\nx,y,z\n')).toBe('text')
    expect(await kindOf('body,stars\n"a quiet book",4\n')).toBe('text')
    expect(await kindOf('width,stars\n3,4\n')).toBe('table')
    expect(await kindOf('{"body":"a quiet book","stars":4}\n', 'data.jsonl')).toBe('text')
    expect(await rightOf(kindOfData(folder))).toBe('photos')
  })

  it('is a Left where a file cannot be read', async () => {
    const path = join(folder, 'none.csv')
    expect(await messageOf(kindOfData(path))).toBe(`cannot read ${path}: it does not exist; check the path`)
  })
})
