/**
 * Mistreats the command as machines and people do, and checks that it ends well: the right exit code, a message that says what to
 * do, no stack trace, no hang, no half-written file, and the same numbers after every kill.
 *
 * Usage: npm run torture [-- --only NAME]
 * Writes benchmarks/results/torture.json and docs/results/torture.md; with --only it replaces the cases whose names hold NAME in
 * them. Exits with 1 where a case fails.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

import { format, resolveConfig } from 'prettier'

import { readOptions } from '../options.mjs'
import { fill, openBox } from './box.mjs'
import { fuzzCases } from './cases/fuzz.mjs'
import { inputCases } from './cases/inputs.mjs'
import { killCases } from './cases/kills.mjs'
import { limitCases } from './cases/limits.mjs'
import { outputCases } from './cases/outputs.mjs'
import { storeCases } from './cases/stores.mjs'
import { terminalCases } from './cases/terminal.mjs'
import { pageOf } from './page.mjs'

const { only } = readOptions({ only: { type: 'string', default: '' } })

/** Seconds for all cases. */
const budget = 600
const began = performance.now()
const spent = () => (performance.now() - began) / 1000

const cases = [outputCases, inputCases, terminalCases, storeCases, limitCases, fuzzCases, killCases].flat()
const chosen = cases.filter(({ name }) => name.includes(only))

const judged = async ({ name, what, limit, run }, base) => {
  if (spent() > budget - 20) return { name, what, outcome: 'skipped', detail: `no time left of ${budget} s` }
  const box = openBox(base.folder, Math.min(limit, Math.max(1, budget - spent())))
  try {
    const detail = await run(box)
    return { name, what, outcome: detail.startsWith('skipped') ? 'skipped' : 'held', detail: general(detail, box) }
  } catch (cause) {
    return { name, what, outcome: spent() > budget ? 'skipped' : 'failed', detail: general(cause.message, box) }
  } finally {
    box.remove()
  }
}

/** The words of a case without the parts that differ from run to run. */
const general = (text, { folder }) =>
  text
    .replaceAll(`${folder}/`, '')
    .replaceAll(folder, 'the folder')
    .replace(/process \d+, since [^;]*/, 'process …')

const base = openBox(undefined, 120)
const results = []

/** Does cases in their order, beside others that do the same; those that measure time are alone. */
const work = async (queue) => {
  for (let each = queue.shift(); each !== undefined; each = queue.shift()) {
    const found = await judged(each, base)
    results[chosen.indexOf(each)] = found
    console.log(
      `${found.outcome.padEnd(8)} ${each.name.padEnd(24)} ${each.what} → ${found.detail.replaceAll('\n', ' ')}`,
    )
  }
}

try {
  await fill(base)
  const queue = chosen.filter(({ alone }) => !alone)
  await Promise.all([queue, queue, queue].map(work))
  await work(chosen.filter(({ alone }) => alone))
} finally {
  base.remove()
}

const count = (outcome) => results.filter((each) => each.outcome === outcome).length
console.log(`${count('held')} held, ${count('skipped')} skipped, ${count('failed')} failed, in ${spent().toFixed(0)} s`)

const stored = new URL('../results/torture.json', import.meta.url)
const before = only !== '' && existsSync(stored) ? JSON.parse(readFileSync(stored, 'utf8')).cases : []
const document = {
  what: 'what was done to the command, and how it ended',
  machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}, ${process.platform}`,
  cases: cases.flatMap(({ name }) => [...results, ...before].find((each) => each.name === name) ?? []),
}
const page = new URL('../../docs/results/torture.md', import.meta.url)
for (const file of [stored, page]) mkdirSync(new URL('.', file), { recursive: true })
writeFileSync(stored, `${JSON.stringify(document, null, 2)}\n`)
writeFileSync(page, await format(pageOf(document), { filepath: fileURLToPath(page), ...(await resolveConfig(page)) }))
process.exitCode = count('failed') === 0 ? 0 : 1
