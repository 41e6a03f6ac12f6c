import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { brownGenres, imaginative } from './brown.ts'
import { parseSource } from './parse-source.ts'
import { loadSource, type Source } from './source.ts'

describe('parseSource', () => {
  it.each([
    ['mnist', { kind: 'mnist', classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }],
    ['mnist:0-4', { kind: 'mnist', classes: [0, 1, 2, 3, 4] }],
    ['mnist:1,3,7-9', { kind: 'mnist', classes: [1, 3, 7, 8, 9] }],
    ['idx:a/images.gz,labels.gz', { kind: 'idx', images: 'a/images.gz', labels: 'labels.gz' }],
    ['idx:i,l#classes=1-3', { kind: 'idx', images: 'i', labels: 'l', classes: [1, 2, 3] }],
    ['csv:path.csv#label=species', { kind: 'table', path: 'path.csv', label: 'species' }],
    ['data/Iris.CSV', { kind: 'table', path: 'data/Iris.CSV' }],
    ['t.csv#label=a=b&shape=28x28x1', { kind: 'table', path: 't.csv', label: 'a=b', shape: [28, 28, 1] }],
    ['notes.tsv', { kind: 'table', path: 'notes.tsv' }],
    ['a/records.JSONL#text=body', { kind: 'table', path: 'a/records.JSONL', text: 'body' }],
    [
      'table:t.csv#header=no&separator=semicolon&missing=mean&categories=a,b&ignore=c&unit=character&steps=9',
      {
        kind: 'table',
        path: 't.csv',
        header: false,
        separator: ';',
        missing: 'mean',
        categories: ['a', 'b'],
        ignore: ['c'],
        unit: 'character',
        steps: 9,
      },
    ],
    [
      'houses.csv#label=price&regress=yes',
      { kind: 'table', path: 'houses.csv', label: 'price', target: { kind: 'regress' } },
    ],
    ['t.csv#label=a,b&regress=no', { kind: 'table', path: 't.csv', label: 'a,b' }],
    ['t.csv#lists=semicolon', { kind: 'table', path: 't.csv', target: { kind: 'multi-label', separator: ';' } }],
    [
      't.csv#text=body&lists= / ',
      { kind: 'table', path: 't.csv', text: 'body', target: { kind: 'multi-label', separator: ' / ' } },
    ],
    [
      'images:leaves#image=file&label=round,soft',
      { kind: 'images', folder: 'leaves', columns: { image: 'file', label: 'round,soft' } },
    ],
    [
      'images:l.csv#regress=yes&size=8x8',
      { kind: 'images', folder: 'l.csv', size: [8, 8], columns: { target: { kind: 'regress' } } },
    ],
    ['images:leaves', { kind: 'images', folder: 'leaves' }],
    ['./leaves', { kind: 'images', folder: './leaves' }],
    ['mnist.csv', { kind: 'table', path: 'mnist.csv' }],
    ['C:\\leaves', { kind: 'images', folder: 'C:\\leaves' }],
    ['folder#2', { kind: 'images', folder: 'folder#2' }],
    ['brown:news,humor', { kind: 'brown', genres: ['news', 'humor'] }],
    ['brown:imaginative#steps=40', { kind: 'brown', genres: imaginative, steps: 40 }],
    ['brown', { kind: 'brown', genres: brownGenres }],
    ['tags:a.jsonl', { kind: 'tags', path: 'a.jsonl', format: 'jsonl' }],
    [
      'tags:a.TSV#tokens=w&tags=t&steps=9',
      { kind: 'tags', path: 'a.TSV', format: 'tsv', tokens: 'w', tags: 't', steps: 9 },
    ],
    ['leaves#size=32x48&channels=1', { kind: 'images', folder: 'leaves', size: [32, 48], channels: 1 }],
    [
      'images:leaves#size=32x48&channels=1&fit=crop',
      { kind: 'images', folder: 'leaves', size: [32, 48], channels: 1, fit: 'crop' },
    ],
    ['leaves#fit=squash&size=8x8', { kind: 'images', folder: 'leaves', size: [8, 8], fit: 'squash' }],
    ['leaves#fit=pad&size=8x8', { kind: 'images', folder: 'leaves', size: [8, 8], fit: 'pad' }],
  ])('reads %s', (text, spec) => {
    expect(parseSource(text)).toEqual(E.right(spec))
  })

  it.each([
    ['', 'it is empty'],
    ['minst:0-4', "there is no kind 'minst'"],
    ['constructor:x', "there is no kind 'constructor'"],
    ['mnist:', "expected classes like 0-4 or 1,3,7-9, got ''"],
    ['mnist:a', "expected classes like 0-4 or 1,3,7-9, got 'a'"],
    ['mnist:4-0', 'expected the smaller class first, got 4-0'],
    ['mnist:0-10', 'expected classes up to 9, got 0-10'],
    ['mnist:1,0-3', 'class 1 comes twice in 1,0-3'],
    ['mnist#label=x', "mnist has no option 'label'"],
    ['idx:images', 'expected two paths with a comma between them'],
    ['csv:', 'the path is missing'],
    ['t.csv#header=maybe', "expected yes or no, got 'maybe'"],
    ['t.csv#separator=,', "expected comma or semicolon or tab or bar, got ','"],
    ['t.csv#missing=zero', "expected drop or mean, got 'zero'"],
    ['t.csv#unit=byte', "expected word or character, got 'byte'"],
    ['t.csv#steps=0', "expected steps from 1 to 1000, got '0'"],
    ['t.csv#constructor=1', "table has no option 'constructor'"],
    ['images:', 'the folder is missing'],
    ['csv:a.csv#shape=28x0', "expected a shape like 28x28x1, got '28x0'"],
    ['leaves#size=32', 'expected a size like 32x32, got 32'],
    ['brown:sport', 'expected informative, imaginative or genres of news, editorial, '],
    ['brown:constructor', 'expected informative, imaginative or genres of news, editorial, '],
    ['brown:news,news', 'the genre news comes twice'],
    ['brown:news#steps=1001', "expected steps from 1 to 1000, got '1001'"],
    ['brown#steps=0', "expected steps from 1 to 1000, got '0'"],
    ['tags:a.txt', "expected a file that ends in .csv, .tsv or .jsonl, got 'a.txt'"],
    ['tags:', "expected a file that ends in .csv, .tsv or .jsonl, got ''"],
    ['leaves#size=8x8&fit=cut', 'expected the fit squash, crop or pad, got cut'],
    ['leaves#fit=crop', 'fit needs a size, for example #size=224x224&fit=crop'],
    ['t.csv#regress=maybe', "expected yes or no, got 'maybe'"],
    ['t.csv#regress=yes&lists=;', 'lists goes with lists of labels, regress with numbers; leave one of them out'],
    ['t.csv#lists=', "expected a sign between labels, such as ; or semicolon, got ''"],
    ['images:leaves#lists="', `expected a sign between labels, such as ; or semicolon, got '"'`],
    ['mnist#regress=yes', "mnist has no option 'regress'"],
    ['leaves#channels=4', 'expected 1 or 3 channels, got 4'],
  ])('refuses %j and shows the forms there are', (text, problem) => {
    const parsed = parseSource(text)
    if (E.isRight(parsed)) throw new Error('it was read')
    expect(parsed.left.name).toBe('DataError')
    expect(parsed.left.message).toContain(`cannot understand the data source '${text}': ${problem}`)
    expect(parsed.left.message).toContain('; expected one of')
  })

  it('never throws', () => {
    const part = fc.constantFrom('mnist', 'idx', 'csv', ':', ',', '-', '#', '=', '&', 'x', '9', '0', 'classes', '.csv')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(['Left', 'Right']).toContain(parseSource(text)._tag)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('loadSource of a file of rows', () => {
  const loaded = async (name: string, text: string, options = ''): Promise<E.Either<Error, Source>> => {
    const folder = await mkdtemp(join(tmpdir(), 'ptu-source-'))
    const path = join(folder, name)
    await writeFile(path, text)
    const spec = parseSource(path + options)
    if (E.isLeft(spec)) throw spec.left
    const source = await loadSource(spec.right, ['<padding>', '<unknown>', 'go'])()
    await rm(folder, { recursive: true })
    return source
  }

  it('gives numbers and sets of labels as targets, with the columns that they are in', async () => {
    const houses = 'size,price,large,loud\n1,300,0,1\n2,500,1,0\n4,900,1,1'
    const numbers = { kind: 'regress', columns: ['price'] }
    expect(await loaded('t.csv', houses, '#label=price&regress=yes')).toMatchObject({
      right: {
        train: { shape: [3], classes: ['price'], targets: { kind: 'regress', values: Float64Array.of(300, 500, 900) } },
        labels: { label: 'price', target: numbers, missing: 'refuse' },
      },
    })
    expect(await loaded('t.csv', houses, '#label=large,loud&ignore=price&missing=mean')).toMatchObject({
      right: {
        train: {
          ...{ shape: [1], classes: ['large', 'loud'] },
          targets: { kind: 'multi-label', values: Float64Array.of(0, 1, 1, 0, 1, 1) },
        },
        labels: { label: 'large,loud', target: { kind: 'multi-label', columns: ['large', 'loud'] }, missing: 'mean' },
      },
    })
    const kinds = await loaded('t.csv', 'size,kind\n1,oak\n2,elm\n4,elm')
    expect(E.isRight(kinds) && Object.keys(kinds.right)).not.toContain('labels')
  })

  it('gives texts with lists of labels as targets', async () => {
    const mails = 'text,about\ngo go,a;b\ngo on,b\ngo,'
    expect(await loaded('t.csv', mails, '#lists=semicolon')).toMatchObject({
      right: {
        train: {
          ...{ classes: ['a', 'b'], vocabulary: ['<padding>', '<unknown>', 'go'] },
          targets: { kind: 'multi-label', values: Float64Array.of(1, 1, 0, 1, 0, 0) },
        },
      },
    })
  })

  it('gives a table with its columns, and says where the label was taken to be', async () => {
    expect(await loaded('t.csv', 'width,colour,kind\n1,red,oak\n2,blue,elm\n4,red,elm')).toMatchObject({
      right: {
        train: { shape: [3], classes: ['elm', 'oak'] },
        test: undefined,
        columns: [{ name: 'width' }, { name: 'colour', categories: ['blue', 'red'] }],
        warnings: ['the last column "kind" was taken for the label'],
      },
    })
    expect(await loaded('t.tsv', 'kind\ta\tb\noak\t1\t2', '#label=kind&ignore=b')).toMatchObject({
      right: { train: { shape: [1], classes: ['oak'] }, warnings: [] },
    })
  })

  it('gives texts, by the vocabulary of the source, where a column is called text or named', async () => {
    const texts = { train: { shape: [2], features: Float32Array.of(2, 1, 1, 0), classes: ['a', 'b'] } }
    expect(await loaded('t.csv', 'text,label\ngo on,a\nstop,b')).toMatchObject({ right: { ...texts, warnings: [] } })
    expect(await loaded('t.jsonl', '{"mood":"a","text":"go on"}\n{"mood":"b","text":"stop"}')).toMatchObject({
      right: texts,
    })
    expect(await loaded('t.tsv', 'mood\tbody\na\tgo on\nb\tstop', '#text=body')).toMatchObject({ right: texts })
    expect(await loaded('t.csv', 'text,label\ngo,a\ngo,b')).toMatchObject({
      right: { warnings: ['1 text came before, 1 of them with another label'] },
    })
    expect(await loaded('t.csv', 'text,label\ngo,NA\nstop,b')).toMatchObject({
      right: { warnings: [expect.stringContaining('1 example of a class "NA"')] },
    })
  })
})

describe('loadSource', () => {
  it('loads the training and the test part of some digits', async () => {
    expect(await loadSource({ kind: 'mnist', classes: [8, 9] })()).toMatchObject({
      right: { train: { classes: ['8', '9'], shape: [28, 28, 1] }, test: { labels: { length: 1983 } } },
    })
  })

  it.each([
    ['idx:none,none', 'cannot read none: it does not exist'],
    ['none.csv', 'cannot read none.csv: it does not exist'],
    ['minst', 'cannot read the images of minst: "minst" does not exist; check the path'],
  ])('says that the files of %s are missing', async (text, message) => {
    const spec = parseSource(text)
    if (E.isLeft(spec)) throw spec.left
    const loaded = await loadSource(spec.right)()
    expect(loaded).toMatchObject({ left: { message: expect.stringContaining(message) as string } })
  })
})
