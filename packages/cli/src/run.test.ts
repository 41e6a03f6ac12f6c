import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { run } from './run.ts'
import { openSandbox, type Sandbox } from '../tests/sandbox.ts'

let box: Sandbox
let written = ''

beforeAll(async () => {
  box = await openSandbox()
})
afterAll(async () => box.remove())

const commands = ['advise', 'compare', 'demo', 'transfer', 'evaluate', 'inspect', 'doctor']
const others = ['train', 'predict', 'export']

describe('the command line', () => {
  it.each(commands)('%s explains itself with an example and the common options', async (command) => {
    const { code, stdout } = await box.ptu(`${command} --help`)
    expect(code).toBe(0)
    expect(stdout).toContain(`Examples:\n  $ ptu ${command}`)
    for (const option of ['--json', '--backend', '--out']) expect(stdout).toContain(option)
    expect(stdout.includes('--seed ')).toBe(command !== 'inspect' && command !== 'doctor')
  })

  it.each([...commands, ...others])('%s shows two calls', async (command) => {
    const { stdout } = await box.ptu(`${command} --help`)
    expect(stdout.slice(stdout.indexOf('Examples:')).match(/ \$ .*ptu /g)).toHaveLength(2)
  })

  it('prints its help where nothing is asked, the most useful commands first', async () => {
    const outcome = await run([], box.env({ stdout: (text) => (written += text) }))
    expect(outcome).toBe(0)
    expect(written).toMatch(/Commands:\n {2}train .*\n(?: {4,}.*\n)* {2}predict /)
  })

  it('names the usual number of draws of each comparison', async () => {
    expect((await box.ptu('compare --help')).stdout).toMatch(/--seeds <n> [^-]*\(6\)/)
    expect((await box.ptu('demo --help')).stdout).toMatch(/--seeds <n> [^-]*\(3\)/)
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
    ['compare --source nothing:x --target @to.csv --out @o2', "there is no kind 'nothing'"],
    ['compare --source @from.csv --target nothing:x --body mlp --backend cpu --out @o5', "there is no kind 'nothing'"],
    ['predict m x.png --threshold 1.5', 'Expected a number from 0 to 1'],
    ['predict m x.png --top 0', 'Expected a whole number from 1'],
    ['evaluate model --data d --seed -1', 'Expected a whole number from 0'],
    ['doctor --\u001b[2J', "unknown option '--␛[2J'"],
  ])('answers "%s" with exit code 2 and a hint', async (line, hint) => {
    const { code, stdout, stderr } = await box.ptu(line)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(hint)
  })

  it.each([
    'predict nowhere x.png --threshold 0',
    'predict nowhere x.png --threshold 1',
    'predict nowhere x.png --top 1',
    'evaluate nowhere --data @to.csv --seed 0 --limit 1',
  ])('takes the ends of the range in "%s"', async (line) => {
    const { code, stderr } = await box.ptu(`${line} --backend cpu`)
    expect(code).toBe(1)
    expect(stderr).toContain('nowhere')
    expect(stderr).not.toContain('Expected')
  })

  it('says what a file of rows is for where a model is inspected', async () => {
    const { code, stderr } = await box.ptu('inspect @from.csv')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^ptu: cannot inspect .*from\.csv: expected a model, a run or their folder, got a file of rows; train on it with/,
    )
  })

  it('leaves a training that did not begin free to begin', async () => {
    for (const attempt of ['first', 'second']) {
      const { code, stderr } = await box.ptu('train @photos --model nowhere.pth --out @untrained')
      expect(code, attempt).toBe(1)
      expect(stderr, attempt).toContain('nowhere.pth does not exist')
    }
    for (const method of ['fine-tune', 'ptu']) {
      const { code, stderr } = await box.ptu(
        `train @to.csv --label kind --method ${method} --backend cpu --out @unmethodical`,
      )
      expect([code, stderr]).toEqual([2, expect.stringContaining(`expected probe or scratch`)])
    }
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

  it.each([
    ['inspect @none --json', 1, 'failure', 'it does not exist'],
    ['doctor --backend wsm --json', 2, 'usage', 'did you mean "wasm"?'],
    ['evaluate model --json', 2, 'usage', "required option '--data <data>' not specified"],
    ['compare --json --source @from.csv', 2, 'usage', '--target: expected a text, got nothing'],
  ])('answers "%s" with a document that says why', async (line, exit, kind, message) => {
    const { code, stdout, stderr } = await box.ptu(line)
    expect(code).toBe(exit)
    expect(JSON.parse(stdout)).toEqual({ error: { kind, message: expect.stringContaining(message) as string } })
    expect(stderr).toContain(message)
  })

  it('writes the document of --out through a device, and says so where it is full', async () => {
    expect(await box.ptu('doctor --backend cpu --out /dev/null')).toMatchObject({ code: 0 })
    const full = await box.ptu('doctor --backend cpu --out /dev/full')
    expect(full).toMatchObject({ code: 1, stdout: '' })
    expect(full.stderr).toContain('the disk or the device is full')
  })

  it('shows what a terminal would obey', async () => {
    const { stderr } = await box.ptu('inspect @no\u001b[2J')
    expect(stderr).toContain('no␛[2J')
  })

  it('shows in its answer what a terminal would obey, and gives it to files and pipes as it is', async () => {
    const line = 'inspect @no\u009b2J --json'
    expect((await box.ptu(line)).stdout).toContain('no\u009b2J')
    const { stdout } = await box.ptu(line, { isTerminal: true })
    expect(stdout).toContain('no\\x9b2J')
    expect(stdout.split('\n').length).toBeGreaterThan(3)
  })

  it('tells a second run who holds the folder, and touches nothing', async () => {
    const { lockFolder } = await import('@ptu/experiments/node')
    const { mkdir, readdir } = await import('node:fs/promises')
    await mkdir(`${box.folder}/held`)
    const lock = await lockFolder(`${box.folder}/held`)()
    for (const command of ['compare', 'transfer']) {
      const second = await box.ptu(`${command} --source @from.csv --target @to.csv --backend cpu --out @held`)
      expect(second).toMatchObject({ code: 1, stdout: '' })
      expect(second.stderr).toContain('another run uses')
    }
    const trained = await box.ptu('train @held --model @from.csv --backend cpu --out @held')
    expect(trained.stderr).toContain('another run uses')
    expect(await readdir(`${box.folder}/held`)).toEqual(['run.lock'])
    if (lock._tag === 'Right') await lock.right.release()
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
