// `npm run mutate -- <package> [--budget minutes] [--files part] [--seed n] [--longest seconds]`: changes one thing in the sources at a time and
// asks whether the package's tests notice. Prints a table and writes benchmarks/results/mutation/<package>.json.
import { fork } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { openPackage } from './mutants.mjs'
import { relatedTests } from './related.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    budget: { type: 'string', default: '5' },
    files: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    longest: { type: 'string', default: '20' },
    list: { type: 'boolean', default: false },
  },
})
const [name] = positionals
const seed = Number(values.seed)
const budget = Number(values.budget) * 60_000
if (name === undefined || !(budget > 0) || !Number.isInteger(seed)) {
  console.error(
    'expected npm run mutate -- <package> [--budget minutes] [--files part of a path] [--seed integer] [--longest seconds]',
  )
  process.exit(2)
}

/** The session's process leads a group, so that a test that hangs in a worker of its goes with it. */
const startSession = () =>
  new Promise((resolve) => {
    const child = fork(new URL('session.mjs', import.meta.url), {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    child.once('message', () => resolve(child))
  })

const stop = (child) => {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

let session = await startSession()
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stop(session)
    process.exit(130)
  })
}
process.once('exit', () => stop(session))

const ask = (task, milliseconds) =>
  new Promise((resolve) => {
    const done = (answer) => {
      clearTimeout(timer)
      session.removeAllListeners()
      resolve(answer)
    }
    const timer = setTimeout(() => done('timeout'), milliseconds)
    session.once('message', done)
    session.once('exit', () => done({ broken: 'the session ended by itself' }))
    session.send(task)
  })

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

const { mutants, compiles } = openPackage(root, name)
const testsFor = relatedTests(root, name)
const neutral = JSON.parse(readFileSync(new URL('neutral.json', import.meta.url), 'utf8'))
const isNeutral = ({ file, was, becomes }) =>
  neutral.some((entry) => entry.file === file && entry.was === was && entry.becomes === becomes)
const wanted = mutants.filter(({ file }) => file.includes(values.files))

if (values.list) {
  for (const { file, line, was, becomes } of wanted) console.log(`${file}:${line}\n  ${was}\n  ${becomes}`)
  process.exit()
}

const allTests = [...new Set(wanted.flatMap(({ file }) => testsFor(file, new Map())))]
const baseline = await ask({ tests: allTests }, 600_000)
if (baseline === 'timeout' || baseline.broken || baseline.failed.length > 0) {
  console.error('expected the tests to pass on the sources as they are; got', baseline)
  process.exit(1)
}
const seconds = new Map(baseline.seconds)
// A file of tests that takes longer would use up the budget for a few mutants; a score without it is a lower bound.
const isQuick = (test) => (seconds.get(test) ?? 0) <= Number(values.longest)
const leftOut = allTests.filter((test) => !isQuick(test))

const judge = async (mutant) => {
  if (isNeutral(mutant)) return 'neutral'
  const tests = testsFor(mutant.file, seconds).filter(isQuick)
  if (tests.length === 0) return 'survived'
  const expected = tests.reduce((sum, test) => sum + (seconds.get(test) ?? 1), 0)
  const answer = await ask({ ...mutant, tests }, (20 + 4 * expected) * 1000)
  if (answer === 'timeout') {
    stop(session)
    session = await startSession()
    return 'timeout'
  }
  if (answer.broken) throw new Error(answer.broken)
  if (answer.failed.length > 0 || answer.errors > 0) return 'killed'
  return compiles(mutant) ? 'survived' : 'rejected'
}

const results = []
const end = Date.now() + budget
for (const mutant of shuffled(wanted, seed)) {
  if (Date.now() > end) break
  const outcome = await judge(mutant)
  results.push({ ...mutant, outcome })
  if (outcome === 'survived')
    console.log(`survived ${mutant.file}:${mutant.line}\n  - ${mutant.was}\n  + ${mutant.becomes}`)
}
stop(session)

const count = (list, outcome) => list.filter((result) => result.outcome === outcome).length
const summary = (list) => {
  const [killed, timeout, survived] = ['killed', 'timeout', 'survived'].map((outcome) => count(list, outcome))
  const score =
    killed + timeout + survived === 0
      ? null
      : Math.round((1000 * (killed + timeout)) / (killed + timeout + survived)) / 10
  return { killed, timeout, survived, neutral: count(list, 'neutral'), score }
}
const files = [...new Set(results.map(({ file }) => file))].toSorted()
const table = files.map((file) => ({ file, ...summary(results.filter((result) => result.file === file)) }))
const total = summary(results)
console.table([...table, { file: 'all', ...total }])
console.log(
  `${results.length} of ${wanted.length} mutants tried, ${count(results, 'rejected')} of them rejected by the compiler`,
)

const survivors = results
  .filter(({ outcome }) => outcome === 'survived')
  .map(({ file, line, was, becomes }) => ({ file, line, was, becomes }))
const report = {
  package: name,
  seed,
  mutants: wanted.length,
  tried: results.length,
  rejected: count(results, 'rejected'),
  testsLeftOut: leftOut,
  ...total,
  files: table,
  survivors,
}
const folder = new URL('../results/mutation/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(
  new URL(`${name}${values.files && `-${values.files.replaceAll(/\W+/g, '-')}`}.json`, folder),
  `${JSON.stringify(report, null, 2)}\n`,
)
process.exit()
