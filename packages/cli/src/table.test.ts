import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { byteSize, duration, percent, points, probability } from './format.ts'
import { bar, table } from './table.ts'

describe('a table', () => {
  it('aligns numbers to the right and names to the left', () => {
    expect(
      table(
        ['name', 'mean'],
        [
          ['ptu', '9.5'],
          ['fine-tune', '10.25'],
        ],
      ),
    ).toBe(['name        mean', '─────────  ─────', 'ptu          9.5', 'fine-tune  10.25'].join('\n'))
  })

  it('keeps every cell, whatever is in it', () => {
    const cell = fc.string({ minLength: 1, unit: fc.constantFrom('a', '7', 'é', '𝕏') })
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) => {
        const lines = table(['left', 'right'], rows).split('\n')
        expect(lines).toHaveLength(rows.length + 2)
        rows.forEach((row, i) => {
          for (const text of row) expect(lines[i + 2]).toContain(text)
        })
      }),
    )
  })
})

describe('a bar', () => {
  it('is as wide as it was told, full at one and empty at zero', () => {
    expect([bar(0, 4), bar(0.5, 4), bar(1, 4), bar(7, 4), bar(0.53125, 4)]).toEqual([
      '░░░░',
      '██░░',
      '████',
      '████',
      '██▏░',
    ])
  })
})

describe('numbers as text', () => {
  it('have the precision that people compare', () => {
    expect([percent(0.8126), points(0.0123), points(-0.0123), points(-0.0001)]).toEqual([
      '81.3',
      '+1.2',
      '-1.2',
      '+0.0',
    ])
    expect([duration(8.24), duration(42.4), duration(185), duration(7260)]).toEqual([
      '8.2 s',
      '42 s',
      '3 min 5 s',
      '2 h 1 min',
    ])
    expect([byteSize(812), byteSize(46_200), byteSize(1_240_000)]).toEqual(['812 B', '46 kB', '1.2 MB'])
    expect([probability(0.25), probability(0.0004)]).toEqual(['0.250', '<0.001'])
  })
})
