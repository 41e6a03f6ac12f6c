import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { TextEncoding } from '@ptu/data'
import type { ModelFacts } from '@ptu/experiments'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Sandbox } from '../../tests/sandbox.ts'
import { examplesFor } from './predict-inputs.ts'

let box: Sandbox

const encoding: TextEncoding = {
  ...{ kind: 'text', text: 'text', label: 'label', unit: 'word' },
  vocabulary: ['<padding>', '<unknown>', 'good'],
}
const facts = { image: null, encoding } as unknown as ModelFacts

/** The parts of the work that are done after each example, and at the end. */
const partsOf = async (inputs: readonly string[], texts?: readonly string[]): Promise<readonly unknown[]> => {
  const { examples, progress } = examplesFor(facts, 'm', { inputs, texts }, box.env())
  const parts: unknown[] = []
  for await (const example of examples) parts.push(example.path && progress(parts.length + 1))
  return [...parts, progress(parts.length)]
}

beforeAll(async () => {
  box = await openSandbox()
  const files = {
    'small.csv': 'text\r\ngood\r\n"bad\r\nbook"\r\n\r\n',
    'marked.csv': '\uFEFFtext\nnaïve\n',
    'small.jsonl': '{"text":"naïve"}\n\n{"text":"good"}',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(box.folder, name), text)
})
afterAll(() => box.remove())

describe('the progress of labelling', () => {
  it('is that of the rows which are labelled, not of the bytes that are read ahead', async () => {
    expect(await partsOf(['small.csv'])).toEqual([
      [12, 27],
      [25, 27],
      [27, 27],
    ])
    expect(await partsOf(['small.jsonl'])).toEqual([
      [18, 34],
      [34, 34],
      [34, 34],
    ])
  })

  it('goes through all files', async () => {
    expect(await partsOf(['small.jsonl', 'marked.csv', 'small.csv'])).toEqual([
      [18, 76],
      [34, 76],
      [49, 76],
      [61, 76],
      [74, 76],
      [76, 76],
    ])
  })

  it('goes by the number of texts that were typed', async () => {
    expect(await partsOf([], ['good', 'bad'])).toEqual([
      [1, 2],
      [2, 2],
      [2, 2],
    ])
  })

  it('cannot be told of a published set, whose size is not known before', async () => {
    const { examples, progress } = examplesFor(facts, 'm', { inputs: ['small.csv', 'spam-assassin:hard'], texts: undefined }, box.env()) // prettier-ignore
    for await (const example of examples) {
      expect(example.path).toContain('small.csv')
      break
    }
    expect(progress(1)).toBeUndefined()
  })
})
