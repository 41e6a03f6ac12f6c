/**
 * The study of corruption-resistant training: what it gives under attacks on the parameters, and what it costs.
 *
 * Usage: npm run study:resistant [-- --page] [-- --sources digits]
 *   --page      only writes the page from the stored cells
 *   --sources   some of digits, emoji, emoji-small and emoji-layer, with commas
 *
 * Finished cells are kept in benchmarks/results/resistant-cells.jsonl, so that a study that was stopped goes on by the same
 * command. Writes docs/results/resistant.md. The weights of MobileNetV2 come from `npm run fetch-weights`, emoji from npm; a
 * source whose files are not there is skipped and named.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { writeAtomically } from '@ptu/experiments/node'
import { format, resolveConfig } from 'prettier'

import { right } from '../../mobilenet-source.mjs'
import { readOptions } from '../../options.mjs'
import { rounded } from '../analysis/measure.mjs'
import { dataIn } from '../gates/data.mjs'
import { forDevelopment, materialsOf, measuredCell } from './cells.mjs'
import { page } from './page.mjs'
import { sources, strategies } from './plan.mjs'
import { chosenWay } from './statistics.mjs'

const options = readOptions({ page: { type: 'boolean' }, sources: { type: 'string' } })
const root = fileURLToPath(new URL('../../../', import.meta.url))
const file = join(root, 'benchmarks/results/resistant-cells.jsonl')
const [folder, weights] = [join(root, 'runs/resistant'), join(root, 'node_modules/.cache/ptu-weights')]
const say = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${text}\n`)

const write = async (path, text) => right(await writeAtomically(path, new TextEncoder().encode(text))())
const readCells = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []) // prettier-ignore
const keep = (cell) => write(file, [...readCells(), cell].map((one) => `${JSON.stringify(one)}\n`).join(''))
const nameOf = ({ part, source, strategy, draw, way }) => [part, source, strategy, draw, way].join('-')

const lackOf = ({ spec }) =>
  spec.kind === 'opened' && !existsSync(join(weights, spec.path)) ? `${spec.path} (npm run fetch-weights)` : undefined

/** Runs the cells that are not there yet. */
const runAll = async (cells, materials, source) => {
  const done = new Set(readCells().map(nameOf))
  for (const cell of cells.filter((one) => !done.has(nameOf(one)))) {
    const began = process.cpuUsage()
    const found = await measuredCell(await materials(), source, cell)
    const { user, system } = process.cpuUsage(began)
    await keep({ ...cell, shots: source.shots, ...found, cpu: rounded((user + system) / 1e6, 1) })
    say(`${nameOf(cell)}: ${((user + system) / 1e6).toFixed(1)} s of CPU`)
  }
}

const cellsOf = (part, { name }, draws, own) =>
  draws.flatMap((draw) =>
    strategies.flatMap((strategy) => own.map((way) => ({ part, source: name, strategy, draw, way }))),
  )

const once = (make) => {
  let made
  return () => (made ??= make())
}

const isAsked = ({ name }) => options.sources === undefined || options.sources.split(',').includes(name)

if (!options.page)
  for (const source of sources.filter(isAsked)) {
    const lack = lackOf(source)
    if (lack !== undefined) {
      say(`${source.name} is skipped: ${lack} is not there`)
      continue
    }
    const needed = source.spec.kind === 'opened'
    const targets = needed ? await dataIn(join(root, 'runs/gates/data'), join(root, 'runs/.cache'), say) : {}
    const materials = once(() => materialsOf(source, { folder, weights, targets }))
    const divided = once(async () => forDevelopment(await materials(), source))
    await runAll(cellsOf('development', source, source.draws.development, Object.keys(source.ways)), divided, source)
    await runAll(
      cellsOf('fresh', source, source.draws.fresh, ['plain', chosenWay(readCells(), source)]),
      materials,
      source,
    )
  }
const path = join(root, 'docs/results/resistant.md')
await write(path, await format(page(readCells()), { filepath: path, ...(await resolveConfig(path)) }))
say('written: docs/results/resistant.md')
process.exit(0)
