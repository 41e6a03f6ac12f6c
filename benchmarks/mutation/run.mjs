// `npm run mutate -- <package> [options]`: changes one thing in the sources at a time and asks whether the package's tests
// notice. Prints a table and writes benchmarks/results/mutation/<package>.json and the page of all packages.
//
// What it finds is kept as it goes: a run that was stopped leaves the recorded results as they are, and goes on where it was if
// sources, tests and options are the same.
//
// It ends after `--budget` minutes or when `--count` mutants count. Only tests that run the region of a mutant are asked, none
// that takes over `--longest` seconds, and for one mutant about `--most` seconds of tests, likeliest to notice first. With
// --without, files of tests with one of these parts (`a,b`) in their path are left out; with --except, tests whose name it
// finds as a regular expression. With --again the survivors that are recorded are tried again; with --recount no test runs, and
// those that are listed as neutral since count as such. With --isolate each file of tests has a process of its own, which tests
// of what is registered once a process need. With --near no test is run before: each mutant is asked of that many files of tests,
// the nearest by imports; with --also, tests of these other packages are asked as well.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { baseline } from './baseline.mjs'
import { openChoice } from './chosen.mjs'
import { clockRule, openJudge } from './judge.mjs'
import { openPackage } from './mutants.mjs'
import { openNearest } from './nearest.mjs'
import { writePage } from './page.mjs'
import { digestOf, openProgress } from './progress.mjs'
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
    except: { type: 'string' },
    longest: { type: 'string', default: '20' },
    most: { type: 'string', default: '60' },
    count: { type: 'string', default: 'Infinity' },
    again: { type: 'boolean', default: false },
    recount: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    near: { type: 'string' },
    also: { type: 'string' },
    isolate: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const [name] = positionals
const seed = Number(values.seed)
const jobs = Number(values.jobs)
const count = Number(values.count)
const without = values.without?.split(',') ?? []
if (values.isolate) process.env['PTU_ISOLATE'] = '1'
// Survivors of an earlier run are tried to the last.
const budget = values.again ? Infinity : Number(values.budget) * 60_000
const usage =
  'npm run mutate -- <package> [--budget minutes] [--count integer] [--files parts of a path] [--seed integer] ' +
  '[--longest seconds] [--most seconds] [--without parts] [--except names] [--near files] [--also packages] [--jobs integer] [--isolate] [--again] [--recount] [--list]'
if (values.help) {
  console.log(usage)
  process.exit()
}
if (name === undefined || !(budget > 0) || !(count > 0) || !Number.isInteger(seed)) {
  console.error(`expected ${usage}`)
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
const { testsOf, filesOf, distance } = relatedTests(root, [name, ...(values.also?.split(',') ?? [])])
const neutral = JSON.parse(readFileSync(new URL('neutral.json', import.meta.url), 'utf8'))
const isNeutral = ({ file, was, becomes }) =>
  neutral.some((entry) => entry.file === file && entry.was === was && entry.becomes === becomes)
const wanted = mutants.filter(({ file }) => values.files.split(',').some((part) => file.includes(part)))

const [part] = values.files.split(',')
const reportName = `${name}${part && `-${part.replaceAll(/\W+/g, '-').replace(/-$/, '')}`}`
const previous = values.again || values.recount ? readReport(reportName) : undefined
const head = { package: name, of: values.files === '' ? undefined : values.files }
const nameOf = ({ file, was, becomes }) => [file, was, becomes].join('\n')
/** The mutant that a survivor of an earlier run is now: the nearest one of its text; none where the text has gone. */
const againOf = (survivor) => {
  const distance = ({ line }) => Math.abs(line - survivor.line)
  const alike = wanted.filter((mutant) => nameOf(mutant) === nameOf(survivor))
  return alike.toSorted((a, b) => distance(a) - distance(b)).slice(0, 1)
}
const sample = previous ? previous.survivors.flatMap(againOf) : shuffled(wanted, seed)

if (values.list) {
  const lines = wanted.map(({ file, line, was, becomes }) => `${file}:${line}\n  ${was}\n  ${becomes}\n`)
  await new Promise((resolve) => process.stdout.write(lines.join(''), resolve))
  process.exit()
}

if (values.recount) {
  const outcomeOf = (survivor) => (isNeutral(survivor) ? 'neutral' : 'survived')
  const results = previous.survivors.map((survivor) => ({ ...survivor, outcome: outcomeOf(survivor) }))
  const report = reportAgain(previous, results, 0)
  printReport(report)
  writeReport(reportName, report)
  writePage()
  process.exit()
}

/** The last act of a run that is stopped. */
let onStop = () => undefined
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    onStop()
    process.exit(130)
  })
}

const everyTest = [...new Set(sample.flatMap(({ file }) => testsOf(file)))]
const allTests = everyTest.filter((test) => !without.some((part) => test.includes(part)))
const measured = async () => {
  const known = await baseline(root, name, { marks, tests: allTests, filesOf, jobs, except: values.except })
  // A test that takes longer would use up the budget for a few mutants; a score without it is a lower bound.
  const limits = { longest: Number(values.longest), most: Number(values.most) }
  return openChoice({ known, files: allTests, testsOf, filesOf, ...limits })
}
const choice =
  values.near === undefined
    ? await measured()
    : openNearest({
        ...{ files: allTests, testsOf, filesOf, distance, most: Number(values.near) },
        ...{ longest: Number(values.longest), within: Number(values.most) },
      })
const leftOut = () => [...everyTest.filter((test) => !allTests.includes(test)), ...choice.leftOut()]
const judge = openJudge({ choice, isNeutral, compiles })

const sessions = await Promise.all(Array.from({ length: jobs }, () => openSession(root, { first: choice.first() })))
const stop = () => sessions.forEach((session) => session.stop())
process.once('exit', stop)

const { longest, most, except, again, near, also } = values
const rules = { seed, longest, most, except, again, near, also, without }
const order = sample.map(({ file, line, was, becomes }) => [file, line, was, becomes])
const progress = openProgress(
  join(root, 'node_modules/.cache/ptu-mutation', `${reportName}-so-far.jsonl`),
  digestOf(root, [...new Set(allTests.flatMap(filesOf))], { rules, order }),
)
if (progress.size > 0) console.log(`going on after ${progress.size} mutants that were tried before`)

const queue = [...sample]
const results = []
const counted = () => results.filter(({ outcome }) => outcome !== 'rejected' && outcome !== 'neutral').length
const began = Date.now()

/** Writes what was found. What a run found that was stopped is printed: the record stays that of the last run that ended. */
const finish = ({ stopped = false } = {}) => {
  // Survivors that were not tried again are still survivors.
  if (results.length === 0 || (previous && results.length < sample.length)) return
  const report = previous
    ? reportAgain(previous, results, previous.survivors.length - sample.length)
    : reportOf({ ...head, seed, clock: clockRule, mutants: wanted.length, testsLeftOut: leftOut() }, results)
  printReport(report)
  if (stopped) return console.log('stopped: nothing is recorded; the same command goes on')
  console.log(`${((results.length * 60_000) / (Date.now() - began)).toFixed(1)} mutants a minute`)
  writeReport(reportName, report)
  writePage()
}

const work = async (session) => {
  while (queue.length > 0 && counted() < count && Date.now() < began + budget) {
    const mutant = queue.shift()
    const known = progress.take(mutant)
    const outcome = known ?? (await judge(session, mutant))
    if (known === undefined) progress.note(mutant, outcome)
    results.push({ ...mutant, outcome })
    const change = outcome === 'killed' ? '' : `\n  - ${mutant.was}\n  + ${mutant.becomes}`
    console.log(`${outcome} ${mutant.file}:${mutant.line}${change}`)
  }
}
onStop = () => finish({ stopped: true })
await Promise.all(sessions.map(work))
stop()
finish()
process.exit()
