// Runs tests on the sources as they are: how long each test takes and which regions of the sources it runs.
// A file of tests is run again only when something of its package that it imports has changed. What is known is kept after every few
// files, so that a run that is stopped does not begin again.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { digestOf, linesOf, writeWhole } from './progress.mjs'
import { openSession } from './sessions.mjs'

const longest = 3_600_000

/** Files of tests that are run at once: more would lose more where a run is stopped, fewer would import more often. */
const atOnce = 10

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

const measure = async (root, marks, files, { except, keep }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ptu-mutation-'))
  const reached = join(folder, 'reached.jsonl')
  let session
  const clear = () => {
    session?.stop()
    rmSync(folder, { recursive: true })
  }
  process.once('exit', clear)
  try {
    session = await openSession(root, { env: { PTU_REACHED: reached } })
    for (let at = 0; at < files.length; at += atOnce) {
      const tests = files.slice(at, at + atOnce).map((file) => ({ file, except }))
      const answer = await session.ask({ sources: marks, tests }, longest)
      const problems = answer === 'timeout' ? [answer] : answer.broken ? [answer.broken] : problemsIn(answer)
      if (problems.length > 0)
        throw new Error(
          `expected the tests to pass on the sources as they are; got ${problems.join('\n')}\n` +
            'leave out what cannot pass on this machine with --without or --except',
        )
      const notes = new Map(linesOf(reached).map((found) => [found.file, found]))
      const nothing = { onImport: [], shared: [], tests: [] }
      keep(answer.modules.map((module) => [module.file, entryOf(module, notes.get(module.file) ?? nothing)]))
    }
  } finally {
    process.removeListener('exit', clear)
    clear()
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
  const digests = new Map(tests.map((test) => [test, digestOf(root, filesOf(test).filter(isOwn))]))
  const isNew = (test) => {
    const entry = known.get(test)
    return entry?.digest !== digests.get(test) || (entry.except !== undefined && entry.except !== except)
  }
  const unknown = tests.filter(isNew)
  const parts = Array.from({ length: jobs }, (_, job) => unknown.filter((_test, i) => i % jobs === job))
  const keep = (measured) => {
    for (const [test, found] of measured) known.set(test, { ...found, except, digest: digests.get(test) })
    writeWhole(cache, JSON.stringify([...known]))
  }
  await Promise.all(parts.map((part) => part.length > 0 && measure(root, marks, part, { except, keep })))
  const isWanted = ({ name }) => except === undefined || !new RegExp(except, 'u').test(name)
  return new Map([...known].map(([test, entry]) => [test, { ...entry, tests: entry.tests.filter(isWanted) }]))
}
