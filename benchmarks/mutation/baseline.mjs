// Runs tests on the sources as they are: how long each test takes and which regions of the sources it runs.
// A file of tests is run again only when something of its package that it imports has changed.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openSession } from './sessions.mjs'

const longest = 3_600_000

const digest = (root, files) => {
  const hash = createHash('sha256')
  for (const file of files.toSorted())
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.digest('hex')
}

const linesOf = (path) =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    : []

/** The tests of a file with their seconds and, by numbers into `regions`, what they run. */
const entryOf = ({ seconds, tests }, { onImport, shared, tests: reached }) => {
  const regions = [...new Set(reached.flatMap(([, names]) => names))]
  const numbers = new Map(regions.map((name, i) => [name, i]))
  const namesOf = new Map(reached)
  const run = tests.filter(({ state }) => state === 'passed')
  const inTests = run.reduce((sum, test) => sum + test.seconds, 0)
  return {
    beside: Math.max(0, seconds - inTests),
    onImport,
    shared,
    regions,
    tests: run.map(({ id, name, seconds }) => ({
      ...{ id, name, seconds },
      reached: (namesOf.get(id) ?? []).map((region) => numbers.get(region)),
    })),
  }
}

const problemsIn = ({ errors, modules }) => [
  ...(errors > 0 ? ['an error outside the tests'] : []),
  ...modules.flatMap((module) => [
    ...module.errors,
    ...module.tests.filter(({ state }) => state === 'failed').map(({ name, reason }) => `${name}: ${reason}`),
  ]),
]

const measure = async (root, marks, files, except) => {
  const folder = mkdtempSync(join(tmpdir(), 'ptu-mutation-'))
  const reached = join(folder, 'reached.jsonl')
  const session = await openSession(root, { env: { PTU_REACHED: reached } })
  try {
    const answer = await session.ask({ sources: marks, tests: files.map((file) => ({ file, except })) }, longest)
    const problems = answer === 'timeout' ? [answer] : answer.broken ? [answer.broken] : problemsIn(answer)
    if (problems.length > 0)
      throw new Error(`expected the tests to pass on the sources as they are; got ${problems.join('\n')}`)
    const notes = new Map(linesOf(reached).map((found) => [found.file, found]))
    const nothing = { onImport: [], shared: [], tests: [] }
    return answer.modules.map((module) => [module.file, entryOf(module, notes.get(module.file) ?? nothing)])
  } finally {
    session.stop()
    rmSync(folder, { recursive: true })
  }
}

/**
 * For each file of tests what its tests take and run, found by `jobs` processes. `filesOf(test)` are the files that it
 * imports; tests with `except` in their names are left out.
 */
export const baseline = async (root, name, { marks, tests, filesOf, jobs, except }) => {
  const cache = join(root, 'node_modules/.cache/ptu-mutation', `${name}-by-test.json`)
  const known = new Map(existsSync(cache) ? JSON.parse(readFileSync(cache, 'utf8')) : [])
  const isOwn = (file) => file.startsWith(`packages/${name}/`)
  const digests = new Map(tests.map((test) => [test, digest(root, filesOf(test).filter(isOwn))]))
  const isNew = (test) => {
    const entry = known.get(test)
    return entry?.digest !== digests.get(test) || (entry.except !== undefined && entry.except !== except)
  }
  const unknown = tests.filter(isNew)
  const parts = Array.from({ length: jobs }, (_, job) => unknown.filter((_test, i) => i % jobs === job))
  const measured = await Promise.all(parts.map((part) => (part.length === 0 ? [] : measure(root, marks, part, except))))
  for (const [test, found] of measured.flat()) known.set(test, { ...found, except, digest: digests.get(test) })
  mkdirSync(join(cache, '..'), { recursive: true })
  writeFileSync(cache, JSON.stringify([...known]))
  const isWanted = ({ name }) => except === undefined || !new RegExp(except, 'u').test(name)
  return new Map([...known].map(([test, entry]) => [test, { ...entry, tests: entry.tests.filter(isWanted) }]))
}
