// Chooses tests without running any before: the files of tests that are nearest to a mutant. For machines that are too busy to find out
// what each test takes and runs; a score by few files is a lower bound.
import { basename } from 'node:path'

/** The time that a file of tests may take, which nobody measured. */
const seconds = 10

/** Opens the choice of `most` files of tests for a mutant: its own, then by the number of imports between, then by size. */
export const openNearest = ({ files, testsOf, filesOf, distance, most }) => {
  const noticed = new Map()
  const nameOf = (test, file) => `${test} ${file}`
  const nearest = ({ file }) => {
    const known = testsOf(file).filter((test) => files.includes(test))
    const isOwn = (test) => Number(basename(test, '.test.ts') === basename(file, '.ts'))
    const times = (test) => noticed.get(nameOf(test, file)) ?? 0
    return known
      .toSorted(
        (a, b) =>
          times(b) - times(a) ||
          isOwn(b) - isOwn(a) ||
          distance(a, file) - distance(b, file) ||
          filesOf(a).length - filesOf(b).length,
      )
      .slice(0, most)
  }
  const lotOf = (tests) => ({ tests: tests.map((file) => ({ file })), seconds: seconds * tests.length })
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
    runWhole: () => undefined,
    leftOut: [`all but the ${most} files of tests nearest to each change`],
  }
}
