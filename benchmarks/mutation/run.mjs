// `npm run mutate -- <package> [--budget minutes] [--files part] [--seed n] [--longest seconds] [--without part] [--jobs n] [--isolate] [--again]`:
// changes one thing in the sources at a time and asks whether the package's tests notice. Prints a table and writes
// benchmarks/results/mutation/<package>.json. With --without, tests with that part in their path are left out; with --again
// it tries the survivors in that file again. With --isolate each file of tests has a process of its own, which tests of
// what is registered once a process need.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { baseline } from './baseline.mjs'
import { openPackage } from './mutants.mjs'
import { writePage } from './page.mjs'
import { relatedTests } from './related.mjs'
import { printReport, readReport, reportAgain, reportOf, writeReport } from './report.mjs'
import { openSession } from './sessions.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    budget: { type: 'string', default: '5' },
    files: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    without: { type: 'string' },
    longest: { type: 'string', default: '20' },
    again: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    isolate: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
})
const [name] = positionals
const seed = Number(values.seed)
const jobs = Number(values.jobs)
if (values.isolate) process.env['PTU_ISOLATE'] = '1'
// Survivors of an earlier run are tried to the last.
const budget = values.again ? Infinity : Number(values.budget) * 60_000
if (name === undefined || !(budget > 0) || !Number.isInteger(seed)) {
  console.error(
    'expected npm run mutate -- <package> [--budget minutes] [--files part of a path] [--seed integer] [--longest seconds] [--jobs integer] [--isolate] [--again]',
  )
  process.exit(2)
}

/** Shuffles by Fisher and Yates over mulberry32. */
const shuffled = (list, seed) => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const order = [...list]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

const { mutants, marks, compiles } = openPackage(root, name)
const { testsOf, filesOf } = relatedTests(root, name)
const neutral = JSON.parse(readFileSync(new URL('neutral.json', import.meta.url), 'utf8'))
const isNeutral = ({ file, was, becomes }) =>
  neutral.some((entry) => entry.file === file && entry.was === was && entry.becomes === becomes)
const wanted = mutants.filter(({ file }) => file.includes(values.files))

if (values.list) {
  const lines = wanted.map(({ file, line, was, becomes }) => `${file}:${line}\n  ${was}\n  ${becomes}\n`)
  await new Promise((resolve) => process.stdout.write(lines.join(''), resolve))
  process.exit()
}

const everyTest = [...new Set(wanted.flatMap(({ file }) => testsOf(file)))]
const allTests = everyTest.filter((test) => values.without === undefined || !test.includes(values.without))
const known = await baseline(root, name, { marks, tests: allTests, filesOf, jobs })
const importedRegions = new Set(allTests.flatMap((test) => known.get(test).onImport))
const regionsOf = new Map(allTests.map((test) => [test, new Set(known.get(test).inTests)]))
// A file of tests that takes longer would use up the budget for a few mutants; a score without it is a lower bound.
const isQuick = (test) => allTests.includes(test) && known.get(test).seconds <= Number(values.longest)
const leftOut = everyTest.filter((test) => !isQuick(test))

/** Counts the mutants of each file that each test noticed. */
const noticed = new Map()
const note = (file, test) => {
  const key = `${test} ${file}`
  noticed.set(key, (noticed.get(key) ?? 0) + 1)
}

/** The tests that run the region of a mutant: likeliest to notice first. */
const testsFor = ({ file, region }) => {
  const runs = (test) => region === undefined || importedRegions.has(region) || regionsOf.get(test).has(region)
  const isOwn = (test) => basename(test, '.test.ts') === basename(file, '.ts')
  const chance = (test) => (noticed.get(`${test} ${file}`) ?? 0) + (isOwn(test) ? 1 : 0)
  return testsOf(file)
    .filter((test) => isQuick(test) && runs(test))
    .toSorted((a, b) => chance(b) - chance(a) || known.get(a).seconds - known.get(b).seconds)
}

/** Asks whether tests notice a mutant. Too long is noticed only where the sources as they are take less. */
const answerTo = async (session, mutant, tests) => {
  const seconds = tests.reduce((sum, test) => sum + known.get(test).seconds, 0)
  const limit = (20 + 4 * seconds) * 1000
  const first = await session.ask({ sources: [mutant], tests }, limit)
  if (first !== 'timeout') return first
  const asItIs = await session.ask({ sources: [], tests }, limit)
  return asItIs === 'timeout' ? session.ask({ sources: [mutant], tests }, 6 * limit) : first
}

const judge = async (session, mutant) => {
  if (isNeutral(mutant)) return 'neutral'
  const tests = testsFor(mutant)
  if (tests.length > 0) {
    const answer = await answerTo(session, mutant, tests)
    if (answer === 'timeout') return 'timeout'
    if (answer.broken) throw new Error(answer.broken)
    for (const test of answer.failed) note(mutant.file, test)
    if (answer.failed.length > 0 || answer.errors > 0) return 'killed'
  }
  return compiles(mutant) ? 'survived' : 'rejected'
}

const sessions = await Promise.all(Array.from({ length: jobs }, () => openSession(root)))
const stop = () => sessions.forEach((session) => session.stop())
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stop()
    process.exit(130)
  })
}
process.once('exit', stop)

const reportName = `${name}${values.files && `-${values.files.replaceAll(/\W+/g, '-')}`}`
const previous = values.again ? readReport(reportName) : undefined
const nameOf = ({ file, line, was, becomes }) => [file, line, was, becomes].join('\n')
const survivors = new Set(previous?.survivors.map(nameOf))
const queue = shuffled(wanted, seed).filter((mutant) => !previous || survivors.has(nameOf(mutant)))
if (previous && queue.length !== survivors.size)
  throw new Error('expected the sources that the report is of; run without --again')
const results = []
const began = Date.now()
const work = async (session) => {
  while (queue.length > 0 && Date.now() < began + budget) {
    const mutant = queue.shift()
    const outcome = await judge(session, mutant)
    results.push({ ...mutant, outcome })
    if (outcome === 'survived')
      console.log(`survived ${mutant.file}:${mutant.line}\n  - ${mutant.was}\n  + ${mutant.becomes}`)
  }
}
await Promise.all(sessions.map(work))
const minutes = (Date.now() - began) / 60_000
stop()

const report = previous
  ? reportAgain(previous, results)
  : reportOf({ package: name, seed, mutants: wanted.length, testsLeftOut: leftOut }, results)
printReport(report)
console.log(`${(results.length / minutes).toFixed(1)} mutants a minute`)
writeReport(reportName, report)
if (values.files === '') writePage()
process.exit()
