/**
 * The study of what transferred models depend on: which blocks are vulnerable to corruption and what training against it
 * gives, how well probabilities are calibrated, what shifts cost, what transfer changed.
 *
 * Usage: npm run study:analysis [-- --page] [-- --sources digits]
 *   --page      only writes the page from the stored cells
 *   --sources   some of digits, stamps and mobilenet (what conductance misses), with commas
 *
 * Finished cells are kept in benchmarks/results/analysis-cells.jsonl, so that a study that was stopped goes on by the same
 * command. Writes docs/results/analysis.md. The weights of MobileNetV2 come from `npm run fetch-weights`, stamps from the
 * Debian package tuxpaint-stamps-default; a source whose files are not there is skipped and named.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { key, permutation } from '@ptu/core'
import { take } from '@ptu/data'
import { closeTask, fewShotTask } from '@ptu/experiments'
import { writeAtomically } from '@ptu/experiments/node'
import { fold } from '@ptu/strategies'
import { withHead } from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import { format, resolveConfig } from 'prettier'

import { right } from '../../mobilenet-source.mjs'
import { readOptions } from '../../options.mjs'
import { lackOf, materialsOf } from './materials.mjs'
import { accuracyOf, measured, rounded } from './measure.mjs'
import { page } from './page.mjs'
import { development, draws, missed, norms, resistant, sources, strategies } from './plan.mjs'
import { lackOfResiduals, residualsOf } from './residuals.mjs'
import { chosenNorm } from './statistics.mjs'
import { trained } from './train.mjs'

const options = readOptions({ page: { type: 'boolean' }, sources: { type: 'string' } })
const root = fileURLToPath(new URL('../../../', import.meta.url))
const file = join(root, 'benchmarks/results/analysis-cells.jsonl')
const place = { folder: join(root, 'runs/analysis'), weights: join(root, 'node_modules/.cache/ptu-weights') }
const say = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${text}\n`)

const write = async (path, text) => right(await writeAtomically(path, new TextEncoder().encode(text))())
const readCells = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []) // prettier-ignore
const keep = (cell) => write(file, [...readCells(), cell].map((one) => `${JSON.stringify(one)}\n`).join(''))
const nameOf = ({ part, source, strategy, draw, epsilon }) => `${part}-${source}-${strategy}-${draw}-${epsilon}`

const taskOf = async ({ network, train, test, digest, regime }, shots, draw) =>
  right(await fewShotTask({ network, target: { train, test, digest }, shots, rescales: regime.rescales }, draw)())

/** The training data in two parts that have no example in common: to draw labels from, and to judge on. */
const dividedForDevelopment = (materials) => {
  const order = permutation(key(0xde7), materials.train.labels.length)
  return {
    ...materials,
    train: take(materials.train, order.slice(development.judged)),
    test: take(materials.train, order.slice(0, development.judged)),
  }
}

const developed = async (materials, { strategy, draw, epsilon, shots }) => {
  const task = await taskOf(materials, shots, draw)
  const { model, params } = await trained(task, strategy, { regime: materials.regime, shots, epsilon })
  const plain = fold(model, params)
  const network = withHead(plain.body, plain.head)
  const accuracy = rounded(await accuracyOf(network, plain.params, task.test.open(), task.normalisation))
  disposeParams([params, plain.params])
  closeTask(task)
  return { accuracy }
}

const confirmed = async (materials, { strategy, draw, epsilon, shots }) => {
  const task = await taskOf(materials, shots, draw)
  const model = await trained(task, strategy, { regime: materials.regime, shots, epsilon })
  const found = await measured(task, model, materials.sets, epsilon === 0)
  disposeParams(model.params)
  closeTask(task)
  return found
}

/** Runs the cells that are not there yet. */
const runAll = async (cells, materials, work) => {
  const done = new Set(readCells().map(nameOf))
  for (const cell of cells.filter((one) => !done.has(nameOf(one)))) {
    const began = process.cpuUsage()
    const found = await work(await materials(), cell)
    const { user, system } = process.cpuUsage(began)
    const { shots, ...named } = cell
    await keep({ ...named, shots, ...found, cpu: rounded((user + system) / 1e6, 1) })
    say(`${nameOf(cell)}: ${((user + system) / 1e6).toFixed(1)} s of CPU`)
  }
}

const developing = ({ name, shots }) =>
  development.draws.flatMap((draw) =>
    development.strategies.flatMap((strategy) =>
      [0, ...norms].map((epsilon) => ({ part: 'development', source: name, strategy, draw, epsilon, shots })),
    ),
  )

const confirming = ({ name, shots }, norm) =>
  draws.flatMap((draw) =>
    strategies.flatMap((strategy) =>
      (resistant.includes(strategy) ? [0, norm] : [0]).map((epsilon) => ({
        part: 'confirmed',
        source: name,
        strategy,
        draw,
        epsilon,
        shots,
      })),
    ),
  )

const once = (make) => {
  let made
  return () => (made ??= make())
}

const runResiduals = async () => {
  const lack = lackOfResiduals(place.weights)
  if (lack !== undefined) return say(`residuals are skipped: ${lack} (npm run fetch-weights) is not there`)
  const done = new Set(readCells().flatMap(({ part, nodes }) => (part === 'residual' ? [nodes] : [])))
  for (const nodes of missed.nodes.filter((count) => !done.has(count))) {
    const began = process.cpuUsage()
    const found = await residualsOf(place.weights, nodes)
    const { user, system } = process.cpuUsage(began)
    await keep({ part: 'residual', source: 'mobilenet', nodes, ...found, cpu: rounded((user + system) / 1e6, 1) })
    say(`residual-mobilenet-${nodes}: ${((user + system) / 1e6).toFixed(1)} s of CPU`)
  }
}

const isAsked = (name) => options.sources === undefined || options.sources.split(',').includes(name)

if (!options.page) {
  if (isAsked('mobilenet')) await runResiduals()
  for (const source of sources) {
    if (!isAsked(source.name)) continue
    const lack = lackOf(source, place)
    if (lack !== undefined) {
      say(`${source.name} is skipped: ${lack} is not there`)
      continue
    }
    const materials = once(() => materialsOf(source, { ...place, say: () => undefined }))
    const divided = once(async () => dividedForDevelopment(await materials()))
    if (source.name === development.source) await runAll(developing(source), divided, developed)
    await runAll(confirming(source, chosenNorm(readCells())), materials, confirmed)
  }
}
const path = join(root, 'docs/results/analysis.md')
await write(path, await format(page(readCells()), { filepath: path, ...(await resolveConfig(path)) }))
say('written: docs/results/analysis.md')
process.exit(0)
