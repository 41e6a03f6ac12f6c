import { describe, expect, it } from 'vitest'

import { columnFound, columnTally, noteNumber, noteText } from './column-tally.ts'

const foundFrom = (cells: readonly (number | string)[]) => {
  const tally = columnTally('size', undefined, false)
  cells.forEach((cell, i) => {
    if (typeof cell === 'number') noteNumber(tally, cell)
    else noteText(tally, cell, i + 2)
  })
  return columnFound(tally)
}

describe('columnFound', () => {
  it('takes a column of numbers with their mean, and one of texts as categories', () => {
    expect(foundFrom([1, 2, 6])).toEqual({ column: { kind: 'number', name: 'size', mean: 3 } })
    expect(foundFrom(['b', 'a', 'b'])).toEqual({ column: { kind: 'category', name: 'size', categories: ['a', 'b'] } })
  })

  it('names each of a few texts among numbers, ten at most, and counts the others', () => {
    const numbers = Array.from({ length: 20 }, (_, i) => i)
    const few = foundFrom([...numbers, 'wide'])
    expect(few).toMatchObject({ problems: [{ line: 22 }], uncounted: 0 })
    const many = foundFrom([...numbers, ...Array.from({ length: 13 }, () => 'wide')])
    expect(many).toMatchObject({ uncounted: 3 })
    expect('problems' in many && many.problems.length).toBe(10)
  })

  it('says once that numbers are few among texts, with nothing left uncounted', () => {
    const found = foundFrom(['a', 'b', 'c', 1])
    expect(found).toMatchObject({ problems: [{ line: 0 }], uncounted: 0 })
    expect('problems' in found && found.problems[0]?.problem).toContain('3 cells are texts, 1 are numbers')
  })

  it('says that a column without a cell is missing, with nothing left uncounted', () => {
    expect(foundFrom([])).toMatchObject({ problems: [{ line: 0 }], uncounted: 0 })
  })
})
