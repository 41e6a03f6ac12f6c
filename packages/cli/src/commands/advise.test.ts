import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Advice } from '@ptu/experiments'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { writeTagged } from '../../../experiments/tests/tagged-files.ts'
import { openSandbox, small, takenForLabel, withoutSeconds, type Sandbox } from '../../tests/sandbox.ts'
import { documentedIn, leaves } from '../../tests/schema-page.ts'

let box: Sandbox
let drawn: Advice
let documented: ReadonlyMap<string, string>

const source = small.replace(/ --target \S+| --steps \S+/g, '').replace(/ --shots \S+/, '')
const line = `advise ${source} --target @to.csv --shots 6`

beforeAll(async () => {
  box = await openSandbox()
  const { code, stdout, stderr } = await box.ptu(`${line} --json --out @advice.json`)
  expect([code, stderr]).toEqual([0, takenForLabel(box, 'from.csv', 'to.csv')])
  drawn = JSON.parse(stdout) as Advice
  documented = await documentedIn('advice-schema')
})
afterAll(async () => box.remove())

describe('ptu advise', () => {
  it('prints one document of the documented schema, and writes it to --out', async () => {
    expect(JSON.parse(await readFile(join(box.folder, 'advice.json'), 'utf8'))).toEqual(drawn)
    for (const [place, type] of leaves(drawn)) expect(documented.get(place)?.split(' or '), place).toContain(type)
    const found = new Set(leaves(drawn).map(([place]) => place))
    expect([...documented.keys()].filter((name) => !found.has(name))).toEqual([])
    expect(drawn.schema).toBe('ptu-advice/1')
  })

  it('says the same in words, with where the margin comes from', async () => {
    const { code, stdout } = await box.ptu(line)
    expect(code).toBe(0)
    expect(stdout).toContain('12 labelled examples of 2 classes in ')
    expect(stdout).toContain('6 of each class drawn with seed 0; no test data')
    expect(stdout).toContain(`: ${drawn.advice}\n${drawn.reason}\n`)
    expect(stdout).toContain(`--strategies ${drawn.method} with ptu compare`)
    for (const { method, loss } of drawn.options)
      expect(stdout).toMatch(new RegExp(`^${method} +${loss.toFixed(2)} `, 'm'))
    expect(stdout).toContain('the margin is 5 nats; docs/results/gates.md says what acting on it brought')
    expect(stdout).toContain(`${drawn.parameters} numbers`)
  })

  it('takes all labelled examples of --data, and leaves nothing behind but the source network', async () => {
    const temporary = join(box.folder, 'temporary')
    await mkdir(temporary)
    vi.stubEnv('TMPDIR', temporary)
    const before = await readdir(box.folder)
    const { code, stdout } = await box.ptu(`advise ${source} --data @to.csv --json`)
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as Advice).data).toMatchObject({ shots: null, labelled: 80, used: 80 })
    vi.unstubAllEnvs()
    expect(await readdir(temporary)).toEqual([])
    expect(await readdir(box.folder)).toEqual(before)
    expect(await readdir(join(box.folder, 'runs'))).toEqual(['.cache'])
    expect(await readdir(join(box.folder, 'runs/.cache'))).toEqual([expect.stringMatching(/^source-.*safetensors$/)])
  })

  it('warns where the source was trained on the examples', async () => {
    const { code, stdout } = await box.ptu(`advise ${source} --data @from.csv`)
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^warning: the source was trained on \d+ of these 150 examples, so that the evidence favours it/m,
    )
    expect((await box.ptu(`advise ${source} --data @to.csv`)).stdout).not.toContain('warning')
  })

  it.each([
    ['all rows', '--data @gaps.csv#missing=drop'],
    ['a draw', '--target @gaps.csv#missing=drop --shots 6'],
  ])('says on stderr what the reader of a table guessed and left out, for %s', async (_what, options) => {
    const [head = '', ...rows] = (await readFile(join(box.folder, 'to.csv'), 'utf8')).trim().split('\n')
    await writeFile(join(box.folder, 'gaps.csv'), [head, ',,,,,,dog', ...rows, ''].join('\n'))
    const { code, stderr } = await box.ptu(`advise ${source} ${options}`)
    const name = 'gaps.csv#missing=drop'
    const left = `${box.folder}/${name}: 1 row with missing cells left out\n`
    expect([code, stderr]).toEqual([0, takenForLabel(box, 'from.csv', name) + left])
  })

  it('names a method that ptu compare takes', async () => {
    const methods = drawn.options.map(({ method }) => method).join(',')
    const { code, stderr } = await box.ptu(
      `compare ${small} --seeds 1 --strategies ${methods},ptu-evidence --out @runs/x`,
    )
    expect([code, stderr]).toEqual([0, takenForLabel(box, 'from.csv', 'to.csv')])
  })

  it('gives the same a second time, also from a configuration file', async () => {
    const [from, to] = ['from.csv', 'to.csv'].map((name) => join(box.folder, name))
    const config = { source: from, target: to, shots: 6, body: 'mlp', epochs: 60, backend: 'cpu' }
    await writeFile(join(box.folder, 'advise.json'), JSON.stringify(config))
    const { stdout } = await box.ptu('advise --config @advise.json --json')
    expect(withoutSeconds(JSON.parse(stdout))).toEqual(withoutSeconds(drawn))
  })

  it.each([
    [`advise ${source}`, '--target: expected data to draw labelled examples from'],
    [`advise ${source} --target @to.csv --data @to.csv`, '--data: expected one of target and data, got both'],
    [`advise ${source} --data @to.csv --shots 3`, '--shots: expected only beside target'],
    ['advise --target @to.csv', '--source: expected data to train a source network on'],
    [`advise ${source} --target @to.csv --shots x`, '--shots: expected a whole number'],
    [`advise ${source} --target @to.csv --backend wsm`, 'did you mean "wasm"?'],
    [`advise ${source} --target @to.csv --strategies ptu`, "unknown option '--strategies'"],
  ])('answers "%s" with exit code 2 and a hint', async (words, hint) => {
    const { code, stdout, stderr } = await box.ptu(words)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(hint)
  })

  it('says what cannot be advised on, with exit code 1', async () => {
    await mkdir(join(box.folder, 'empty'), { recursive: true })
    for (const [words, message] of [
      [line.replace('to.csv', 'none.csv'), 'none.csv'],
      [line.replace('--shots 6', '--shots 60'), 'class dog has 28 examples'],
      ['advise --source mnist:0-4 --target @to.csv --backend cpu', 'expected source and target of one shape'],
      ['advise --model @nothing.pth --data @empty', 'nothing.pth does not exist'],
    ] as const) {
      const { code, stdout, stderr } = await box.ptu(words)
      expect([code, stdout], words).toEqual([1, ''])
      expect(stderr).toContain(message)
      expect(stderr).not.toContain('    at ')
    }
  })

  it('ends with 130 where it is interrupted', async () => {
    const controller = new AbortController()
    const progress = () => ({
      set: () => {
        controller.abort()
      },
      stop: () => undefined,
    })
    const stopped = await box.ptu(`${line} --epochs 61 --json`, { signal: controller.signal, progress })
    expect(stopped).toMatchObject({ code: 130, stdout: expect.stringContaining('"kind": "interrupted"') as unknown })
  })

  it('refuses texts with a tag for each token', async () => {
    await writeTagged(box.folder)
    const data = '--source tags:@from.jsonl#steps=8 --data tags:@to.jsonl#steps=8'
    const { code, stderr } = await box.ptu(`advise ${data} --backend cpu`)
    expect(code).toBe(1)
    expect(stderr).toContain('one label per example')
  })
})
