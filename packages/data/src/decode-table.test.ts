import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { alignClasses, alignTable } from './align-table.ts'
import { decodeTable, readTable, type TableOptions } from './decode-table.ts'
import { numberRows } from './number-rows.ts'
import type { Table } from './table.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const read = (text: string, options: TableOptions = {}): Table => {
  const table = decodeTable(bytes(text), options)
  if (E.isLeft(table)) throw table.left
  return table.right
}

const problemOf = (text: string, options: TableOptions = {}): string => {
  const table = decodeTable(bytes(text), options)
  return E.isLeft(table) ? table.left.message : 'it was read'
}

/** The rows of a table with the names of their classes. */
const rowsOf = ({ dataset }: Table): readonly (readonly (number | string)[])[] => {
  const width = dataset.shape.reduce((product, n) => product * n, 1)
  return [...dataset.labels].map((label, i) => [
    ...dataset.features.subarray(i * width, (i + 1) * width),
    dataset.classes[label] ?? '',
  ])
}

const rows = [
  [1.5, -2, 'oak'],
  [0.25, 7, 'elm'],
]

describe('the separator', () => {
  it.each([
    ['commas', 'a,b,label\n1.5,-2,oak\n.25,7,elm'],
    ['semicolons', 'a;b;label\n1.5;-2;oak\n.25;7;elm'],
    ['semicolons and decimal commas', 'a;b;label\n1,5;-2;oak\n,25;7;elm'],
    ['decimal commas without a header', '1,5;-2;oak\n0,25;7;elm'.replace(/^/, 'a;b;label\n')],
    ['tabs', 'a\tb\tlabel\n1.5\t-2\toak\n.25\t7\telm'],
    ['bars', 'a|b|label\n1.5|-2|oak\n.25|7|elm'],
    ['a mark before and carriage returns', '\uFEFFa,b,label\r\n1.5,-2,oak\r\n.25,7,elm\r\n'],
    ['carriage returns behind the first line alone', 'a,b,label\r\n1.5,-2,oak\n.25,7,elm'],
    ['carriage returns behind a later line alone', 'a,b,label\n1.5,-2,oak\r\n.25,7,elm'],
    ['carriage returns alone', 'a,b,label\r1.5,-2,oak\r.25,7,elm'],
    ['quotes', '"a";"b";"label"\n"1,5";"-2";"oak"\n"0,25";"7";"elm"'],
    ['white space and empty lines', 'a, b ,label\n\n 1.5, -2, oak\n\n.25,7,elm\n'],
  ])('is told from %s', (_, text) => {
    expect(rowsOf(read(text))).toEqual(rows)
  })

  it('is not what stands in quotes', () => {
    expect(rowsOf(read('a;label\n1;"x,y,z"\n2;"u,v,w"'))).toEqual([
      [1, 'x,y,z'],
      [2, 'u,v,w'],
    ])
    expect(rowsOf(read('a,label\n1,"x;y;z"\n2,"u;v;w"'))).toEqual([
      [1, 'x;y;z'],
      [2, 'u;v;w'],
    ])
  })

  it('is told where all rows are decimal commas', () => {
    const { dataset } = read('1,5;2,5;3,5\n4,5;5,5;6,5', { header: false, label: 3 })
    expect([...dataset.features]).toEqual([1.5, 2.5, 4.5, 5.5])
    expect(dataset.classes).toEqual(['3,5', '6,5'])
  })

  it('is what is given', () => {
    const [first] = read('a,b|label\n1|x\n2|y', { separator: '|' }).columns
    expect(first?.name).toBe('a,b')
  })

  it('is the one of the first line where rows are ragged', () => {
    expect(problemOf('a;b;label\n1;2\n1;2;x')).toContain('line 2: expected 3 cells, got 2')
  })

  it('is found in the first lines of a long file, cut within quotes', () => {
    const long = `a;label\n${'1;"x\ny"\n'.repeat(20_000)}`
    expect(read(long).dataset.labels).toHaveLength(20_000)
    const wide = Array.from({ length: 20_000 }, (_, i) => `column${String(i)}`)
    expect(
      read([wide.join('|'), wide.map((_, i) => (i === 0 ? 'x' : '1')).join('|')].join('\n'), { label: 1 }).columns,
    ).toHaveLength(19_999)
  })
})

describe('numbers', () => {
  it('must have one decimal sign in a file', () => {
    expect(problemOf('a;label\n1,5;x\n2.5;y')).toBe(
      "expected one decimal sign, got 1,5 in line 2 and 2.5 in line 3; give decimal ',' or '.'",
    )
    expect(problemOf('a;label\n1,5;x\n2.5;y', { decimal: ',' })).toContain(
      'line 3, column "a": expected a number, got "2.5"',
    )
    expect(problemOf('a;label\n1;x\n2.5;y\n3,5;z', { decimal: '.' })).toContain(
      'line 4, column "a": expected a number, got "3,5"',
    )
  })

  it('are not thousands by guess', () => {
    expect(problemOf('a;label\n1,500;x\n2;y')).toBe(
      "1,500 in line 2 may be a decimal comma or a thousand; give decimal ',' or '.'",
    )
    expect(rowsOf(read('a;label\n1,500;x\n2;y', { decimal: ',' }))).toEqual([
      [1.5, 'x'],
      [2, 'y'],
    ])
    expect(rowsOf(read('a;label\n1,500;x\n2,5;y'))).toEqual([
      [1.5, 'x'],
      [2.5, 'y'],
    ])
  })

  it('have a point where commas separate', () => {
    expect(problemOf('a,label\n"1,5",x\n2,y')).toContain('line 2, column "a": expected a number, got "1,5"')
  })

  it('must fit 32 bits', () => {
    expect(problemOf('a,label\n1e39,x\n1,y')).toContain('line 2, column "a": expected a number, got "1e39"')
  })
})

describe('the first line', () => {
  it('names the columns where it holds no number, or numbers that count beside texts', () => {
    expect(read('a,b,label\n1,2,x').columns.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(read('label,0,1,2\nx,5,6,7').columns.map(({ name }) => name)).toEqual(['0', '1', '2'])
    expect(read('label,1,2\nx,5,6').columns.map(({ name }) => name)).toEqual(['1', '2'])
  })

  it('is a row where it holds only numbers', () => {
    const table = read('4,5,1\n7,8,0', { label: 3 })
    expect(rowsOf(table)).toEqual([
      [4, 5, '1'],
      [7, 8, '0'],
    ])
    expect(table.columns.map(({ name }) => name)).toEqual(['1', '2'])
  })

  it.each([['5.1,3.5,setosa\n4.9,3,setosa'], ['1,2,3\n4,5,6'], ['0,x\n1,y']])(
    'is asked for where it may be either: %j',
    (text) => {
      expect(problemOf(text, { label: 1 })).toContain(
        'line 1 may be names or a row; say which with header: true or header: false',
      )
    },
  )

  it('is what is said', () => {
    expect(rowsOf(read('5.1,3.5,setosa\n4.9,3,setosa', { header: false, label: 3 }))).toEqual([
      [Math.fround(5.1), 3.5, 'setosa'],
      [Math.fround(4.9), 3, 'setosa'],
    ])
    expect(read('1,2,3\n4,5,6', { header: true, label: '2' }).dataset.classes).toEqual(['5'])
  })

  it('is asked about where the label is called like a class', () => {
    expect(read('red,oak\nblue,oak\nred,elm').warnings.join()).toContain("label's column is called like a class")
    expect(read('colour,kind\nblue,oak\nred,elm').warnings).toEqual([])
  })
})

describe('the label', () => {
  it.each([
    ['label', 'Class,a,b\nx,1,2', {}],
    ['a target', 'a,target,b\n1,x,2', {}],
    ['y', 'a,y,b\n1,x,2', {}],
    ['the second of two', 'x,kind\n1,x', {}],
    ['a name', 'a,b,kind\n1,2,x', { label: 'kind' }],
    ['a number', 'a,kind,b\n1,x,2', { label: 2 }],
    ['a number as a text', 'a,kind,b\n1,x,2', { label: '2' }],
  ])('is found by %s', (_, text, options) => {
    expect(read(text, options).dataset.classes).toEqual(['x'])
  })

  it.each([
    ['a,b,kind\n1,2,x', {}, 'which column is the label? Name it; the columns are "a", "b", "kind"'],
    ['x,y,kind\n1,2,x', {}, 'which column is the label?'],
    ['label,class,a\n1,2,3', {}, 'which column is the label?'],
    ['a,b\n1,x', { label: 3 }, "expected the label's column from 1 to 2, got 3"],
    ['a,b\n1,x', { label: 0 }, 'got 0'],
    ['a,b\n1,x', { label: 1.5 }, 'got 1.5'],
    ['a,b\n1,x', { label: 'c' }, 'expected a column "c", the columns are "a", "b"'],
  ])('is asked for in %j with %j', (text, options, message) => {
    expect(problemOf(text, options)).toContain(message)
  })

  it('may be none but those of an earlier table', () => {
    const options = { classes: ['elm', 'oak', 'yew'] }
    expect(read('a,label\n1,oak\n2,elm', options).dataset).toMatchObject({
      labels: Int32Array.of(1, 0),
      classes: options.classes,
    })
    expect(problemOf('a,label\n1,oak\n2,ash', options)).toContain(
      'line 3: the label "ash" is not one of "elm", "oak", "yew"',
    )
  })
})

describe('categories', () => {
  it('become a number for each text, and are remembered', () => {
    const table = read('colour,size,label\nred,1,x\nblue,2,y\nred,4,x')
    expect(rowsOf(table)).toEqual([
      [0, 1, 1, 'x'],
      [1, 0, 2, 'y'],
      [0, 1, 4, 'x'],
    ])
    expect(table.columns).toEqual([
      { kind: 'category', name: 'colour', categories: ['blue', 'red'] },
      { kind: 'number', name: 'size', mean: 7 / 3 },
    ])
    expect(table.dataset.shape).toEqual([3])
  })

  it('may be numbers where it is said so', () => {
    const table = read('zip,label\n10,x\n9,y\n10,y', { categories: ['zip'] })
    expect(table.columns).toEqual([{ kind: 'category', name: 'zip', categories: ['9', '10'] }])
    expect([...table.dataset.features]).toEqual([0, 1, 1, 0, 0, 1])
  })

  it('are not mixed with numbers', () => {
    expect(problemOf('a,label\n1,x\ntwo,y\n3,z')).toContain('line 3, column "a": expected a number, got "two"')
    const mostlyTexts = problemOf('a,label\none,x\ntwo,y\n3,z')
    expect(mostlyTexts).toContain(
      'column "a": 2 cells are texts, 1 are numbers; correct them, or name the column in `categories`',
    )
    expect(mostlyTexts).not.toContain('more')
    expect(problemOf(`a,label\n${'1,x\n'.repeat(30)}${'b,x\n'.repeat(20)}`)).toContain('and 10 more')
  })

  it('are at most 100', () => {
    const lines = (count: number): string => Array.from({ length: count }, (_, i) => `t${String(i)},x`).join('\n')
    expect(read(`a,label\n${lines(100)}`).dataset.shape).toEqual([100])
    expect(problemOf(`a,label\n${lines(101)}`)).toContain('column "a": it has more than 100 different texts')
  })
})

describe('missing cells', () => {
  it.each([[''], ['NA'], ['NaN'], ['null'], ['?'], ['N/A'], ['nan'], ['NULL']])(
    'are refused with their place: %j',
    (mark) => {
      for (const filled of ['1', 'red'])
        expect(problemOf(`a,b,label\n${filled},1,x\n${mark},2,y`)).toContain(
          `line 3, column "a": expected a value, or missing: drop or mean, got ${JSON.stringify(mark)}`,
        )
    },
  )

  const text = 'a,colour,label\n1,red,x\n?,blue,y\n4,,x'

  it('leave their rows out on request', () => {
    const table = read(text, { missing: 'drop' })
    expect(rowsOf(table)).toEqual([[1, 1, 'x']])
    expect(table.warnings).toContain('2 rows with missing cells left out')
    expect(problemOf('a,label\n,x', { missing: 'drop' })).toBe(
      'expected a line of names and at least one row, got no row; 1 row had missing cells',
    )
  })

  it('are filled by the mean on request, a category by none', () => {
    const table = read(text, { missing: 'mean' })
    expect(rowsOf(table)).toEqual([
      [1, 0, 1, 'x'],
      [2.5, 1, 0, 'y'],
      [4, 0, 0, 'x'],
    ])
    expect(table.columns[0]).toEqual({ kind: 'number', name: 'a', mean: 2.5 })
    expect(table.warnings).toContain("2 missing cells filled: numbers by the column's mean, categories by none")
  })

  it('cannot be a whole column', () => {
    expect(problemOf('a,b,label\n,1,x\n?,2,y', { missing: 'mean' })).toContain('column "a": every cell is missing')
  })

  it('are not looked for among labels and what is ignored', () => {
    const table = read('a,note,label\n1,,NA\n2,?,?', { missing: 'drop', ignore: ['note'] })
    expect(rowsOf(table)).toEqual([
      [1, 'NA'],
      [2, '?'],
    ])
    expect(problemOf('a,label\n1,', { missing: 'drop' })).toContain('line 2: the label is empty')
  })
})

describe('warnings', () => {
  it('name columns whose cells begin with digits but are no numbers', () => {
    const found = (cells: readonly string[], options = {}) =>
      read(`size,label\n${cells.map((cell, i) => `"${cell}",${String(i % 2)}`).join('\n')}`, options).warnings
    const cells = ['1,009', '1,009', '5 cm', '$2,000.50', '7 cm']
    expect(found(cells)).toEqual([
      '1 column ("size") taken for categories, though every cell begins with a digit: write plain numbers, as 1234.5, if ' +
        'they are some',
    ])
    expect(found(cells, { categories: ['size'] })).toEqual([])
    expect(found(['red', 'red', '5 cm', '7 cm'])).toEqual([])
    expect(found(['1st', '1st', '2nd', '2nd'])).toEqual([])
  })

  it('name columns that tell nothing', () => {
    const table = read('id,name,same,word,size,label\n7,ann,3,a,2,x\n8,bob,3,a,3,y\n9,cyd,3,a,4.5,x')
    expect(table.warnings).toEqual([
      '2 columns ("same", "word") with one value in every row: they tell nothing',
      '2 columns ("id", "name") with another value in every row, like a number of the row: leave them out with `ignore`',
    ])
    expect(read('id,same,label\n7,3,x\n8,3,y\n9,3,z', { ignore: ['id', 'same'].slice(0, 1) }).columns).toHaveLength(1)
  })

  it('are not given of a category that is missing here and there', () => {
    const { warnings } = read('colour,label\nred,x\n?,y\nred,z', { missing: 'mean' })
    expect(warnings.filter((warning) => warning.includes('one value'))).toEqual([])
  })

  it('count the rows of classes that are called like a missing value', () => {
    const text = 'a,label\n1,NaN\n2,oak\n4,NaN\n7,NA'
    expect(read(text).warnings).toEqual([
      '1 example of a class "NA": if this stands for a label that is missing, leave out the rows',
      '2 examples of a class "NaN": if this stands for a label that is missing, leave out the rows',
    ])
    // A model that knows the class has it on purpose.
    expect(read(text, { classes: ['NA', 'NaN', 'oak'] }).warnings).toEqual([])
  })

  it('are not given of sound columns', () => {
    expect(read('a,colour,label\n1,red,x\n2,blue,y\n4,red,x').warnings).toEqual([])
  })
})

describe('an earlier table', () => {
  const earlier = read('width,colour,height,label\n1,red,10,x\n3,blue,30,y')

  it('gives later rows its columns, whatever their order', () => {
    const text = 'label,height,colour,width\ny,5,red,7'
    expect(rowsOf(read(text, { columns: earlier.columns }))).toEqual([[7, 0, 1, 5, 'y']])
    const aligned = alignTable(earlier.columns, read(text))
    expect(E.map(rowsOf)(aligned)).toEqual(E.right([[7, 0, 1, 5, 'y']]))
    expect(E.map(({ columns }: Table) => columns)(aligned)).toEqual(E.right(earlier.columns))
  })

  it('fills what is missing by its own means', () => {
    const later = read('height,width,colour,label\n?,9,?,x', { columns: earlier.columns, missing: 'mean' })
    expect(rowsOf(later)).toEqual([[9, 0, 0, 20, 'x']])
  })

  it.each([
    ['width,colour,label\n1,red,x', 'got them without "height"'],
    ['width,colour,height,depth,label\n1,red,2,3,x', 'got them with "depth" too many'],
    ['w,colour,height,label\n1,red,2,x', 'got them without "width" and with "w" too many'],
  ])('names the columns that differ: %j', (text, message) => {
    expect(problemOf(text, { columns: earlier.columns })).toContain(message)
    expect(alignTable(earlier.columns, read(text))).toMatchObject({
      left: { name: 'DataError', message: expect.stringContaining(message) as string },
    })
  })

  it('refuses kinds and categories that it did not have', () => {
    const green = 'width,colour,height,label\n1,green,2,x'
    expect(problemOf(green, { columns: earlier.columns })).toContain(
      'line 2, column "colour": expected one of "blue", "red", got "green"',
    )
    expect(alignTable(earlier.columns, read(green))).toMatchObject({
      left: { message: 'the column "colour" has "green", expected one of "blue", "red"' },
    })
    const texts = 'width,colour,height,label\nlow,red,2,x'
    expect(problemOf(texts, { columns: earlier.columns })).toContain(
      'line 2, column "width": expected a number, got "low"',
    )
    expect(alignTable(earlier.columns, read(texts))).toMatchObject({
      left: { message: 'expected numbers in the column "width", got texts' },
    })
    expect(alignTable(earlier.columns, read('width,colour,height,label\n1,5,2,x'))).toMatchObject({
      left: { message: 'expected texts in the column "colour", got numbers' },
    })
  })

  it('keeps a shape that fits', () => {
    const image = read('a,b,c,d,label\n1,2,3,4,x', { shape: [2, 2, 1] })
    const later = alignTable(image.columns, read('d,c,b,a,label\n4,3,2,1,x', { shape: [2, 2, 1] }))
    expect(E.map(({ dataset }: Table) => dataset)(later)).toEqual(E.right(image.dataset))
  })

  it('is undone by no order of columns', () => {
    const names = ['a', 'b', 'c', 'd']
    const order = fc.shuffledSubarray(names, { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(order, order, (first, second) => {
        const text = (columns: readonly string[]): string =>
          `${columns.join()},label\n${columns.map((name) => String(names.indexOf(name) + 0.5)).join()},x`
        const [one, two] = [read(text(first)), read(text(second))]
        expect(E.map(rowsOf)(alignTable(one.columns, two))).toEqual(E.right(rowsOf(one)))
      }),
      { seed: 1, numRuns: 100 },
    )
  })
})

describe('alignClasses', () => {
  it('numbers labels as an earlier set does, and names classes that it has not', () => {
    const { dataset } = read('a,label\n1,oak\n2,elm\n3,oak')
    expect(alignClasses(['yew', 'oak', 'elm'], dataset)).toMatchObject({
      right: { labels: Int32Array.of(1, 2, 1), classes: ['yew', 'oak', 'elm'] },
    })
    expect(alignClasses(['oak', 'yew'], dataset)).toMatchObject({
      left: { message: 'expected the classes "oak", "yew", got "elm" besides' },
    })
    const tagged = { ...dataset, labels: Int32Array.of(0, -1, 1), tagged: true }
    expect(alignClasses(['oak', 'elm'], tagged)).toMatchObject({ right: { labels: Int32Array.of(1, -1, 0) } })
  })
})

describe('lines of JSON', () => {
  const jsonl: TableOptions = { format: 'jsonl' }

  it("are rows of the first object's fields", () => {
    const table = read(
      '{"size":1.5,"colour":"red","wet":true,"label":"x"}\n\n{"label":"y","wet":false,"colour":"blue","size":-2e3}',
      jsonl,
    )
    expect(rowsOf(table)).toEqual([
      [1.5, 0, 1, 0, 1, 'x'],
      [-2000, 1, 0, 1, 0, 'y'],
    ])
  })

  it('may lack fields as they may be null', () => {
    const text = '{"a":1,"b":2,"label":"x"}\n{"b":null,"label":"y","a":3}\n{"a":5,"label":"y"}'
    expect(rowsOf(read(text, { ...jsonl, missing: 'drop' }))).toEqual([[1, 2, 'x']])
    expect(problemOf(text, jsonl)).toContain('line 2, column "b": expected a value')
    expect(problemOf(text, jsonl)).toContain('line 3, column "b": expected a value')
  })

  it.each([
    ['{"a":1,"label":"x"}\n[1]', 'line 2: expected a JSON object'],
    ['{"a":1,"label":"x"}\n{', 'line 2: expected a JSON object: '],
    ['{"a":[1],"label":"x"}', 'line 1: expected a number or a text in "a", got a list or an object'],
    ['{"a":1,"label":"x"}\n{"a":1,"b":2,"label":"x"}', 'line 2: the first object has no field "b"'],
    ['{"a":1,"label":"x"}\n{"b":2,"label":"x"}', 'line 2: the first object has no field "b"'],
  ])('are refused with their line: %j', (text, message) => {
    expect(problemOf(text, jsonl)).toContain(message)
  })
})

describe('names that objects have as fields', () => {
  const names = ['constructor', '__proto__', 'toString', 'length', 'hasOwnProperty']

  it('may be columns, classes and categories of a table', () => {
    const lines = [
      [...names, 'label'].join(),
      ...names.map((name, i) => [...names.map((_, j) => String(i * j)), name].join()),
    ]
    const table = read(lines.join('\n'))
    expect(table.columns.map(({ name }) => name)).toEqual(names)
    expect(rowsOf(table)[3]).toEqual([0, 3, 6, 9, 12, 'length'])
    expect(E.map(rowsOf)(alignTable(table.columns.toReversed(), table))).toMatchObject({ _tag: 'Right' })
    const words = read(`a,label\n${names.map((name) => `${name},x`).join('\n')}`)
    expect(words.columns).toEqual([{ kind: 'category', name: 'a', categories: names.toSorted() }])
  })

  it('may be fields of JSON', () => {
    const object = (value: number): string =>
      `{${names.map((name, i) => `"${name}":${String(value + i)}`).join()},"label":"x"}`
    const table = read(`${object(1)}\n${object(10)}`, { format: 'jsonl' })
    expect(table.columns.map(({ name }) => name)).toEqual(names)
    expect(rowsOf(table)).toEqual([
      [1, 2, 3, 4, 5, 'x'],
      [10, 11, 12, 13, 14, 'x'],
    ])
    expect(problemOf('{"a":1,"label":"x"}\n{"label":"y"}', { format: 'jsonl' })).toContain(
      'line 2, column "a": expected a value',
    )
    expect(problemOf('{"toString":1,"label":"x"}\n{"label":"y"}', { format: 'jsonl' })).toContain(
      'line 2, column "toString": expected a value',
    )
  })
})

describe('decodeTable', () => {
  it('names the columns that are to be ignored or are categories and are not there', () => {
    expect(problemOf('a,b,label\n1,2,x', { ignore: ['c'], categories: ['d'] })).toContain(
      'there is no column "c", "d"; the columns are "a", "b", "label"',
    )
    expect(problemOf('a,label\n1,x', { ignore: ['a'] })).toContain('expected at least one column of numbers')
  })

  it('refuses UTF-16, with a mark or without', () => {
    for (const start of [
      [0xff, 0xfe, 0x61, 0],
      [0x61, 0, 0x2c, 0],
      [0, 0x61, 0, 0x2c],
    ])
      expect(decodeTable(Uint8Array.from(start))).toMatchObject({
        left: { message: 'expected UTF-8, got UTF-16; save it as UTF-8' },
      })
  })

  it('takes characters that are cut between pieces of the check', () => {
    const padding = 'x'.repeat(2 ** 20 - 10)
    expect(read(`a,label\n1,${padding}é`).dataset.classes[0]).toHaveLength(padding.length + 1)
    expect(problemOf(`a,label\n1,${padding}`.slice(0, -1))).toBe('it was read')
  })

  it('keeps rows in their order across pieces of memory', () => {
    const kept = numberRows(2 ** 19)
    const row = new Float32Array(2 ** 19)
    for (const value of [1, 2, 3]) kept.add(row.fill(value))
    expect([0, 1, 2].map((i) => [kept.at(i)[0], kept.at(i).at(-1)])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
    expect(kept.count()).toBe(3)
  })

  it('never throws', () => {
    const part = fc.constantFrom(',', ';', '\t', '\n', '"', '1', '2,5', 'a', 'label', 'NA', '\0', 'é', '{"a":1}')
    const texts = fc.array(part, { maxLength: 40 }).map((parts) => bytes(parts.join('')))
    const options = fc.record({
      format: fc.constantFrom('csv' as const, 'tsv' as const, 'jsonl' as const),
      missing: fc.constantFrom('refuse' as const, 'drop' as const, 'mean' as const),
    })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), texts), options, (input, given) => {
        const table = decodeTable(input, given)
        if (E.isLeft(table)) expect(table.left.name).toBe('DataError')
        else expect(table.right.dataset.features.every((x) => Number.isFinite(x))).toBe(true)
      }),
      { seed: 1, numRuns: 1500 },
    )
  })
})

describe('readTable', () => {
  it('reads what the ending of the file names, and names the file where it is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ptu-table-'))
    for (const [name, text] of [
      ['t.csv', 'a,label\n1,x'],
      ['t.TSV', 'a\tlabel\n1\tx'],
      ['t.jsonl', '{"a":1,"label":"x"}'],
    ] as const) {
      await writeFile(join(folder, name), text)
      expect(await readTable(join(folder, name))()).toMatchObject({ right: { dataset: { classes: ['x'] } } })
    }
    const path = join(folder, 't.csv')
    expect(await readTable(path, { label: 'b' })()).toMatchObject({
      left: { message: expect.stringContaining(`cannot read ${path}: it has problems:`) as string },
    })
    await rm(folder, { recursive: true })
  })
})
