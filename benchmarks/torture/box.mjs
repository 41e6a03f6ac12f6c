/** The place of a case: a folder of its own with small data and a small model, and ways to run the command there. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { key, normals } from '@ptu/core'

export const bin = fileURLToPath(new URL('../../packages/cli/bin/ptu.js', import.meta.url))

/** Points around a centre for each class, six numbers each, as CSV. */
const csv = (seed, classes, perClass) => {
  const centres = normals(key(seed), classes.length * 6)
  const noise = normals(key(seed + 1), classes.length * perClass * 6)
  const rows = classes.flatMap((name, c) =>
    Array.from({ length: perClass }, (_, i) => {
      const numbers = Array.from({ length: 6 }, (_unused, j) =>
        (centres[c * 6 + j] + 0.7 * noise[(c * perClass + i) * 6 + j]).toFixed(4),
      )
      return [...numbers, name].join(',')
    }),
  )
  return ['a,b,c,d,e,f,kind', ...rows, ''].join('\n')
}

/** The words of a command line; `@` is the folder of the case. */
const wordsOf = (folder, line) => line.split(' ').map((word) => word.replaceAll('@', `${folder}/`))

/** A process that may not run longer than its limit, in seconds; `ended` gives how it ended and what it said. */
const watched = (program, args, { limit, cwd, uid, env, stdio = ['ignore', 'pipe', 'pipe'] }) => {
  const child = spawn(program, args, { cwd, uid, gid: uid, env: { ...process.env, NO_COLOR: '1', ...env }, stdio })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name]?.on('data', (text) => (said[name] += text))
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, limit * 1000)
  const ended = new Promise((resolve) => {
    child.on('error', (cause) => resolve({ code: null, signal: null, late, ...said, stderr: String(cause) }))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, late, ...said })
    })
  })
  return { child, ended, said }
}

/** Opens the place of a case: a copy of the folder `base`, which holds what all cases share. */
export const openBox = (base, limit) => {
  const folder = mkdtempSync(join(tmpdir(), 'ptu-torture-'))
  if (base !== undefined) cpSync(base, folder, { recursive: true })
  const at = (name) => join(folder, name)
  const options = (more) => ({ limit, cwd: folder, ...more })
  const start = (line, more = {}) => watched(process.execPath, [bin, ...wordsOf(folder, line)], options(more))
  return {
    folder,
    at,
    start,
    ptu: (line, more) => start(line, more).ended,
    /** Runs a script of the shell; `$PTU` is the command. */
    shell: (script, more = {}) =>
      watched(
        '/bin/bash',
        ['-c', script],
        options({ ...more, env: { PTU: `${process.execPath} ${bin}`, ...more.env } }),
      ).ended,
    write: (name, content) => {
      writeFileSync(at(name), content)
      return at(name)
    },
    read: (name) => readFileSync(at(name)),
    json: (name) => JSON.parse(readFileSync(at(name), 'utf8')),
    has: (name) => existsSync(at(name)),
    names: (name) => (existsSync(at(name)) ? readdirSync(at(name), { recursive: true }) : []),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The data and the settings of a small run. */
export const small = '--source @from.csv --target @to.csv --body mlp --backend cpu --shots 6 --epochs 60'

/** Fills the folder that all cases share: two tables, a trained model, its source network. */
export const fill = async (box) => {
  box.write('from.csv', csv(1, ['ant', 'bee', 'cat'], 60))
  box.write('to.csv', csv(5, ['dog', 'eel'], 40))
  box.write('texts.tags', 'the/DET dog/NOUN\na/DET eel/NOUN\n')
  const made = await box.ptu(`transfer ${small} --steps 20 --out @model`)
  if (made.code !== 0) throw new Error(`the small model cannot be made: ${made.stderr}`)
  const compared = await box.ptu(`compare ${small} --strategies share,ptu --seeds 1 --steps 5 --out @run`)
  if (compared.code !== 0) throw new Error(`the small comparison cannot be made: ${compared.stderr}`)
  cpSync(box.at('run/results.json'), box.at('results.json'))
  rmSync(box.at('run'), { recursive: true })
}
