import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { picture } from '../../tests/picture.ts'
import { UsageError } from '../errors.ts'
import { loadParts } from './load-parts.ts'
import { loadTask } from './task-data.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ptu-parts-'))
  for (const [name, red] of [
    ['cat', 10],
    ['dog', 200],
  ] as const) {
    await mkdir(join(folder, name))
    for (let i = 0; i < 4; i++) await writeFile(join(folder, name, `${i}.png`), picture([red + i, 0, 0], 12, 8))
  }
  await writeFile(join(folder, 'dog', 'broken.png'), 'no picture')
})
afterAll(() => rm(folder, { recursive: true }))

const image = { size: [4, 6], channels: 3, fit: 'crop' } as const

describe('a folder of images', () => {
  it('is read by the rule of a network, and broken files are told and left out', async () => {
    const told: string[] = []
    const found = await loadParts(`images:${folder}`, { image, warn: (text) => told.push(text) })()
    expect(found).toMatchObject({ right: { train: { shape: [4, 6, 3], classes: ['cat', 'dog'] }, test: undefined } })
    expect(E.isRight(found) && found.right.train.labels.length).toBe(8)
    expect(told).toEqual([expect.stringMatching(/^1 files of .*broken\.png/)])
  })

  it('is read the same way as the target of a task, a bare path too', async () => {
    const found = await loadTask(folder, undefined, { image })()
    expect(found).toMatchObject({ right: { train: { shape: [4, 6, 3] }, test: { shape: [4, 6, 3] } } })
  })

  it.each([
    ['size=8x8', 'size 8x8 where the network reads 4x6'],
    ['channels=1', 'channels 1 where the network reads 3'],
    ['size=4x6&fit=pad', 'fit pad where the network reads images by crop'],
  ])('is refused with the option %s, which the network contradicts', async (option, message) => {
    const found = await loadParts(`images:${folder}#${option}`, { image })()
    if (E.isRight(found)) throw new Error('expected a Left')
    expect(found.left).toBeInstanceOf(UsageError)
    expect(found.left.message).toContain(message)
  })

  it('may say again what the network asks for', async () => {
    expect(E.isRight(await loadParts(`images:${folder}#size=4x6&channels=3&fit=crop`, { image })())).toBe(true)
  })
})

describe('texts for an encoder', () => {
  const tokens = { tokenizer: {}, steps: 8, padding: 0 }

  it.each([
    ['unit=word', '#unit: the network brings its tokenizer'],
    ['steps=4', '#steps: say with --tokens how many tokens are read'],
    ['missing=drop', '#missing: leave it out'],
  ])('are refused with the option %s, which leaves no room', async (option, message) => {
    const found = await loadParts(`table:reviews.csv#${option}`, { tokens })()
    expect(E.isLeft(found) && found.left).toBeInstanceOf(UsageError)
    expect(E.isLeft(found) && found.left.message).toContain(message)
  })
})

describe('a table of images with numbers', () => {
  beforeAll(async () => {
    const rows = Array.from({ length: 4 }, (_, i) => `cat/${i}.png,${3 * i},${i % 2}`)
    await writeFile(join(folder, 'table.csv'), ['file,weight,old', ...rows, ''].join('\n'))
  })

  it('is read by the rule of a network, with the columns that a model remembers', async () => {
    const numbers = { image: 'file', label: 'weight', target: { kind: 'regress', columns: ['weight'] } }
    const warned: string[] = []
    const read = (text: string) => loadParts(text, { image, warn: (said) => warned.push(said) })()
    expect(await read(`images:${folder}/table.csv#label=weight&regress=yes`)).toMatchObject({
      right: { columns: numbers, train: { classes: ['weight'], targets: { values: Float64Array.of(0, 3, 6, 9) } } },
    })
    expect(warned).toEqual([])
    expect(await read(`images:${folder}#label=weight&regress=yes`)).toMatchObject({ right: { columns: numbers } })
    expect(warned).toEqual([expect.stringContaining('does not name')])
    expect(await loadTask(`images:${folder}/table.csv#label=weight&regress=yes`, undefined, { image })()).toMatchObject(
      {
        right: { columns: numbers, test: { targets: { kind: 'regress' } } },
      },
    )
  })
})

describe('a bare path of a table that names images', () => {
  const told: string[] = []
  const read = (text: string) => loadParts(text, { image, warn: (said) => told.push(said) })()

  it('is taken for the images, as ptu train takes it, and that is told', async () => {
    const path = join(folder, 'table.csv')
    expect(await read(`${path}#label=weight&regress=yes`)).toEqual(
      await read(`images:${path}#label=weight&regress=yes`),
    )
    expect(told).toEqual([
      `${path} is taken for a table of images, as images:${path}; table:${path} would read its cells`,
    ])
  })

  it('is read as numbers and categories where that is asked for', async () => {
    told.length = 0
    const path = join(folder, 'table.csv')
    for (const text of [
      `table:${path}#label=old&ignore=file`,
      `${path}#label=old&ignore=file`,
      `csv:${path}#label=old&ignore=file`,
    ])
      expect(await read(text)).toMatchObject({ right: { table: [{ name: 'weight' }] } })
    expect(told.filter((text) => text.includes('images'))).toEqual([])
  })
})

describe('the part to test on', () => {
  it('is refused by the name of the data and of a label that is on in too few, with what to do', async () => {
    const path = join(folder, 'rare.csv')
    await writeFile(
      path,
      ['x,a,b', ...Array.from({ length: 9 }, (_, i) => `${i},${i % 2},${Number(i === 4)}`)].join('\n'),
    )
    const found = await loadTask(`${path}#label=a,b`)()
    expect(E.isLeft(found) && found.left.message).toBe(
      `${path}#label=a,b: expected at least 2 examples with each label for a split that validates on 1, but label b has ` +
        '1 example; add examples or leave the label out',
    )
  })
})

describe('a table for a network that knows its columns', () => {
  const rows = (names: readonly string[], order: readonly number[]): string =>
    [
      [...order.map((i) => names[i]), 'kind'],
      ...Array.from({ length: 8 }, (_, row) => [...order.map((i) => 10 * row + i), row % 2 === 0 ? 'x' : 'y']),
    ].join('\n')
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  const names = ['a', 'b', 'c']

  it('is brought to them by name, and remembers them', async () => {
    const source = await loadTask(await file('from.csv', rows(names, [0, 1, 2])))()
    const moved = await loadParts(await file('moved.csv', rows(names, [2, 0, 1])), {
      table: E.isRight(source) ? source.right.table : undefined,
    })()
    const own = await loadParts(join(folder, 'from.csv'), {})()
    if (E.isLeft(moved) || E.isLeft(own) || E.isLeft(source)) throw new Error('expected tables')
    expect(moved.right.train.features).toEqual(own.right.train.features)
    expect(moved.right.table).toBe(source.right.table)
    const target = await loadTask(join(folder, 'moved.csv'), source.right)()
    expect(E.isRight(target) && target.right.digest).toBe(source.right.digest)
    expect(E.isRight(target) && target.right.table?.map(({ name }) => name)).toEqual(names)
  })

  it('is refused with other columns, or as a target taken in its own order with a warning', async () => {
    const source = await loadTask(await file('from.csv', rows(names, [0, 1, 2])))()
    if (E.isLeft(source)) throw source.left
    const other = await file('other.csv', rows(['a', 'b', 'd'], [0, 1, 2]))
    const refused = await loadParts(other, { table: source.right.table })()
    expect(E.isLeft(refused) && refused.left.message).toContain('expected the columns "a", "b", "c", got them without')
    const told: string[] = []
    const target = await loadTask(other, source.right, { warn: (text) => told.push(text) })()
    expect(told).toEqual([
      `${other}: the last column "kind" was taken for the label`,
      expect.stringContaining('are not called like those that the source network was trained on'),
    ])
    expect(E.isRight(target) && target.right.table?.map(({ name }) => name)).toEqual(['a', 'b', 'd'])
  })
})

describe('what a table reader left out, filled or guessed', () => {
  const gaps = 'a,b,kind\n1,2,x\n,4,y\n5,6,x\n7,?,y\n9,9,x\n'
  const toldOf = async (options: string): Promise<readonly string[]> => {
    const path = join(folder, 'gaps.csv')
    await writeFile(path, gaps)
    const told: string[] = []
    const found = await loadParts(`table:${path}#${options}`, { warn: (text) => told.push(text) })()
    if (E.isLeft(found)) throw found.left
    return told.map((text) => text.replace(folder, ''))
  }

  it('is told with the name of the data', async () => {
    expect(await toldOf('missing=drop&label=kind')).toEqual([
      'table:/gaps.csv#missing=drop&label=kind: 2 rows with missing cells left out',
    ])
    expect(await toldOf('missing=mean')).toEqual([
      'table:/gaps.csv#missing=mean: the last column "kind" was taken for the label',
      "table:/gaps.csv#missing=mean: 2 missing cells filled: numbers by the column's mean, categories by none",
    ])
  })
})

describe('a specification that is not understood', () => {
  it('is a wrong call', async () => {
    const found = await loadParts('nope:x', {})()
    expect(E.isLeft(found) && found.left).toBeInstanceOf(UsageError)
  })
})
