import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execFileSync } from 'node:child_process'

import { encode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { eachImage } from './each-image.ts'
import type { ImageRule } from './image-rule.ts'
import type { PhotoOptions, Photos } from './photo-options.ts'
import { readPhotos } from './photos.ts'
import { loadSource } from './source.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-photos-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const grey = (value: number, width = 2, height = 1): Uint8Array =>
  encode({ width, height, channels: 1, data: new Uint8Array(width * height).fill(value) })

const save = async (files: Readonly<Record<string, Uint8Array | string>>): Promise<void> => {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
}

const rule: ImageRule = { size: [1, 1], channels: 1, fit: 'squash' }

const read = async (path = '', options: PhotoOptions = {}): Promise<Photos> => {
  const photos = await readPhotos(join(folder, path), rule, options)()
  if (E.isLeft(photos)) throw photos.left
  return photos.right
}

const here = (paths: readonly string[]): readonly string[] => paths.map((path) => join(folder, path))

describe('readPhotos of a folder', () => {
  it('takes the files of classes, nested or not, in the order of their names', async () => {
    await save({
      'b/z.png': grey(1),
      'b/2020/may/x.png': grey(2),
      'b/2020/a.png': grey(3),
      'a/img2.png': grey(4),
      'a/img10.png': grey(5),
      'a/.hidden.png': 'x',
      'a/Thumbs.db': 'x',
    })
    expect(await read()).toEqual({
      train: {
        shape: [1, 1, 1],
        features: Uint8Array.of(5, 4, 3, 2, 1),
        labels: Int32Array.of(0, 0, 1, 1, 1),
        classes: ['a', 'b'],
      },
      test: undefined,
      files: {
        train: here(['a/img10.png', 'a/img2.png', 'b/2020/a.png', 'b/2020/may/x.png', 'b/z.png']),
        test: undefined,
      },
      unreadable: [],
      counts: [
        { name: 'a', train: 2, test: 0 },
        { name: 'b', train: 3, test: 0 },
      ],
      columns: undefined,
      warnings: [],
    })
  })

  it('keeps the order of classes whose names are numbers', async () => {
    await save({ '10/x.png': grey(1), '9/x.png': grey(2), '1/x.png': grey(3) })
    expect((await read()).counts.map(({ name }) => name)).toEqual(['1', '10', '9'])
  })

  it('lists what cannot be read and leaves it out', async () => {
    await save({
      'loose.png': grey(1),
      'a/1.png': grey(1),
      'a/2.txt': 'notes',
      'a/3.png': grey(3).subarray(0, 50),
      'a/4.png': grey(4),
      'b/1.png': grey(5),
      'b/deep/x.png': grey(6),
    })
    await symlink('/etc/hostname', join(folder, 'a', 'leak.png'))
    await symlink('/etc', join(folder, 'etc'))
    await symlink('nowhere', join(folder, 'a', 'lost.png'))
    await symlink(join('..', 'b', 'deep'), join(folder, 'a', 'linked'))
    await symlink(join('..', 'b', '1.png'), join(folder, 'a', 'same.png'))
    const { train, files, unreadable } = await read()
    expect([...train.features]).toEqual([1, 4, 5, 5, 6])
    expect([...train.labels]).toEqual([0, 0, 0, 1, 1])
    expect(files.train).toEqual(here(['a/1.png', 'a/4.png', 'a/same.png', 'b/1.png', 'b/deep/x.png']))
    expect(unreadable).toEqual(
      [
        ['etc', 'it is a link that leaves the folder, expected a folder of a class'],
        ['loose.png', 'it is a file, expected a folder of a class'],
        ['a/leak.png', 'it is a link that leaves the folder, expected an image'],
        ['a/linked', 'it is a link to a folder, expected an image'],
        ['a/lost.png', 'it is a link to nowhere, expected an image'],
        ['a/2.txt', 'it is neither a PNG nor a JPEG, WebP or GIF'],
        ['a/3.png', 'it is cut short'],
      ].map(([path = '', why]) => ({ path: join(folder, path), why })),
    )
    await expect(read('', { strict: true })).rejects.toThrow(
      `not every file is an image that can be read:\n  ${JSON.stringify(join(folder, 'etc'))}: it is a link`,
    )
  })

  it('waits for no pipe', async () => {
    await save({ 'a/1.png': grey(1) })
    execFileSync('mkfifo', [join(folder, 'a', 'pipe.png')])
    expect((await read()).unreadable).toEqual([
      { path: join(folder, 'a/pipe.png'), why: 'it is neither a file nor a folder, expected an image' },
    ])
    const found = []
    for await (const image of eachImage([join(folder, 'a/pipe.png')], rule)) found.push(image)
    expect(found).toEqual([{ path: join(folder, 'a/pipe.png'), why: 'it is no file' }])
  })

  it('follows folders sixteen deep', async () => {
    const deep = (depth: number): string => `a/${'d/'.repeat(depth - 1)}x.png`
    await save({ [deep(16)]: grey(1), [deep(17)]: grey(2) })
    const { train, unreadable } = await read()
    expect([...train.features]).toEqual([1])
    expect(unreadable).toMatchObject([{ why: 'it lies deeper than 16 folders' }])
  })

  it('refuses a class of which no image can be read', async () => {
    await save({ 'a/1.png': grey(1), 'b/x.txt': 'x', 'c/x.txt': 'x' })
    await expect(read()).rejects.toThrow(
      `no image can be read of the classes "b", "c"; for instance ${JSON.stringify(join(folder, 'b/x.txt'))}: it is neither`,
    )
  })

  it('refuses a class whose folder is empty, and says what to do', async () => {
    await save({ 'a/1.png': grey(1) })
    await mkdir(join(folder, 'b'))
    await expect(read()).rejects.toThrow('no image can be read of the class "b"; add some, or leave the class out')
  })

  it('takes images of one size as they are where there is no rule', async () => {
    await save({ 'a/1.png': grey(7), 'b/1.png': grey(8), 'b/x.txt': 'x' })
    const photos = await readPhotos(folder)()
    expect(photos).toMatchObject({
      right: {
        train: { shape: [1, 2, 3], features: Uint8Array.from([7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8]) },
        unreadable: [{ path: join(folder, 'b/x.txt') }],
      },
    })
    await save({ 'b/2.png': grey(9, 3, 3) })
    expect(await readPhotos(folder)()).toMatchObject({
      left: { message: expect.stringContaining('the images have 2 sizes (1 × 2: 2, 3 × 3: 1)') as string },
    })
  })

  it('reports its progress and stops on request', async () => {
    await save({ 'a/1.png': grey(7), 'a/2.png': grey(8) })
    const steps: string[] = []
    const stop = new AbortController()
    const progress = (done: number, total: number): void => {
      steps.push(`${String(done)}/${String(total)}`)
      if (steps.length === 5) stop.abort()
    }
    await read('', { progress, signal: stop.signal })
    expect(steps).toEqual(['0/2', '1/2', '2/2'])
    await expect(read('', { progress, signal: stop.signal })).rejects.toThrow('reading was stopped')
    expect(steps).toHaveLength(5)
  })

  it('says what is missing', async () => {
    await save({ 'notes.txt': 'x', 'a.csv': '' })
    await expect(read('none')).rejects.toThrow(
      /^cannot read the images of .*none: ".*" does not exist; check the path$/,
    )
    await expect(read('notes.txt')).rejects.toThrow('expected a folder, or a table that ends in .csv, .tsv or .jsonl')
    await expect(read()).rejects.toThrow('a.csv: it names no image')
    await rm(join(folder, 'a.csv'))
    await expect(read()).rejects.toThrow('expected one folder per class, or a table of labels in it, got none')
  })

  it('throws for a rule that cannot be followed', () => {
    expect(() => readPhotos(folder, { ...rule, size: [0, 1] })).toThrow('expected a size of two whole numbers')
  })
})

describe('readPhotos of a folder with parts', () => {
  it.each(['test', 'val', 'valid', 'validation'])('reads train and %s, whose classes may be fewer', async (part) => {
    await save({
      'train/a/1.png': grey(1),
      'train/b/1.png': grey(2),
      'train/c/1.png': grey(3),
      [`${part}/c/1.png`]: grey(4),
      [`${part}/a/1.png`]: grey(5),
      [`${part}/a/x.txt`]: 'x',
      'readme.txt': 'x',
    })
    expect(await read()).toMatchObject({
      train: { features: Uint8Array.of(1, 2, 3), labels: Int32Array.of(0, 1, 2), classes: ['a', 'b', 'c'] },
      test: { features: Uint8Array.of(5, 4), labels: Int32Array.of(0, 2), classes: ['a', 'b', 'c'] },
      files: { test: here([`${part}/a/1.png`, `${part}/c/1.png`]) },
      unreadable: [
        { path: join(folder, 'readme.txt'), why: 'it is a file, expected nothing beside the folders of the parts' },
        { path: join(folder, part, 'a/x.txt') },
      ],
      counts: [
        { name: 'a', train: 1, test: 1 },
        { name: 'b', train: 1, test: 0 },
        { name: 'c', train: 1, test: 1 },
      ],
    })
  })

  it('refuses a third part', async () => {
    await save({ 'train/a/1.png': grey(1), 'test/a/1.png': grey(2), 'val/a/1.png': grey(3) })
    await expect(read()).rejects.toThrow(
      'it has the folders train, test, val; expected train and one other: join val with train, or move it elsewhere',
    )
  })

  it('refuses a class that training lacks', async () => {
    await save({ 'train/a/1.png': grey(1), 'test/a/1.png': grey(2), 'test/z/1.png': grey(3) })
    await expect(read()).rejects.toThrow('the test part has classes that the training part lacks: "z"')
  })

  it('puts classes that are given first, whether training has images of them or not', async () => {
    await save({
      ...{ 'train/b/1.png': grey(1), 'train/a/1.png': grey(2), 'test/z/1.png': grey(3), 'test/a/1.png': grey(4) },
    })
    const { train, test, counts } = await read('', { classes: ['z', 'b'] })
    expect([train.classes, [...train.labels], [...(test?.labels ?? [])]]).toEqual([
      ['z', 'b', 'a'],
      [2, 1],
      [2, 0],
    ])
    expect(counts[0]).toEqual({ name: 'z', train: 0, test: 1 })
    expect(train.features[0]).toBe(2)
  })

  it('refuses a test part without images, and one of another size', async () => {
    await save({ 'train/a/1.png': grey(1), 'test/a/x.txt': 'x' })
    await expect(read()).rejects.toThrow('no image of the test part can be read')
    await save({ 'test/a/1.png': grey(1, 3, 3) })
    expect(await readPhotos(folder)()).toMatchObject({
      left: {
        message: expect.stringContaining('the training images are 1 × 2 × 3, those to test on 3 × 3 × 3') as string,
      },
    })
  })

  it('takes classes for classes that are called train and test', async () => {
    await save({ 'train/ice.png': grey(1), 'test/tube.png': grey(2) })
    expect(await read()).toMatchObject({ train: { classes: ['test', 'train'] }, test: undefined })
  })

  it('takes a second folder to test on', async () => {
    await save({ 'one/a/1.png': grey(1), 'one/b/1.png': grey(2), 'two/b/1.png': grey(3) })
    const photos = await read('one', { test: join(folder, 'two') })
    expect(photos.test).toMatchObject({ features: Uint8Array.of(3), labels: Int32Array.of(1), classes: ['a', 'b'] })
    await save({ 'both/train/a/1.png': grey(1), 'both/test/a/1.png': grey(1) })
    await expect(read('both', { test: join(folder, 'two') })).rejects.toThrow('one of them has parts of its own')
  })

  it('is what a data spec loads, with its test part', async () => {
    await save({ 'train/a/1.png': grey(1, 4), 'test/a/1.png': grey(2, 4) })
    const loaded = await loadSource({ kind: 'images', folder, size: [2, 2], channels: 1, fit: 'pad' })()
    expect(loaded).toMatchObject({
      right: { train: { features: Uint8Array.of(1, 1, 255, 255) }, test: { features: Uint8Array.of(2, 2, 255, 255) } },
    })
    await save({ 'train/a/x.txt': 'x' })
    expect(await loadSource({ kind: 'images', folder })()).toMatchObject({ _tag: 'Left' })
  })
})

describe('readPhotos of a table', () => {
  const images = { 'i/1.png': grey(1), 'i/2.png': grey(2), 'i/3.png': grey(3) }

  it.each([
    ['t.csv', 'path,label\ni/1.png,b\ni/2.png,a\n"i/3.png",b\n'],
    ['t.csv', 'i/1.png,b\ni/2.png,a\ni/3.png,b\n'],
    ['t.tsv', 'i/1.png\tb\n\ni/2.png\ta\ni/3.png\tb'],
    ['T.CSV', 'Label,width, File \nb,2,i/1.png\na,2,i/2.png\nb,2,i/3.png\n'],
  ])('reads %s of %j', async (name, text) => {
    await save({ ...images, [name]: text })
    expect(await read(name)).toMatchObject({
      train: { features: Uint8Array.of(1, 2, 3), labels: Int32Array.of(1, 0, 1), classes: ['a', 'b'] },
      files: { train: here(['i/1.png', 'i/2.png', 'i/3.png']) },
      unreadable: [],
    })
  })

  it('lists files that are missing or lie elsewhere, unless they may', async () => {
    await save({
      ...images,
      'in/4.png': grey(4),
      'in/t.csv': `4.png,a\nnone.png,a\n../i/1.png,a\n${folder}/i/2.png,a\n.,a\n`,
    })
    const { train, unreadable } = await read('in/t.csv')
    expect([...train.features]).toEqual([4])
    expect(unreadable.map(({ why }) => why)).toEqual([
      'it does not exist; paths are relative to the table',
      'it lies outside of the folder of the table; set the option `anywhere` to allow that',
      'it lies outside of the folder of the table; set the option `anywhere` to allow that',
      'it lies outside of the folder of the table; set the option `anywhere` to allow that',
    ])
    const anywhere = await read('in/t.csv', { anywhere: true })
    expect([...anywhere.train.features]).toEqual([4, 1, 2])
    expect(anywhere.files.train).toEqual(here(['in/4.png', 'i/1.png', 'i/2.png']))
    expect(anywhere.unreadable.map(({ why }) => why)).toEqual([
      'it does not exist; paths are relative to the table',
      'it is no file',
    ])
  })

  it('keeps a class whose files are missing, and refuses it', async () => {
    await save({ ...images, 't.csv': 'i/1.png,a\nnone.png,b\n' })
    await expect(read('t.csv')).rejects.toThrow('no image can be read of the class "b"; for instance')
  })

  it.each([
    ['', 'it names no image'],
    ['path,label\n', 'it names no image'],
    [
      'a,b,c\n1,2,3\n',
      'expected a column of files, called path, file, filename or image, or two columns without names',
    ],
    ['i/1.png,a\ni/2.png\n', 'it has rows that cannot be used:\n  line 2: expected a file and a label, got'],
    ['path,label\n,a\n', 'line 2: expected a file and a label, got'],
    ['"i/1.png,a\n', 'a quotation mark in the row that begins at line 1 never closes'],
    [new Uint8Array([0xff, 0xfe, 0x41]), 'UTF-16'],
  ])('refuses a table of %j', async (text, message) => {
    await save({ ...images, 't.csv': text })
    await expect(read('t.csv')).rejects.toThrow(message)
  })
})

describe('eachImage', () => {
  it('gives the pixels of each image by the rule, and goes on behind a bad one', async () => {
    await save({ 'a.png': grey(1), 'b.txt': 'x', 'c.png': grey(3) })
    const found = []
    for await (const image of eachImage(here(['a.png', 'b.txt', 'none', 'c.png']), rule)) found.push(image)
    expect(found).toEqual([
      { path: join(folder, 'a.png'), pixels: Uint8Array.of(1) },
      { path: join(folder, 'b.txt'), why: 'it is neither a PNG nor a JPEG, WebP or GIF' },
      { path: join(folder, 'none'), why: expect.stringContaining('it does not exist') as string },
      { path: join(folder, 'c.png'), pixels: Uint8Array.of(3) },
    ])
  })

  it('reads no further than it is asked', async () => {
    await save({ 'a.png': grey(1) })
    let asked = 0
    const paths = function* (): Generator<string> {
      for (;;) {
        asked++
        yield join(folder, 'a.png')
      }
    }
    for await (const image of eachImage(paths(), rule)) {
      expect(image).toMatchObject({ pixels: Uint8Array.of(1) })
      if (asked === 3) break
    }
    expect(asked).toBe(3)
  })

  it('throws for a rule that cannot be followed, before the first image', () => {
    expect(() => eachImage([], { ...rule, size: [0, 1] })).toThrow('expected a size of two whole numbers')
  })
})
