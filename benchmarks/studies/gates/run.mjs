/**
 * The study of gates that are set from evidence: what they win, where they tie and where they lose against constants, learnt
 * gates, a search and the probe, over a portfolio on which no constant can be right everywhere.
 *
 * Usage: npm run study:gates [-- --pairs digits-lenet,dead-channels] [-- --part recipes] [-- --seed 101] [-- --quick] [-- --page]
 *   --part    only the cells of this part, recipes or searches
 *   --seed    only the cells of this seed
 *   --quick   four pairs, two sizes, one seed of its own; prints its table and keeps nothing
 *   --page    only writes the pages from the stored cells
 *
 * One cell is a pair, a number of shots and a seed. Finished cells are kept in benchmarks/results/gates-cells.jsonl, so that
 * a study that was stopped goes on from there by the same command. Cells come in the order that makes a part of them useful:
 * development seeds first, then all pairs at one fresh seed after the other. Writes docs/results/gates.md, and the tables of
 * docs/how-to-choose-a-strategy.md and of the README. Pictures are installed once (140 MB, into node_modules/.cache/ptu-emoji); pretrained
 * networks come from `npm run fetch-weights`, stamps from the Debian package tuxpaint-stamps-default. Pairs whose files are
 * not there are skipped and named.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { readOptions } from '../../options.mjs'
import { nameOf, readCells, runCell, writeCells } from './cells.mjs'
import { dataIn } from './data.mjs'
import { quick, todo } from './plan.mjs'
import { quickTable, writePages } from './write.mjs'

const options = readOptions({
  pairs: { type: 'string' },
  part: { type: 'string' },
  seed: { type: 'string' },
  quick: { type: 'boolean' },
  page: { type: 'boolean' },
})
const root = fileURLToPath(new URL('../../../', import.meta.url))
const cellsFile = join(root, 'benchmarks/results/gates-cells.jsonl')
const weights = join(root, 'node_modules/.cache/ptu-weights')
const folder = join(root, 'runs/gates')

const say = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${text}\n`)

const isPossible = ({ source, target, name }, data) => {
  const lack =
    data[target] === undefined
      ? `its pictures ${target}`
      : source.file !== undefined && !existsSync(join(weights, source.file))
        ? source.file
        : undefined
  if (lack !== undefined) say(`${name} is skipped: ${lack} is not there`)
  return lack === undefined
}

const measure = async (plan, keep) => {
  const data = await dataIn(join(folder, 'data'), join(root, 'node_modules/.cache/ptu-emoji'), say)
  const asked = {
    pair: options.pairs?.split(','),
    part: options.part?.split(','),
    seed: options.seed?.split(','),
  }
  const isAsked = ({ pair, part, seed }) =>
    [
      [asked.pair, pair.name],
      [asked.part, part],
      [asked.seed, String(seed)],
    ].every(([some, own]) => some?.includes(own) ?? true)
  const possible = new Set([...new Set(plan.map(({ pair }) => pair))].filter((pair) => isPossible(pair, data)))
  for (const cell of plan) {
    if (!possible.has(cell.pair) || !isAsked(cell)) continue
    const began = performance.now()
    const found = await runCell(cell, { data, folder, weights, say: () => undefined })
    say(`${nameOf(found)}: ${((performance.now() - began) / 1000).toFixed(0)} s`)
    await keep(found)
  }
}

if (options.quick) {
  const cells = []
  await measure(quick, (cell) => cells.push(cell))
  console.log(quickTable(cells))
} else {
  if (!options.page) {
    const done = new Set(readCells(cellsFile).map(nameOf))
    const left = todo.filter((cell) => !done.has(nameOf({ ...cell, pair: cell.pair.name })))
    say(`${done.size} of ${todo.length} cells are there`)
    await measure(left, (cell) => writeCells(cellsFile, [...readCells(cellsFile), cell]))
  }
  await writePages(root, readCells(cellsFile))
  say('written: docs/results/gates.md, the tables of docs/how-to-choose-a-strategy.md and of README.md')
}
