import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { encode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { ImageRule } from './image-rule.ts'
import { kindOfData } from './kind-of-data.ts'
import type { PhotoOptions, Photos } from './photo-options.ts'
import { readPhotos } from './photos.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-photos-'))
  await save({ 'i/1.png': grey(1), 'i/2.png': grey(2), 'i/3.png': grey(3) })
})

afterEach(() => rm(folder, { recursive: true }))

const grey = (value: number): Uint8Array => encode({ width: 1, height: 1, channels: 1, data: Uint8Array.of(value) })

const save = async (files: Readonly<Record<string, Uint8Array | string>>): Promise<void> => {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
}

const rule: ImageRule = { size: [1, 1], channels: 1, fit: 'squash' }

const read = async (path: string, columns: PhotoOptions['columns'] = {}, more: PhotoOptions = {}): Promise<Photos> => {
  const photos = await readPhotos(join(folder, path), rule, { columns, ...more })()
  if (E.isLeft(photos)) throw photos.left
  return photos.right
}

const regress = { label: 'age', target: { kind: 'regress' } } as const
const lists = { label: 'tags', target: { kind: 'multi-label', separator: ';' } } as const

describe('images with numbers to predict', () => {
  it('have them in the order of the table, whatever their size', async () => {
    await save({ 't.csv': 'age,file\n16777217.5,i/2.png\n-3,i/1.png\n' })
    const { train, columns, counts } = await read('t.csv', regress)
    expect(train.targets).toEqual({ kind: 'regress', values: Float64Array.of(16777217.5, -3) })
    expect([[...train.features], train.classes, [...train.labels]]).toEqual([[2, 1], ['age'], [0, 0]])
    expect(columns).toEqual({ image: 'file', label: 'age', target: { kind: 'regress', columns: ['age'] } })
    expect(counts).toEqual([{ name: 'age', train: 2, test: 0 }])
  })

  it.each([
    ['an empty cell', 'i/3.png,', 'line 4: column "age": expected a number to predict, got an empty cell'],
    ['a word', 'i/3.png,old', 'line 4: column "age": expected a number to predict, got "old"'],
    ['a cell too few', 'i/3.png', 'line 4: expected 2 cells, got 1'],
    ['an image that came before', 'i/../i/1.png,7', 'line 4: its image comes in line 2 too'],
    ['no file', ',7', 'line 4: expected a file and a label, got'],
  ])('are refused with %s', async (_, line, message) => {
    await save({ 't.csv': `file,age\ni/1.png,1\ni/2.png,2\n${line}\n` })
    await expect(read('t.csv', regress)).rejects.toThrow(message)
  })

  it('are refused where all are equal, and where no image can be read', async () => {
    await save({ 't.csv': 'file,age\ni/1.png,1\ni/2.png,1\n', 'n.csv': 'file,age\nx.png,1\ny.png,2\n' })
    await expect(read('t.csv', regress)).rejects.toThrow('the column "age" holds 1 in every row')
    await expect(read('n.csv', regress)).rejects.toThrow('it does not exist; paths are relative to the table')
  })
})

describe('images with sets of labels', () => {
  it('have columns of 0 and 1', async () => {
    await save({ 't.csv': 'file,red,blue\ni/1.png,1,0\ni/2.png,1,yes\ni/3.png,,\n' })
    const { train, counts } = await read('t.csv', { label: 'red,blue' })
    expect([...(train.targets?.values ?? [])]).toEqual([1, 0, 1, 1, 0, 0])
    expect(counts.map((count) => count.train)).toEqual([2, 1])
    // The rarest label decides on the fold; an image without one counts to the commonest.
    expect([...train.labels]).toEqual([0, 1, 0])
  })

  it('have lists, also in JSONL, and one column of files alone', async () => {
    await save({ 't.jsonl': '{"photo":"i/1.png","tags":"b;a"}\n{"photo":"i/3.png","tags":""}\n' })
    const { train, columns } = await read('t.jsonl', lists)
    expect([train.classes, [...(train.targets?.values ?? [])]]).toEqual([
      ['a', 'b'],
      [1, 1, 0, 0],
    ])
    expect(columns).toMatchObject({ image: 'photo', label: 'tags', target: { columns: ['tags'], separator: ';' } })
  }, 20_000)

  it('are tested on by the labels of the training; images with others are left out', async () => {
    await save({
      't.csv': 'file,tags\ni/1.png,a\ni/2.png,b\n',
      'later.csv': 'tags,file\nc,i/1.png\na,i/3.png\nb,i/2.png\n',
    })
    const { test, files, unreadable } = await read('t.csv', lists, { test: join(folder, 'later.csv') })
    expect([...(test?.targets?.values ?? [])]).toEqual([1, 0, 0, 1])
    expect(files.test).toEqual([join(folder, 'i/3.png'), join(folder, 'i/2.png')])
    expect(unreadable).toEqual([
      { path: `${join(folder, 'later.csv')}:2`, why: 'the label "c" is not one that the model knows' },
    ])
  })

  it('are read by the columns and labels that a model remembers', async () => {
    await save({ 't.csv': 'file,a,b\ni/1.png,0,0\ni/2.png,1,0\n' })
    const target = { kind: 'multi-label', columns: ['b', 'a'] } as const
    const { train } = await read('t.csv', { label: 'b,a', target }, { classes: ['b', 'a'] })
    expect([train.classes, [...(train.targets?.values ?? [])]]).toEqual([
      ['b', 'a'],
      [0, 0, 0, 1],
    ])
    await save({ 'other.csv': 'file,a\ni/1.png,0\n' })
    await expect(read('other.csv', { label: 'b,a', target }, { classes: ['b', 'a'] })).rejects.toThrow(
      'expected the columns "b", "a" with the labels, the table lacks "b"',
    )
  })

  it.each([
    [{ label: 'red,bleu' }, 'expected a column "bleu"; did you mean "blue"?'],
    [{ label: 'red,never' }, 'the labels "never" are on in no row'],
    [{ label: 'red,file' }, 'the column "file" names the files'],
    [{ ...regress, label: 'red,blue' }, 'expected one column of labels with --regress'],
    [{ label: 'red', image: 'fil' }, 'expected a column "fil" of files, the columns are "file", "red"'],
    [{ target: { kind: 'regress' } as const }, 'which column is the label? Name it; the columns are "red", "blue"'],
  ])('are refused by %j', async (columns, message) => {
    await save({ 't.csv': 'file,red,blue,never\ni/1.png,1,0,0\ni/2.png,0,1,0\n' })
    await expect(read('t.csv', columns)).rejects.toThrow(message)
  })

  it('need to know which of two columns of images is meant', async () => {
    await save({ 't.csv': 'before,after,age\ni/1.png,i/2.png,1\ni/2.png,i/3.png,2\n' })
    await expect(read('t.csv', regress)).rejects.toThrow('which column names the files? "before", "after" hold names')
    expect([...(await read('t.csv', { ...regress, image: 'after' })).train.features]).toEqual([2, 3])
  })
})

describe('a folder with a table', () => {
  it('is read by it where columns are asked for; images that it does not name are told', async () => {
    await save({ 'i/ages.csv': 'file,age\n1,5\n2.png,7\n' })
    const { train, warnings } = await read('i', regress)
    expect([...train.features]).toEqual([1, 2])
    expect(warnings).toEqual([`an image is left out that the table does not name: "${join(folder, 'i/3.png')}"`])
    await expect(read('i', regress, { strict: true })).rejects.toThrow('that the table does not name')
    await save({ 'i/later/t.csv': 'file,age\n../3.png,5\n' })
    const tested = await read('i', regress, { test: join(folder, 'i/later/t.csv'), anywhere: true })
    expect([[...(tested.test?.features ?? [])], tested.warnings]).toEqual([[3], []])
  })

  it('is read by it where no folder is in it, and by its folders unless columns are asked for', async () => {
    await save({ 'i/t.csv': '1.png,a\n2.png,b\n3.png,a\n', 'c/a/1.png': grey(1), 'c/b/2.png': grey(2), 'c/t.csv': 'x' })
    expect([...(await read('i')).train.labels]).toEqual([0, 1, 0])
    expect((await read('c')).train.classes).toEqual(['a', 'b'])
  })

  it('has one table, none of whose files lies elsewhere', async () => {
    await expect(read('i', regress)).rejects.toThrow(
      'expected a table of labels in it (.csv, .tsv or .jsonl), got none',
    )
    await symlink(join(folder, 'secret.png'), join(folder, 'i/link.png'))
    await save({ 'secret.png': grey(9), 'i/a.csv': 'file,age\n1.png,1\nlink.png,2\n../secret.png,3\n2.png,4\n' })
    const { train, unreadable } = await read('i', regress)
    expect([...train.features]).toEqual([1, 2])
    expect(unreadable.map(({ why }) => why.slice(0, 40))).toEqual(Array.from({ length: 2 }, () => 'it lies outside of the folder of the tab')) // prettier-ignore
    await save({ 'i/b.csv': 'file,age\n' })
    await expect(read('i', regress)).rejects.toThrow('expected one table of labels in it, got "a.csv", "b.csv"')
  })
})

it.each([
  ['file,age\n1.png,5\n', 'photos'],
  ['photo,age\n1.png,5\n2.png,6\n', 'photos'],
  ['photo,age,size\n1.png,5,3\n2,6,4\n', 'table'],
  ['image,text,stars\n1.png,a b,3\n', 'text'],
  ['image,width,height\n,5,3\n', 'table'],
])('a file of %j holds %s', async (text, kind) => {
  await save({ 't.csv': text })
  expect(await kindOfData(join(folder, 't.csv'))()).toEqual(E.right(kind))
})
