// Chooses the tests that are asked about a mutant: those that run its region, likeliest to notice first.
import { basename } from 'node:path'

/** The time that tests run before the rest of a mutant's tests are started: most mutants are noticed in it. */
const firstSeconds = 8

/** Tests in the order in which they were chosen, as files with the ids of their tests. */
const byFile = (tests, whole) => {
  const files = new Map()
  for (const { file, id } of tests) files.set(file, [...(files.get(file) ?? []), id])
  return [...files].map(([file, ids]) => (whole.has(file) ? { file } : { file, ids }))
}

/**
 * Opens the choice of tests. `known` is the baseline of `files`; a test that takes over `longest` seconds is left out, and for
 * one mutant tests run for about `most` seconds.
 */
export const openChoice = ({ known, files, testsOf, filesOf, longest, most }) => {
  const importedRegions = new Set(files.flatMap((file) => known.get(file).onImport))
  const sharedBy = new Map(files.map((file) => [file, new Set(known.get(file).shared)]))
  const isQuick =
    (file) =>
    ({ seconds }) =>
      seconds + known.get(file).beside <= longest
  const quick = new Map(
    files.map((file) => {
      const { regions, tests } = known.get(file)
      const reached = (test) => new Set(test.reached.map((number) => regions[number]))
      return [file, tests.filter(isQuick(file)).map((test) => ({ ...test, file, reached: reached(test) }))]
    }),
  )
  const noticed = new Map()
  // Files whose tests fail when they run without those before them: they run whole.
  const whole = new Set()

  const candidates = ({ file, region }) =>
    testsOf(file)
      .filter((test) => quick.has(test))
      .flatMap((test) => {
        const all = region === undefined || importedRegions.has(region) || sharedBy.get(test).has(region)
        return quick.get(test).filter(({ reached }) => all || reached.has(region))
      })

  /** The likeliest to notice: what noticed others in the file before, then the file's own tests, then those that run it. */
  const likelihood = (mutant) => (test) => {
    const isOwn = basename(test.file, '.test.ts') === basename(mutant.file, '.ts')
    const runs = [...test.reached].some((region) => region.startsWith(`${mutant.file}:`))
    return (noticed.get(`${test.id} ${mutant.file}`) ?? 0) + (isOwn ? 0.5 : 0) + (runs ? 0.25 : 0)
  }

  /** The tests for a mutant, in two lots of which the second is asked if the first does not notice. */
  const lotsFor = (mutant) => {
    const chance = likelihood(mutant)
    const rated = candidates(mutant).map((test) => ({ test, chance: chance(test) }))
    const ordered = rated.toSorted((a, b) => b.chance - a.chance || a.test.seconds - b.test.seconds)
    const lots = [
      { tests: [], seconds: 0 },
      { tests: [], seconds: 0 },
    ]
    const opened = new Set()
    let total = 0
    for (const { test } of ordered) {
      const seconds = test.seconds + (opened.has(test.file) ? 0 : known.get(test.file).beside)
      if (total + seconds > most) continue
      opened.add(test.file)
      total += seconds
      const lot = lots[total <= firstSeconds ? 0 : 1]
      lot.tests.push(test)
      lot.seconds += seconds
    }
    return lots
      .filter(({ tests }) => tests.length > 0)
      .map(({ tests, seconds }) => ({ tests: byFile(tests, whole), seconds }))
  }

  /** A task that imports much and tests little: one quick test of each of the files that import most. */
  const first = () => {
    const widest = files
      .filter((file) => quick.get(file).length > 0)
      .toSorted((a, b) => filesOf(b).length - filesOf(a).length)
    const tests = widest.slice(0, 3).map((file) => quick.get(file).toSorted((a, b) => a.seconds - b.seconds)[0])
    return { sources: [], tests: byFile(tests, whole) }
  }

  return {
    first,
    lotsFor,
    note: (mutant, id) => {
      const key = `${id} ${mutant.file}`
      noticed.set(key, (noticed.get(key) ?? 0) + 1)
    },
    runWhole: (file) => whole.add(file),
    leftOut: () =>
      files.flatMap((file) => {
        const { tests } = known.get(file)
        const slow = tests.length - quick.get(file).length
        return slow === 0 ? [] : [slow === tests.length ? file : `${file} (${slow} of ${tests.length} tests)`]
      }),
  }
}
