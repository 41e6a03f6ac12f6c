import { PassThrough } from 'node:stream'

import { describe, expect, it } from 'vitest'

import { terminalBars } from './progress-bar.ts'

/** The lines that a terminal shows of what was written to it. */
const screenOf = (written: string): readonly string[] => {
  const rows: string[] = ['']
  let [row, column, saved] = [0, 0, [0, 0] as readonly [number, number]]
  const put = (change: (old: string) => string): void => void (rows[row] = change(rows[row] ?? ''))
  const controls: Readonly<Record<string, () => unknown>> = {
    '\u001b7': () => (saved = [row, column]),
    '\u001b8': () => ([row, column] = saved),
    '\u001b[1G': () => (column = 0),
    '\u001b[2K': () => {
      put(() => '')
    },
    '\u001b[0K': () => {
      put((old) => old.slice(0, column))
    },
    '\n': () => {
      ;[row, column] = [row + 1, 0]
      put((old) => old)
    },
  }
  for (const [token] of written.matchAll(/\u001b(?:[78]|\[\??\d*[A-Za-z])|\n|[^\u001b\n]+/g)) {
    controls[token]?.()
    if (token in controls || token.startsWith('\u001b')) continue
    put((old) => old.padEnd(column).slice(0, column) + token + old.slice(column + token.length))
    column += token.length
  }
  return rows
}

/** Bars on a terminal in memory, a way to write beside them, and what the terminal shows. */
const opened = () => {
  let written = ''
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  stream.on('data', (bytes: Buffer) => (written += bytes.toString()))
  const bars = terminalBars(stream as unknown as NodeJS.WriteStream, () => 0)
  const write = bars.above((text) => stream.write(text))
  return { bars, write, screen: () => screenOf(written) }
}

describe('a bar on a terminal', () => {
  it('shares no line with texts, stays below them, and leaves nothing behind', () => {
    const { bars, write, screen } = opened()
    const bar = bars.progress('labelling')
    bar.set(1, 4)
    write('a.png,cat\n')
    expect(screen()).toEqual(['a.png,cat', ''])
    bar.set(2, 4)
    expect(screen()).toEqual(['a.png,cat', expect.stringMatching(/^labelling █+░+ 50%/)])
    write('b.png,dog\nc.png,dog\n')
    bar.set(4, 4)
    expect(screen()).toEqual(['a.png,cat', 'b.png,dog', 'c.png,dog', expect.stringMatching(/^labelling █+ 100%/)])
    bar.stop()
    write('3 labelled\n')
    expect(screen()).toEqual(['a.png,cat', 'b.png,dog', 'c.png,dog', '3 labelled', ''])
  })

  it('waits for the end of a line that others began', () => {
    const { bars, write, screen } = opened()
    write('a question: ')
    const bar = bars.progress('labelling')
    bar.set(1, 2)
    write('')
    bar.set(1, 2)
    expect(screen()).toEqual(['a question: '])
    write('yes\n')
    write('')
    bar.set(1, 2)
    expect(screen()).toEqual(['a question: yes', expect.stringContaining('50%')])
    bar.stop()
    expect(screen()).toEqual(['a question: yes', ''])
  })
})
