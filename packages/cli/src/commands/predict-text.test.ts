import { describe, expect, it } from 'vitest'

import { csvHead, csvRow, labelsText, type Labelled } from './predict-text.ts'

const sure: Labelled = {
  path: 'a.png',
  classes: [
    { name: 'cat', probability: 0.7 },
    { name: 'dog', probability: 0.2 },
    { name: 'eel', probability: 0.1 },
  ],
}

describe('labels as text', () => {
  it('name the class, its probability and the next ones; what could not be read follows', () => {
    const found = [sure, { path: 'b.png', why: 'no image' }, { ...sure, path: 'c.png' }]
    expect(labelsText(found, 0, 'image', (path) => `./${path}`).split('\n')).toEqual([
      'image    class  probability %  next',
      '───────  ─────  ─────────────  ──────────────────',
      './a.png  cat             70.0  dog 20.0, eel 10.0',
      './c.png  cat             70.0  dog 20.0, eel 10.0',
      'not read: ./b.png: no image',
    ])
    expect(labelsText([{ path: 'b', why: 'w' }], 0, 'image', (path) => path)).toBe('not read: b: w')
  })

  it('name no class below the threshold', () => {
    const text = (threshold: number): string => labelsText([sure], threshold, 'image', (path) => path)
    expect([text(0.7).includes('(not sure)'), text(0.71).includes('(not sure)')]).toEqual([false, true])
    expect(text(0.71)).toContain('70.0')
  })
})

describe('labels as CSV', () => {
  it('have a row for each example, with an error where it has no label', () => {
    expect(csvHead).toBe('path,class,probability,error\n')
    expect(csvRow(sure, 0.7)).toBe('a.png,cat,0.700000,\n')
    expect(csvRow(sure, 0.8)).toBe('a.png,,0.700000,\n')
    expect(csvRow({ path: 'b.png', why: 'no image' }, 0)).toBe('b.png,,,no image\n')
    expect(csvRow({ path: 'c.png', classes: [] }, 0)).toBe('c.png,,,\n')
  })

  it('quote cells with commas, quotes or line breaks', () => {
    const row = (path: string): string => csvRow({ path, why: '' }, 0)
    expect(row('a,"b"')).toBe('"a,""b""",,,\n')
    expect([row('a\nb'), row('a\rb'), row('a b')]).toEqual(['"a\nb",,,\n', '"a\rb",,,\n', 'a b,,,\n'])
  })
})
