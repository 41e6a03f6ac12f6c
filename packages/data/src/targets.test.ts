import { describe, expect, it } from 'vitest'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'

import { concat, take, type Dataset } from './dataset.ts'
import { checkDataset } from './check-dataset.ts'
import { decodeTable, type TableOptions } from './decode-table.ts'
import { decodeLabelledTexts } from './labelled-texts.ts'
import { listCell } from './list-cell.ts'
import { nearName } from './near-name.ts'
import { toTensors } from './normalise.ts'
import { targetScale } from './targets.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const read = (text: string, options: TableOptions) => decodeTable(bytes(text), options)

const problem = (text: string, options: TableOptions): string => {
  const table = read(text, options)
  return E.isLeft(table) ? table.left.message : 'no problem'
}

const rightOf = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

const regress = { label: 'price', target: { kind: 'regress' } } as const
const lists = { label: 'tags', target: { kind: 'multi-label', separator: ';' } } as const

describe('columns of 0 and 1', () => {
  const text = 'size,red,"deep ""sea"", blue"\n1,1,0\n2,0,1\n'

  it('are sets of labels, with an empty cell for none', () => {
    const { dataset, label, target, columns } = rightOf(
      read('size,red,blue\n1,1,0\n2,,1\n3,true,no\n4,1.0,1\n', { label: 'red,blue' }),
    )
    expect(dataset.classes).toEqual(['red', 'blue'])
    expect([...(dataset.targets?.values ?? [])]).toEqual([1, 0, 0, 1, 1, 0, 1, 1])
    expect([label, target]).toEqual(['red,blue', { kind: 'multi-label', columns: ['red', 'blue'] }])
    expect(columns.map(({ name }) => name)).toEqual(['size'])
  })

  it('count each row to its rarest label when folds are made', () => {
    const { dataset } = rightOf(read('size,red,blue\n1,1,0\n2,0,1\n3,1,1\n4,1,0\n5,0,0\n', { label: 'red,blue' }))
    expect([...dataset.labels]).toEqual([0, 1, 1, 0, 0])
  })

  it('are one column of classes where it is called so, commas and all', () => {
    expect(rightOf(read(text, { label: 'deep "sea", blue' })).dataset.targets).toBeUndefined()
  })

  it.each([
    ['a name that is not there', 'red,blu', 'expected a column "blu"; did you mean "blue"?'],
    ['one name', 'red,', 'expected several columns of 0 and 1, got one, "red"'],
    ['a column of other numbers', 'red,size', 'line 3, column "size": expected 0 or 1, got "2"'],
    ['a label that is never on', 'red,never', 'the labels "never" are on in no row'],
    ['a label that is always on', 'red,always', 'the labels "always" are on in every row'],
  ])('refuse %s', (_, label, message) => {
    const table = 'x,size,red,blue,never,always\n7,1,1,0,0,1\n8,2,0,1,0,1\n'
    expect(problem(table, { label })).toContain(message)
  })

  it('refuse a separator or numbers to predict', () => {
    expect(problem('x,a,b\n1,1,0\n', { ...lists, label: 'a,b' })).toContain(
      'expected one column of labels with --separator',
    )
    expect(problem('x,a,b\n1,1,0\n', { ...regress, label: 'a,b' })).toContain(
      'expected one column of labels with --regress',
    )
  })
})

describe('a column of lists', () => {
  it('is a set of labels, in the order of their names', () => {
    const { dataset } = rightOf(read('size,tags\n1,sea blue; red\n2,\n3,red;red\n', lists))
    expect(dataset.classes).toEqual(['red', 'sea blue'])
    expect([...(dataset.targets?.values ?? [])]).toEqual([1, 1, 0, 0, 1, 0])
  })

  it.each([
    [' a ;; b; ', ['a', 'b']],
    ['"a;b";c', ['a;b', 'c']],
    ['c; "say ""no"""', ['c', 'say "no"']],
    ['it said "no";b', ['it said "no"', 'b']],
    ['', []],
  ])('has the items of %j', (cell, items) => {
    expect(listCell(cell, ';')).toEqual(E.right(items))
  })

  it.each([
    ['size,tags\n1,"""a;b"\n2,a', 'line 2, column "tags": a quote that never closes'],
    ['size,tags\n1,"""a""b"\n2,a', 'line 2, column "tags": expected ";" behind a quoted item'],
    ['size,tags\n1,a\n2,a', 'expected two labels or more, got "a"'],
    ['size,tags\n1,\n2,', 'expected two labels or more, got none'],
  ])('refuses %j', (text, message) => {
    expect(problem(text, lists)).toContain(message)
  })
})

describe('numbers to predict', () => {
  it('are read in double precision', () => {
    const { dataset, target } = rightOf(read('size,price\n1,16777217.5\n2,-3e2\n', regress))
    expect([...(dataset.targets?.values ?? [])]).toEqual([16777217.5, -300])
    expect([dataset.classes, [...dataset.labels], target?.columns]).toEqual([['price'], [0, 0], ['price']])
  })

  it('may be more than the classes that there can be', () => {
    const rows = Array.from({ length: 1500 }, (_, i) => `1,${i}`).join('\n')
    expect(rightOf(read(`size,price\n${rows}`, regress)).dataset.targets?.values).toHaveLength(1500)
  })

  it('may have a decimal comma where cells stand between semicolons', () => {
    expect([...(rightOf(read('size;price\n1;2,5\n2;3,5\n', regress)).dataset.targets?.values ?? [])]).toEqual([
      2.5, 3.5,
    ])
    expect(problem('size;price\n1;2,500\n2;3,5\n', regress)).toContain('expected a number to predict, got "2,500"')
  })

  it.each([
    ['', 'line 3, column "price": expected a number to predict, got an empty cell'],
    ['NaN', 'line 3, column "price": expected a number to predict, got "NaN"'],
    ['1e999', 'line 3, column "price": expected a number to predict, got "1e999"'],
    ['Inf', 'got "Inf"'],
    ['dear', 'got "dear"'],
  ])('refuse %j', (cell, message) => {
    expect(problem(`size,price\n1,2\n2,${cell}\n3,4`, regress)).toContain(message)
  })

  it('refuse one row, and one number everywhere', () => {
    expect(problem('size,price\n1,2', regress)).toContain('expected two rows or more, got 1')
    expect(problem('size,price\n1,2\n3,2', regress)).toContain('the column "price" holds 2 in every row')
  })

  it('suggest the nearest column', () => {
    expect(problem('size,price\n1,2', { ...regress, label: 'prise' })).toContain('did you mean "price"?')
    expect(nearName('x', [])).toBe('')
  })
})

it('texts have sets of labels and numbers too', () => {
  const file = bytes('text,tags,stars\none,"a;b",1.5\ntwo,,2\n')
  const sets = rightOf(decodeLabelledTexts(file, lists))
  expect(sets.labels).toEqual(['["a","b"]', '[]'])
  const numbers = rightOf(decodeLabelledTexts(file, { ...regress, label: 'stars' }))
  expect([numbers.labels, numbers.origin?.target?.columns]).toEqual([['1.5', '2'], ['stars']])
  const bad = decodeLabelledTexts(bytes('text,stars\none,x\n'), { ...regress, label: 'stars' })
  expect(E.isLeft(bad) && bad.left.message).toContain('line 2, column "stars": expected a number to predict, got "x"')
})

describe('targets of a data set', () => {
  const set: Dataset = {
    ...{ shape: [1], features: Float32Array.of(1, 2, 3), labels: new Int32Array(3), classes: ['price'] },
    targets: { kind: 'regress', values: Float64Array.of(10, 20, 30) },
  }

  it('go with their examples', () => {
    expect([...(take(set, [2, 0]).targets?.values ?? [])]).toEqual([30, 10])
    expect([...(concat(set, take(set, [1])).targets?.values ?? [])]).toEqual([10, 20, 30, 20])
    expect(() => concat(set, { ...set, targets: undefined })).toThrow('with targets to regress')
  })

  it('are learnt at their scale', () => {
    const scale = targetScale([10, 20, 30])
    const { x, y } = toTensors(
      { ...set, targets: { kind: 'regress', values: Float64Array.of(10, 20, 30), scale } },
      { mean: 0, deviation: 1 },
      [2, 1],
    )
    expect(scale.mean).toBe(20)
    expect(y.shape).toEqual([2, 1])
    expect(y.dataSync()[0]).toBeCloseTo(Math.sqrt(1.5), 6)
    expect(y.dataSync()[1]).toBe(0)
    disposeParams([x, y])
    expect(targetScale([5, 5]).deviation).toBe(1)
  })

  it('are as many as examples and classes, and finite', () => {
    const odd = (values: readonly number[]) => () =>
      checkDataset({ ...set, targets: { kind: 'regress', values: Float64Array.from(values) } })
    expect(odd([1, 2])).toThrow('expected 3 targets, 1 for each of 3 examples, got 2')
    expect(odd([1, NaN, 2])).toThrow('target 1 is NaN, expected a finite number')
  })
})
