import { describe, expect, it } from 'vitest'

import { streamRows } from './stream-rows.ts'
import type { TextFormat } from './text-records.ts'

/** Text in pieces, which notes that it was closed. */
const source = (text: string, state: { closed: boolean }): AsyncIterable<Uint8Array> =>
  (async function* () {
    try {
      // Far more than is looked at for separators.
      for (let i = 0; ; i++) yield await Promise.resolve(new TextEncoder().encode(i === 0 ? text : text.repeat(1000)))
    } finally {
      state.closed = true
    }
  })()

describe('the rows of a table, one after the other', () => {
  it.each([
    ['csv', 'a,b\n1,2\n'],
    ['tsv', 'a\tb\n1\t2\n'],
    ['jsonl', '{"a":1,"b":2}\n'],
  ] as const)(
    'close what they are read from where no more of them are asked for (%s)',
    async (format: TextFormat, text) => {
      const state = { closed: false }
      for await (const { cells } of streamRows(source(text, state), format)) {
        expect(cells).toEqual(['a', 'b'])
        break
      }
      expect(state.closed).toBe(true)
    },
  )

  it('close it where it does not begin as text', async () => {
    const state = { closed: false }
    await expect(streamRows(source('\0\0\0', state), 'csv').next()).rejects.toThrow()
    expect(state.closed).toBe(true)
  })
})
