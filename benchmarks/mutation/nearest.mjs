// Chooses tests without running any before: the files of tests that are nearest to a mutant. For machines that are too busy to find out
// what each test takes and runs; a score by few files is a lower bound. What a file takes is noted when it first passes.
import { basename } from 'node:path'

/** The time that a file of tests is taken to need before it was run. */
const unknown = 10

/**
 * Opens the choice of `most` files of tests for a mutant: what noticed others in its file, its own, then by the number of imports
 * between, then by size. A file that took over `longest` seconds is left out, and those of one mutant take about `within` seconds.
 */
export const openNearest = ({ files, testsOf, filesOf, distance, most, longest, within }) => {
  const noticed = new Map()
  const took = new Map()
  const secondsOf = (test) => took.get(test) ?? unknown
  const nameOf = (test, file) => `${test} ${file}`
  const nearest = ({ file }) => {
    const known = testsOf(file).filter((test) => files.includes(test) && (took.get(test) ?? 0) <= longest)
    const isOwn = (test) => Number(basename(test, '.test.ts') === basename(file, '.ts'))
    const times = (test) => noticed.get(nameOf(test, file)) ?? 0
    const ordered = known
      .toSorted(
        (a, b) =>
          times(b) - times(a) ||
          isOwn(b) - isOwn(a) ||
          distance(a, file) - distance(b, file) ||
          filesOf(a).length - filesOf(b).length,
      )
      .slice(0, most)
    let total = 0
    return ordered.filter((test, i) => (total += secondsOf(test)) <= within || i === 0)
  }
  const lotOf = (tests) => ({
    tests: tests.map((file) => ({ file })),
    seconds: tests.reduce((sum, test) => sum + secondsOf(test), 0),
  })
  const byWidth = files.toSorted((a, b) => filesOf(a).length - filesOf(b).length)
  return {
    first: () => ({ sources: [], tests: byWidth.slice(0, 1).map((file) => ({ file })) }),
    lotsFor: (mutant) => {
      const tests = nearest(mutant)
      return [tests.slice(0, 1), tests.slice(1)].filter(({ length }) => length > 0).map(lotOf)
    },
    note: (mutant, _id, test) => {
      const name = nameOf(test, mutant.file)
      noticed.set(name, (noticed.get(name) ?? 0) + 1)
    },
    /** Notes what files took that passed. */
    measured: (modules) => {
      for (const { file, seconds, failed } of modules) if (!failed) took.set(file, seconds)
    },
    runWhole: () => undefined,
    leftOut: () => [
      `all but the ${most} files of tests nearest to each change, as far as they take ${within} s together`,
      ...[...took].flatMap(([test, seconds]) => (seconds > longest ? [test] : [])),
    ],
  }
}
