/**
 * Opens files of other libraries, each in a process of its own, and says how much memory that takes beyond an empty run.
 *
 * An empty run imports the same modules and starts the same backend (wasm) and opens nothing. Peaks are the most memory that a
 * process had (VmHWM of Linux). Exits with 1 where a peak is beyond 2.2 times the size of its file.
 *
 * Usage: node benchmarks/opening.mjs FOLDER      the files that opening.py wrote
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { readModel } from '@ptu/formats/node'
import { useBackend } from '@ptu/tensor/backend'

const mebibyte = 2 ** 20
const most = 2.2

const peak = () => (1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])) / mebibyte

/** Opens a file, or nothing, and prints what that took. */
const open = async (path) => {
  const started = await useBackend('wasm')()
  if (started._tag === 'Left') throw started.left
  const [cpu, from] = [process.cpuUsage(), performance.now()]
  const opened = path === '' ? undefined : await readModel(path)()
  if (opened?._tag === 'Left') throw opened.left
  const { user, system } = process.cpuUsage(cpu)
  const seconds = { cpu: (user + system) / 1e6, wall: (performance.now() - from) / 1e3 }
  console.log(JSON.stringify({ ...seconds, architecture: opened?.right.architecture, peak: peak() }))
}

const run = (path) => JSON.parse(execFileSync(process.execPath, [import.meta.filename, '--open', path], { encoding: 'utf8' })) // prettier-ignore

const [what, path = ''] = process.argv.slice(2)
if (what === '--open') await open(path)
else {
  const empty = run('').peak
  console.log(`an empty run: ${empty.toFixed(0)} MiB`)
  console.log('| file | opened as | size, MiB | peak, MiB | beyond an empty run | of its size | CPU s | s |')
  for (const name of readdirSync(what)
    .toSorted()
    .filter((one) => !one.endsWith('.py'))) {
    const file = join(what, name)
    const size = statSync(file).size / mebibyte
    const found = run(file)
    const more = found.peak - empty
    const cells = [name, found.architecture, size.toFixed(0), found.peak.toFixed(0), more.toFixed(0), (more / size).toFixed(2), found.cpu.toFixed(1), found.wall.toFixed(1)] // prettier-ignore
    console.log(`| ${cells.join(' | ')} |`)
    if (more > most * size) process.exitCode = 1
  }
}
