import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Sandbox } from '../tests/sandbox.ts'

let box: Sandbox

beforeAll(async () => {
  box = await openSandbox()
})
afterAll(async () => box.remove())

const commands = ['compare', 'demo', 'transfer', 'evaluate', 'inspect', 'doctor']

describe('the command line', () => {
  it.each(commands)('%s explains itself with an example and the common options', async (command) => {
    const { code, stdout } = await box.ptu(`${command} --help`)
    expect(code).toBe(0)
    expect(stdout).toContain(`Example:\n  $ ptu ${command}`)
    for (const option of ['--json', '--seed', '--backend', '--out']) expect(stdout).toContain(option)
  })

  it('prints its version', async () => {
    expect(await box.ptu('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as unknown,
    })
  })

  it.each([
    ['comprae', 'Did you mean compare?'],
    ['compare --sorce x', 'Did you mean --source?'],
    ['evaluate model.safetensors', "required option '--data <data>' not specified"],
    ['inspect', "missing required argument 'path'"],
    ['doctor --seed -1', 'Expected a whole number from 0'],
  ])('answers "%s" with exit code 2 and a hint', async (line, hint) => {
    const { code, stdout, stderr } = await box.ptu(line)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(hint)
  })

  it('reports every problem of a call at once', async () => {
    const { code, stderr } = await box.ptu(
      'compare --source @from.csv --shots 0 --strategies ptu,fintune --rates 0.1,x',
    )
    expect(code).toBe(2)
    expect(stderr.split('\n')).toEqual([
      'ptu: the command cannot run as it is:',
      '  --target: expected a text, got nothing',
      '  --shots: expected a whole number of at least 1 and at most 100000, got 0',
      expect.stringMatching(/--strategies\.1: expected .* got "fintune"; did you mean "fine-tune"\?$/),
      '  --rates.1: expected a number above 0 and at most 10, got "x"',
      '',
    ])
  })

  it('says which member of a configuration file is wrong', async () => {
    const { writeFile } = await import('node:fs/promises')
    await writeFile(`${box.folder}/run.json`, '{"source": "a.csv", "target": "b.csv", "rates": [1, -1], "bodi": "mlp"}')
    const { code, stderr } = await box.ptu('compare --config @run.json --shots x')
    expect(code).toBe(2)
    expect(stderr.replaceAll(box.folder, '')).toBe(
      [
        'ptu: the command cannot run as it is:',
        '  /run.json: bodi: unknown; did you mean "body"?',
        '  --shots: expected a whole number of at least 1 and at most 100000, got "x"',
        '  /run.json: rates.1: expected a number above 0 and at most 10, got -1',
        '',
      ].join('\n'),
    )
  })

  it.each([
    ['compare --source @from.csv --target @none.csv --out @o1', 'none.csv'],
    ['compare --source nothing:x --target @to.csv --out @o2', "there is no kind 'nothing'"],
    [
      'compare --source @from.csv --target @to.csv --backend cpu --body mlp --shots 60 --out @o3',
      'class dog has 28 examples',
    ],
    [
      'compare --source mnist:0-4 --target @to.csv --backend cpu --out @o4',
      'expected source and target of one shape, got 28 × 28 × 1',
    ],
    ['inspect @none', 'none'],
    ['evaluate @from.csv --data @to.csv --backend cpu', 'from.csv'],
    ['compare --source @from.csv --target @to.csv --out @from.csv', 'name another folder with --out'],
    ['compare --source @from.csv --target @to.csv --out /proc/none/at/all', 'cannot write to /proc/none/at/all'],
  ])('answers "%s" with exit code 1 and a message of one line', async (line, message) => {
    const { code, stdout, stderr } = await box.ptu(line)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })

  it('suggests the nearest backend', async () => {
    const { code, stderr } = await box.ptu('doctor --backend wsm')
    expect(code).toBe(2)
    expect(stderr).toContain('got "wsm"; did you mean "wasm"?')
  })

  it('says how to install the fast backends, by a script that is there', async () => {
    const { stdout } = await box.ptu('doctor --native-help')
    expect(stdout).toContain('npm install @tensorflow/tfjs-node-gpu')
    const script = /node (\S+backends\.mjs) webgpu/.exec(stdout)?.[1] ?? ''
    const { existsSync } = await import('node:fs')
    expect(existsSync(script)).toBe(true)
  })

  it('tells a doctor what starts here, as a table and as JSON', async () => {
    const { stdout } = await box.ptu('doctor --json --backend cpu')
    expect(JSON.parse(stdout)).toMatchObject({
      started: 'cpu',
      backends: expect.arrayContaining([expect.objectContaining({ name: 'cpu', status: 'starts' })]) as unknown,
    })
    expect((await box.ptu('doctor --backend cpu')).stdout).toMatch(/^cpu +starts/m)
  })
})
