import { describe, expect, it } from 'vitest'

import { decodeWordVectors, readWordVectors } from './word-vectors.ts'

const vocabulary = ['<padding>', '<unknown>', 'the', 'café', '.']

/** A file in pieces of a few bytes, so that lines and characters are cut anywhere. */
const pieces = async function* (text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.slice(at, at + size))
}
const read = (text: string | Uint8Array) => decodeWordVectors(pieces(text), vocabulary)
const problem = async (text: string | Uint8Array): Promise<string> =>
  read(text).then(
    () => 'none',
    (cause: unknown) => (cause as Error).message,
  )

describe('vectors of words in GloVe’s text format', () => {
  it('are those of the vocabulary alone, each at the place of its token, and say how many were found', async () => {
    const { width, values, known, notes } = await read('the 0.5 -1e-2\nzebra 7 7\n. 3 4\r\ncafé 1 2\n')
    expect([width, [...known]]).toEqual([2, [0, 0, 1, 1, 1]])
    expect([...values]).toEqual([0, 0, 0, 0, 0.5, -0.01, 1, 2, 3, 4].map(Math.fround))
    expect(notes).toEqual(['vectors of 2 numbers for 3 of 5 tokens (60.0 %); the others start at random'])
  })

  it('may follow the line of counts of word2vec, and words with spaces, which are no tokens', async () => {
    const { known, values } = await read('3 2\nat the 9 9\n. . 8 8\nthe 1 2\n')
    expect([[...known], values[4]]).toEqual([[0, 0, 1, 0, 0], 1])
  })

  it('count once where a word comes again, and without lines that are no text', async () => {
    const { values, notes } = await read('the 1 2\nthe 3 4\n')
    expect([...values.subarray(4, 6)]).toEqual([1, 2])
    expect(notes[1]).toContain('1 word came before')
    const latin = Uint8Array.from('caf\xe9 1 2\nthe 1 2\n\0 1 2\n', (c) => c.charCodeAt(0))
    expect((await read(latin)).notes[1]).toBe('2 lines left out that are no text in UTF-8')
  })

  it.each([
    ['a line with fewer numbers', 'the 1 2\nzebra 1\n', 'line 2: expected a word and 2 numbers, got 2 columns'],
    ['a line with more numbers', 'the 1 2\nzebra 1 2 3\n', 'line 2: expected a word and 2 numbers, got 4 columns'],
    ['NaN', 'a 1 2\nthe nan 2\n', 'line 2: expected finite numbers, got "nan"'],
    ['infinity', 'the 1 Infinity\n', 'line 1: expected finite numbers, got "Infinity"'],
    ['what single precision cannot hold', 'the 1 1e39\n', 'line 1: expected finite numbers, got "1e39"'],
    ['a text', 'hello\n', 'line 1: expected a word and 1 to 4096 numbers between spaces, got 0'],
    ['words alone', 'the quick fox\n', 'line 1: expected finite numbers, got "quick"'],
    ['two spaces', 'the 1  2\n', 'line 1: expected finite numbers, got ""'],
    ['a very long line', `the${' 1'.repeat(5000)}\n`, 'between spaces, got 5000'],
    ['a head that promises too much', '9 999999999\nthe 1\n', 'line 1: expected a word and 1 to 4096'],
    ['none of the words', 'zebra 1 2\n', 'it has none of the 5 tokens of the texts'],
    ['nothing', '', 'it has none of the 5 tokens'],
  ])('are refused with %s', async (_what, text, said) => {
    expect(await problem(text)).toContain(said)
  })

  it('are refused where a line never ends, in memory of that line, and where there is no file', async () => {
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 100; i++) yield await Promise.resolve(new Uint8Array(2 ** 20).fill(49))
      throw new Error('it was read to its end')
    }
    await expect(decodeWordVectors(endless(), vocabulary)).rejects.toThrow('line 1 has more than 4194304 bytes')
    expect(await readWordVectors('no-such-file.txt', vocabulary)()).toMatchObject({
      left: { message: 'cannot read no-such-file.txt: it does not exist; check the path' },
    })
  })
})
