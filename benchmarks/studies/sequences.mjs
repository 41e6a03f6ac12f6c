/**
 * The study of sequences. Finished comparisons are kept in runs/sequences, so that a stopped study goes on from there
 * when it is started again. Writes benchmarks/results/sequences-cells.json, a result for each task, size, draw and
 * method, and from it docs/results/sequences.md.
 *
 * Usage: npm run study:sequences [-- --workers 2] [-- --page] [-- --queue redis://HOST:PORT --store PLACE]
 *   --page    only writes the page from the stored cells
 *   --queue   trains on `ptu worker --allow-modules` of this checkout, on any number of machines
 */
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

import { compare } from '@ptu/experiments'
import { nodeTools, openRunFolder, writeAtomically, writeJson } from '@ptu/experiments/node'
import { format, resolveConfig } from 'prettier'

import { readOptions } from '../options.mjs'
import { page } from './sequences-page.mjs'
import { compared, folder, rates, tasks } from './sequences-plan.mjs'
import { onQueue, queueOptions } from './queue.mjs'
import { variantsOver } from './sequences-variants.mjs'

const options = readOptions({
  workers: { type: 'string', default: String(availableParallelism()) },
  page: { type: 'boolean' },
  ...queueOptions,
})
const cellsFile = 'benchmarks/results/sequences-cells.json'
const pageFile = 'docs/results/sequences.md'
const module = fileURLToPath(new URL('sequences-variants.mjs', import.meta.url))

const say = (text) => process.stderr.write(`${text}\n`)

const right = (either) => {
  if (either._tag === 'Left') throw either.left
  return either.right
}

/** Compares methods on a task at one size, or goes on with it. */
const comparisonOf = async (task, { shots, steps, body = task.body }, methods, name) => {
  say(name)
  const place = `${folder}/${name}`
  right(await openRunFolder(place, { resume: true, replace: false })())
  const modules = [module]
  const workers = options.queue === undefined ? Number(options.workers) : 1
  const tools = right(await nodeTools({ folder: place, cache: `${folder}/.cache`, modules, workers, warn: say })())
  const spec = {
    source: { kind: 'trained', data: task.source, body, epochs: task.epochs, seed: 0 },
    ...{ target: task.target, shots, steps, seeds: task.seeds, methods, modules, rates, judged: 'ptu' },
    ...{ batch: task.batch, rate: undefined, backend: 'auto' },
  }
  return right(await compare(spec, await onQueue(tools, options, modules))())
}

/** The part of a comparison that is stored: a cell for each draw and method, and the settings that the page reports. */
const storedOf = ({ name }, part, labels, { runs, rows, source, target, versions, settings }) => ({
  ...{ task: name, part, labels, versions, backend: settings.backend, steps: settings.steps },
  source: { title: source.title, accuracy: source.accuracy, warning: source.warning },
  target: { kind: target.kind, testExamples: target.testExamples, testLabels: target.testLabels },
  cells: rows.flatMap(({ method, role }) =>
    runs
      .filter((run) => run.method === method)
      .map(({ seed, chosen, depth, rate, accuracy, seconds }) => ({
        ...{ method, role, draw: seed, chosen, depth, rate, accuracy, seconds },
      })),
  ),
})

const measure = async () => {
  const found = []
  for (const task of tasks) {
    for (const size of task.sizes) {
      const results = await comparisonOf(task, size, compared, `${task.name}-${size.labels}`)
      found.push(storedOf(task, 'sizes', size.labels, results))
    }
    const { variants } = task
    const results = await comparisonOf(task, variants, variantsOver[variants.cell], `${task.name}-variants`)
    found.push(storedOf(task, 'variants', variants.labels, results))
    right(await writeJson(cellsFile, found)())
  }
}

if (!options.page) await measure()
if (!existsSync(cellsFile)) {
  say(`${cellsFile} is not there: ${pageFile} is left as it is; run the study without --page`)
  process.exit(1)
}
const text = page(JSON.parse(readFileSync(cellsFile, 'utf8')), tasks)
const formatted = await format(text, { filepath: pageFile, ...(await resolveConfig(pageFile)) })
right(await writeAtomically(pageFile, new TextEncoder().encode(formatted))())
say(`written: ${pageFile}`)
