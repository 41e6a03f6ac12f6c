// The report of a run: counts of outcomes for each file, the share noticed, and what survived.
import { readFileSync } from 'node:fs'

import { writeWhole } from './progress.mjs'

const folder = new URL('../results/mutation/', import.meta.url)
const pathOf = (name) => new URL(`${name}.json`, folder)

const sum = (rows, outcome) => rows.reduce((total, row) => total + row[outcome], 0)

/** The share of mutants noticed, in per cent; null where none counts. */
const scored = (row) => {
  const all = row.killed + row.timeout + row.survived
  return { ...row, score: all === 0 ? null : Math.round((1000 * (row.killed + row.timeout)) / all) / 10 }
}

const countIn = (results) => {
  const count = (outcome) => results.filter((result) => result.outcome === outcome).length
  return {
    killed: count('killed'),
    timeout: count('timeout'),
    survived: count('survived'),
    neutral: count('neutral'),
    undecided: count('undecided'),
  }
}

const survivorsIn = (results) =>
  results
    .filter(({ outcome }) => outcome === 'survived')
    .map(({ file, line, was, becomes }) => ({ file, line, was, becomes }))

const assembled = (head, rows, survivors) => {
  const counts = ['killed', 'timeout', 'survived', 'neutral', 'undecided'].map((outcome) => [
    outcome,
    sum(rows, outcome),
  ])
  return { ...head, ...scored(Object.fromEntries(counts)), files: rows.map(scored), survivors }
}

/** The report of a run that tried `results` of `mutants` mutants. */
export const reportOf = (head, results) => {
  const files = [...new Set(results.map(({ file }) => file))].toSorted()
  const rows = files.map((file) => ({ file, ...countIn(results.filter((result) => result.file === file)) }))
  const rejected = results.filter(({ outcome }) => outcome === 'rejected').length
  return assembled({ ...head, tried: results.length, rejected }, rows, survivorsIn(results))
}

/**
 * A report after its survivors were tried again: the sample stays the same, but for those whose text has `gone`. `atFirst`
 * keeps how many were noticed before tests were written for the others.
 */
export const reportAgain = (report, results, gone) => {
  const rows = report.files.map(({ score: _score, ...row }) => {
    const { survived, ...found } = countIn(results.filter(({ file }) => file === row.file))
    const [killed, timeout, neutral, undecided] = ['killed', 'timeout', 'neutral', 'undecided'].map(
      (outcome) => (row[outcome] ?? 0) + found[outcome],
    )
    return { file: row.file, killed, timeout, survived, neutral, undecided }
  })
  const {
    package: name,
    of,
    seed,
    mutants,
    tried,
    testsLeftOut,
    clock,
    atFirst = report.killed + report.timeout,
  } = report
  const rejected = report.rejected + gone + results.filter(({ outcome }) => outcome === 'rejected').length
  const head = { package: name, of, seed, clock, mutants, testsLeftOut, tried, rejected, atFirst }
  return assembled(head, rows, survivorsIn(results))
}

export const readReport = (name) => JSON.parse(readFileSync(pathOf(name), 'utf8'))

export const writeReport = (name, report) => writeWhole(pathOf(name), `${JSON.stringify(report, null, 2)}\n`)

/** Prints a report as a table. */
export const printReport = ({ files, survivors: _survivors, tried, mutants, rejected, ...total }) => {
  const { killed, timeout, survived, neutral, undecided, score } = total
  console.table([...files, { file: 'all', killed, timeout, survived, neutral, undecided, score }])
  console.log(`${tried} of ${mutants} mutants tried, ${rejected} of them rejected by the compiler`)
}
