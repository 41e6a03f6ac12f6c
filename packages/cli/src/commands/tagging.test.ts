import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { resultsDecoder, type Results } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, withoutSeconds, type Sandbox } from '../../tests/sandbox.ts'
import { smallTagging, writeTagged } from '../../../experiments/tests/tagged-files.ts'

let box: Sandbox
let first: Results

const line = `compare ${smallTagging} --seeds 1 --strategies fine-tune,ptu --rates 1e-2 --json`

const read = (stdout: string): Results => {
  const decoded = resultsDecoder(JSON.parse(stdout), [])
  if (E.isLeft(decoded)) throw new Error(JSON.stringify(decoded.left))
  return decoded.right
}

beforeAll(async () => {
  box = await openSandbox()
  await writeTagged(box.folder)
  const { code, stdout, stderr } = await box.ptu(`${line} --out @runs/a`)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  first = read(stdout)
})
afterAll(async () => box.remove())

describe('ptu compare on tagged texts', () => {
  it('takes the tagger unless told otherwise, and counts tokens', () => {
    expect(first.settings).toMatchObject({ source: { body: 'tagger' }, shots: 12 })
    expect(first.source.blocks).toEqual(['embedding', 'context'])
    const { kind, testExamples, testLabels } = first.target
    expect(kind).toBe('tag')
    expect(testLabels).toBeGreaterThan(2 * testExamples)
    for (const { accuracy } of first.runs)
      expect(accuracy * testLabels).toBeCloseTo(Math.round(accuracy * testLabels), 6)
  })

  it('tests folded networks that compute what was trained', () => {
    for (const { foldError } of first.runs) expect(foldError).toBeLessThan(1e-4)
  })

  it('gives the same numbers when it goes on', async () => {
    await rm(join(box.folder, 'runs/a/jobs/seed0-ptu.json'))
    const resumed = await box.ptu(`${line} --out @runs/a --resume`)
    expect(withoutSeconds(read(resumed.stdout))).toEqual(withoutSeconds(first))
  })

  it('tells sentences and tokens in its table and its report', async () => {
    const { stdout } = await box.ptu('inspect @runs/a')
    const { testExamples, testLabels } = first.target
    expect(stdout).toContain(`12 labelled texts, 1 draw, ${testLabels} tokens of ${testExamples} test texts`)
    expect(await readFile(join(box.folder, 'runs/a/report.html'), 'utf8')).toContain('12 labelled texts')
  })

  it.each([
    ['--body lenet', 'expected the body tagger or tagger-lstm for texts with a tag for each token, got lenet'],
    ['--shots 5000', 'expected at least 5000 sequences for 5000 shots'],
    ['--target @to.csv', 'expected source and target of one shape, got 8'],
    ['--target tags:@to.jsonl#steps=9', 'for texts with #steps=N'],
    ['--target tags:@to.jsonl#steps=3', 'tokens, the most is 3; split it or allow more steps'],
    ['--target tags:@to.jsonl#tokens=words', 'expected a list of texts in "words", got nothing'],
  ])('answers %s with one message', async (flags, message) => {
    const { code, stderr } = await box.ptu(`${line} ${flags} --out @runs/${flags.replaceAll(/\W/g, '')}`)
    expect(code).toBe(1)
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })

  it('refuses a tagger for other data', async () => {
    const { code, stderr } = await box.ptu('compare --source @from.csv --target @to.csv --body tagger --out @runs/no')
    expect(code).toBe(1)
    expect(stderr).toContain('expected texts with a tag for each token for the body tagger')
  })
})

describe('ptu transfer, evaluate and inspect on tagged texts', () => {
  it('save a tagger that can be tested on other texts and looked into', async () => {
    const made = await box.ptu(`transfer ${smallTagging} --strategy ptu --out @runs/model --json`)
    expect(made.code).toBe(0)
    const model = '@runs/model/model.safetensors'
    const tested = await box.ptu(`evaluate ${model} --data tags:@to.jsonl#steps=8 --backend wasm --json`)
    expect(JSON.parse(tested.stdout)).toMatchObject({ classes: ['ADJ', 'ADV', 'NOUN', 'VERB'] })
    expect((await box.ptu(`evaluate ${model} --data tags:@to.jsonl#steps=8 --backend wasm`)).stdout).toMatch(
      /% of \d+ tokens/,
    )
    expect((await box.ptu(`inspect ${model} --backend wasm`)).stdout).toContain('bidirectional')
    const other = await box.ptu(`evaluate ${model} --data @to.csv --backend wasm`)
    expect(other).toMatchObject({ code: 1, stdout: '' })
    expect(other.stderr).toContain('expected texts with a tag for each token')
  })

  it('refuses methods that are for one label per example, before anything is trained', async () => {
    const { code, stderr } = await box.ptu(`compare ${smallTagging} --seeds 1 --strategies lp-ft,ptu --out @runs/lp`)
    expect(code).toBe(1)
    expect(stderr).toContain(
      'lp-ft: expected a task of the kind classify or multi-label or regress, got tag; leave this method out',
    )
    const one = await box.ptu(`transfer ${smallTagging} --strategy ptu-evidence --out @runs/one`)
    expect(one.stderr).toContain(
      'ptu-evidence: expected a task of the kind classify or multi-label or regress, got tag',
    )
  })
})
