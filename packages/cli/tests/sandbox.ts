import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key, normals } from '@ptu/core'

import { run } from '../src/index.ts'
import type { Env } from '../src/index.ts'

/** A folder with small data in it, and a way to run commands there. */
export interface Sandbox {
  readonly folder: string
  readonly env: (changes?: Partial<Env>) => Env
  /** Runs a command line; its exit code and what it wrote. */
  readonly ptu: (line: string, changes?: Partial<Env>) => Promise<Outcome>
  readonly remove: () => Promise<void>
}

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Points around a centre for each class, six numbers each, as CSV. */
const csv = (seed: number, classes: readonly string[], perClass: number): string => {
  const centres = normals(key(seed), classes.length * 6)
  const noise = normals(key(seed + 1), classes.length * perClass * 6)
  const rows = classes.flatMap((name, c) =>
    Array.from({ length: perClass }, (_, i) => {
      const numbers = Array.from({ length: 6 }, (_unused, j) => {
        const at = (centres[c * 6 + j] ?? 0) + 0.7 * (noise[(c * perClass + i) * 6 + j] ?? 0)
        return at.toFixed(4)
      })
      return [...numbers, name].join(',')
    }),
  )
  return ['a,b,c,d,e,f,kind', ...rows, ''].join('\n')
}

/** Makes a sandbox with `from.csv` (three classes) and `to.csv` (two others). */
export const openSandbox = async (): Promise<Sandbox> => {
  const folder = await mkdtemp(join(tmpdir(), 'ptu-cli-'))
  await writeFile(join(folder, 'from.csv'), csv(1, ['ant', 'bee', 'cat'], 60))
  await writeFile(join(folder, 'to.csv'), csv(5, ['dog', 'eel'], 40))
  const env = (changes: Partial<Env> = {}): Env => ({
    stdout: () => undefined,
    stderr: () => undefined,
    colour: false,
    progress: () => ({ set: () => undefined, stop: () => undefined }),
    now: () => performance.now(),
    cwd: folder,
    cores: 1,
    signal: new AbortController().signal,
    threads: false,
    ...changes,
  })
  return {
    folder,
    env,
    ptu: async (line, changes = {}) => {
      const written = { stdout: '', stderr: '' }
      const code = await run(
        line.split(' ').map((word) => word.replace('@', `${folder}/`)),
        env({
          stdout: (text) => (written.stdout += text),
          stderr: (text) => (written.stderr += text),
          ...changes,
        }),
      )
      return { code, ...written }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The data and settings of a small comparison. */
export const small = '--source @from.csv --target @to.csv --body mlp --backend cpu --shots 6 --steps 4 --epochs 60'

/** The lines on stderr where nothing says which column of these files is the label. */
export const takenForLabel = ({ folder }: Pick<Sandbox, 'folder'>, ...files: readonly string[]): string =>
  files.map((file) => `${folder}/${file}: the last column "kind" was taken for the label\n`).join('')

/** A document without what depends on time. */
export const withoutSeconds = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (name, member: unknown) => (name === 'seconds' ? undefined : member)) as unknown
