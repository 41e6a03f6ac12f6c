/**
 * Measures what a start costs: from `import` to the end of a first training step on WebAssembly, the processor time of a short and
 * of a comparing command up to the first thing it keeps, and the peak memory of a comparison on digits with one and two workers.
 *
 * Usage: npm run bench:start-up [-- --rounds 5]     writes benchmarks/results/start-up.json
 */
import { fork, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { machine, median } from './interleaved.mjs'
import { readOptions } from './options.mjs'

const rounds = Number(readOptions({ rounds: { type: 'string', default: '5' } }).rounds)
const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url))
const bin = pathOf('../packages/cli/bin/ptu.js')

/** Wall and CPU milliseconds from `import` to the end of the first step, in a process of its own. */
const firstStep = async () => {
  const child = fork(pathOf('./backends.mjs'), ['--child', 'wasm'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const { first, refused } = await new Promise((resolve) => child.once('message', resolve))
  child.kill()
  if (refused) throw new Error(refused)
  return first
}

/** The seconds of processor time that a process has used, all threads together; Linux only. */
const secondsOf = (pid) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** The largest memory that a process held at a time, in MB; Linux only. */
const peakOf = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1.024e-3

/** Runs a comparison on digits in an empty folder; its peak, and the CPU seconds up to its first checkpoint. */
const comparison = async (workers) => {
  const folder = mkdtempSync(join(tmpdir(), 'ptu-start-up-'))
  const line = `compare --source mnist:0-4 --target mnist:5-9 --shots 10 --seeds 1 --strategies share,fine-tune,ptu --workers ${workers} --out ${folder}/run`
  const child = spawn(process.execPath, [bin, ...line.split(' ')], { stdio: 'ignore', cwd: folder })
  const ended = new Promise((resolve) => child.on('close', resolve))
  const found = { peak: 0 }
  const look = setInterval(() => {
    try {
      found.peak = peakOf(child.pid) || found.peak
      const kept = existsSync(`${folder}/run/checkpoints`) && readdirSync(`${folder}/run/checkpoints`).length > 0
      if (kept) found.cpu ??= secondsOf(child.pid)
    } catch {
      // It ended between two looks.
    }
  }, 20)
  const code = await ended
  clearInterval(look)
  rmSync(folder, { recursive: true, force: true })
  if (code !== 0) throw new Error(`a comparison ended with ${code}`)
  return found
}

const load = machine()
const [first, peaks] = [[], { 1: [], 2: [] }]
const kept = []
for (let round = 0; round < rounds; round++) first.push(await firstStep())
for (let round = 0; round < Math.min(rounds, 3); round++)
  for (const workers of [1, 2]) {
    const { peak, cpu } = await comparison(workers)
    peaks[workers].push(peak)
    if (workers === 1) kept.push(cpu)
  }

const row = (name, samples, unit, target) => {
  const value = Number(median(samples).toFixed(unit === 's' ? 2 : 0))
  return { name, value, unit, ...(target !== undefined && { target, met: value <= target }) }
}
const rows = [
  row(
    'from import to the end of the first step',
    first.map(({ wall }) => wall),
    'ms',
    600,
  ),
  row(
    'the same, processor time',
    first.map(({ cpu }) => cpu),
    'ms',
  ),
  row('ptu compare on digits: processor time to the first checkpoint, one worker', kept, 's'),
  row('ptu compare on digits: peak memory, one worker', peaks[1], 'MB', 400),
  row('ptu compare on digits: peak memory, two workers', peaks[2], 'MB', 400),
]
console.table(rows)
const what =
  'medians; digits 0-4 to 5-9, 10 labels per class, share, fine-tune and ptu; memory is the largest resident set'
const result = { what, machine: { ...load, loadAfter: machine().load }, rounds, rows }
writeFileSync(new URL('./results/start-up.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
