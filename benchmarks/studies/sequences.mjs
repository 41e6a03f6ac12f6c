/**
 * The study of sequences: every number of docs/results/sequences.md. What is done is kept in runs/sequences, so that a
 * study that was stopped goes on from there when it is started again.
 *
 * Usage: npm run study:sequences [-- --workers 2] [-- --page]     with --page only writes what is there
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

import { format, resolveConfig } from 'prettier'

import { run } from '../../packages/cli/dist/index.js'
import { page } from './sequences-page.mjs'
import { folder, tasks } from './sequences-plan.mjs'
import { readOptions } from '../options.mjs'

const options = readOptions({
  workers: { type: 'string', default: String(availableParallelism()) },
  page: { type: 'boolean' },
})

const write = (text) => process.stderr.write(text)

/** The process as the command `ptu` sees it. */
const env = {
  stdout: () => undefined,
  stderr: write,
  colour: false,
  progress: (title) => {
    write(`  ${title}\n`)
    return { set: () => undefined, stop: () => undefined }
  },
  now: () => performance.now(),
  cwd: process.cwd(),
  cores: availableParallelism(),
  signal: new AbortController().signal,
  threads: true,
}

const compare = async (task, size) => {
  write(`${task.name}, ${size.labels} labels\n`)
  const out = `${folder}/${task.name}-${size.labels}`
  const settings = {
    ...{ source: task.source, target: task.target, body: task.body, epochs: task.epochs, batch: task.batch },
    ...{ shots: size.shots, steps: size.steps, seeds: task.seeds.join(), workers: options.workers, out },
    strategies: 'scratch,share,fine-tune,ptu,ptu-fixed',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const code = await run(['compare', ...flags, '--resume'], env)
  if (code !== 0) process.exit(code)
}

/** Variants have a process for each task. */
const variants = (task) =>
  new Promise((resolve, reject) => {
    const script = new URL('sequences-variants.mjs', import.meta.url).pathname
    const child = spawn(process.execPath, [script, task.name], { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`variants of ${task.name}: code ${code}`))))
  })

const measure = async () => {
  mkdirSync(folder, { recursive: true })
  for (const task of tasks) for (const size of task.sizes) await compare(task, size)
  if (Number(options.workers) > 1) await Promise.all(tasks.map(variants))
  else for (const task of tasks) await variants(task)
}

/** A document of the study; undefined where there is none yet. */
const read = (name) => {
  const path = `${folder}/${name}.json`
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

if (!options.page) await measure()
const found = tasks.map((task) => ({
  task,
  comparisons: task.sizes.flatMap((size) => {
    const results = read(`${task.name}-${size.labels}/results`)
    return results ? [{ size, results }] : []
  }),
  variants: read(`variants-${task.name}`),
}))
mkdirSync('docs/results', { recursive: true })
const file = 'docs/results/sequences.md'
writeFileSync(file, await format(page(found, tasks), { filepath: file, ...(await resolveConfig(file)) }))
write(`written: ${file}\n`)
