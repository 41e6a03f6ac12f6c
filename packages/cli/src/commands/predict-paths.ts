import { readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { isNamedTexts } from '@ptu/data'
import { UsageError } from '@ptu/experiments'
import { glob, isDynamicPattern } from 'tinyglobby'

/** The place that paths come from. */
export interface PathPlace {
  readonly cwd: string
  /** The lines of the standard input. */
  readonly lines: () => AsyncIterable<string>
  /** A file that is written meanwhile, which cannot be read too. */
  readonly out?: string | undefined
}

/** The input that stands for a list of paths on the standard input. */
export const fromStdin = '-'

/**
 * The files that are meant, in the order that they are named: files, all files of folders, and those that match a pattern
 * which the shell did not expand. `-` stands for paths on the standard input, a line each, which are not waited for together.
 *
 * Throws `UsageError` for a pattern that nothing matches and for the file that is written. A path that does not exist is passed on, for whoever reads it.
 */
export const pathsOf = async function* (inputs: readonly string[], place: PathPlace): AsyncGenerator<string> {
  const written = place.out === undefined ? undefined : await behindLinks(resolve(place.cwd, place.out))
  for await (const path of allPaths(inputs, place)) {
    if (written !== undefined && (await behindLinks(path)) === written)
      throw new UsageError(`--out: expected another file than those that are read, got ${place.out ?? ''}`)
    yield path
  }
}

const behindLinks = (path: string): Promise<string> => realpath(path).catch(() => path)

const allPaths = async function* (inputs: readonly string[], place: PathPlace): AsyncGenerator<string> {
  for (const input of inputs) {
    if (input !== fromStdin) yield* await filesAt(input, place.cwd)
    else for await (const line of place.lines()) if (line !== '') yield* await filesAt(line, place.cwd)
  }
}

const filesAt = async (input: string, cwd: string): Promise<readonly string[]> => {
  if (isNamedTexts(input)) return [input]
  const path = resolve(cwd, input)
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) return filesIn(path)
  if (found !== undefined || !isDynamicPattern(input)) return [path]
  const matches = await glob(input, { cwd, absolute: true, expandDirectories: false, dot: false })
  if (matches.length === 0) throw new UsageError(`no file matches ${input}; check the pattern`)
  return matches.toSorted()
}

/** All files below a folder in the order of their names, hidden ones left out. */
const filesIn = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}
