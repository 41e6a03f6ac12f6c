import type { Command as Program } from 'commander'
import { describe, expect, it } from 'vitest'

import { goldenPath } from '../tests/golden-page.ts'
import type { Command } from './answer.ts'
import type { Env } from './env.ts'
import { programOf } from './program.ts'

const env: Env = {
  ...{ stdout: () => undefined, stderr: () => undefined, colour: false, threads: false, cwd: '/', cores: 1 },
  ...{ progress: () => ({ set: () => undefined, stop: () => undefined }), now: () => 0 },
  signal: new AbortController().signal,
}

/** The help of a command as it is printed, and that of the commands below it. */
const helpOf = (program: Program): string => {
  let text = ''
  program.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 100 }).outputHelp()
  return [text, ...program.commands.map(helpOf)].join('\n════\n')
}

describe('the help', () => {
  it('of every command is the one that was read', async () => {
    const help = helpOf(programOf(env, () => undefined))
    await expect(help).toMatchFileSnapshot(goldenPath('help'))
  })
})

/** The outcome of the parser for a line: the answer's form, or the exit code and what was said. */
const parsed = (line: string) => {
  let chosen: { readonly json: boolean; readonly file: string | undefined } | undefined
  let said = ''
  const program = programOf({ ...env, stderr: (text) => (said += text) }, ({ json, file }) => (chosen = { json, file }))
  try {
    program.parse(line.split(' '), { from: 'user' })
  } catch {
    return said
  }
  return chosen
}

describe('the parser', () => {
  it.each([
    'train photos',
    'predict model a.png',
    'models',
    'models get mobilenet_v2',
    'models where',
    'models where mobilenet_v2',
    'advise',
    'compare',
    'demo',
    'transfer',
    'evaluate model --data d',
    'inspect model',
    'doctor',
    'doctor --native-help',
    'explain model --data d',
    'export model --out o',
    'worker --store s',
    'grid status',
    'grid retry',
    'grid cancel x',
    'grid export --store s',
  ])('takes "%s", and --json for a document', (line) => {
    expect(parsed(line)).toEqual({ json: false, file: undefined })
    expect(parsed(`${line} --json`)).toEqual({ json: true, file: undefined })
  })

  it.each(['inspect model', 'doctor'])('takes no seed for "%s", which draws nothing', (line) => {
    expect(parsed(`${line} --seed 1`)).toContain("unknown option '--seed'")
  })

  it.each(['advise', 'evaluate model --data d', 'inspect model', 'doctor', 'doctor --native-help'])(
    'takes the file of the document of "%s"',
    (line) => {
      expect(parsed(`${line} --out found.json`)).toEqual({ json: false, file: 'found.json' })
    },
  )

  it.each(['compare --out o', 'train photos --out o', 'explain model --data d --out o', 'export model --out o'])(
    'writes no document to the folder of "%s"',
    (line) => {
      expect(parsed(line)).toMatchObject({ file: undefined })
    },
  )

  const whole = 'Expected a whole number from 0.'
  const counting = 'Expected a whole number from 1.'
  const part = 'Expected a number from 0 to 1.'
  it.each([
    ['evaluate model --data d --seed', ['0', '7'], ['-1', '0.5', 'x', '1e99', ''], whole],
    ['train photos --seed', ['0', '7'], ['-1', '0.5'], whole],
    ['predict m x --top', ['1', '3'], ['0', '1.5', 'x', '-1'], counting],
    ['predict m x --threshold', ['0', '0.5', '1'], ['-0.1', '1.1', 'x'], part],
    ['explain m --data d --limit', ['1'], ['0'], counting],
    ['evaluate m --data d --limit', ['1'], ['0'], counting],
    ['worker --store s --workers', ['1'], ['0'], counting],
    ['worker --store s --lock', ['1'], ['0'], counting],
  ])('of "%s" takes the ends of its range and says what it expects', (line, taken, refused, words) => {
    for (const value of taken) expect(parsed(`${line} ${value}`), value).toMatchObject({ json: false })
    for (const value of refused) expect(parsed(`${line} ${value}`), value).toContain(words)
  })

  it.each(['models where', 'models where mobilenet_v2'])('keeps the folder of "%s"', async (line) => {
    let command: Command | undefined
    programOf(env, (choice) => (command = choice.command)).parse([...line.split(' '), '--folder', '/nowhere/else'], {
      from: 'user',
    })
    expect(JSON.stringify(await command?.(env)())).toContain(line.endsWith('v2') ? '"_tag":"Left"' : '/nowhere/else')
  })

  it('refuses a table and a document at once', () => {
    expect(parsed('predict m x --csv --json')).toContain("option '--csv' cannot be used with option '--json'")
  })
})
