/** Ways to build the unit over recurrent layers, on one task at one number of labels. Usage: sequences-variants.mjs TASK */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

import { hierarchicalGate } from '@ptu/gates'
import { fineTune, ptu, transfer, uniformPlan } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import { evaluate, runCandidate } from '@ptu/trainer'
import { enableProdMode } from '@tensorflow/tfjs-core'

import { headFor } from '../../packages/cli/dist/run/body.js'
import { openLab } from '../../packages/cli/dist/run/lab.js'
import { averageOf, optimizerOf } from '../../packages/cli/dist/run/schedule.js'
import { folder, tasks } from './sequences-plan.mjs'

const rate = 4e-3

/** Each differs from `ptu` in one thing; of an LSTM only what it alone has. */
const gru = {
  'fine-tune': fineTune,
  ptu: ptu(),
  'ptu, no noise': ptu({ gate: hierarchicalGate({ branches: 3, noise: 'none' }) }),
  'ptu, two branches': ptu({ gate: hierarchicalGate({ branches: 2 }) }),
  'ptu, state mixed, mixed path': ptu({ mix: { hidden: 'mixed' } }),
  'ptu, state mixed, pure path': ptu({ mix: { hidden: 'pure' } }),
}
const lstm = {
  'fine-tune': fineTune,
  ptu: ptu(),
  'ptu, h mixed, mixed path': ptu({ mix: { hidden: 'mixed' } }),
  'ptu, h and c mixed, mixed path': ptu({ mix: { hidden: 'mixed', cell: true } }),
}

const right = (either) => {
  if (either._tag === 'Left') throw either.left
  return either.right
}

const task = tasks.find(({ name }) => name === process.argv[2])
const size = task.variants
const file = `${folder}/variants-${task.name}.json`
const signal = new AbortController().signal

const { sizes: _sizes, variants: _variants, note: _note, ...settings } = task
const digest = JSON.stringify([settings, size, rate])
const stored = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { digest, cells: [] }
const cells = stored.digest === digest ? stored.cells : []

const keep = (cell) => {
  cells.push(cell)
  writeFileSync(`${file}.new`, JSON.stringify({ digest, cells }, null, 2))
  renameSync(`${file}.new`, file)
}

const measure = async (bench, strategy, training) => {
  const { source, labelled, test, normalisation, keys } = bench
  const model = transfer(source, { blocks: uniformPlan(source, strategy), head: headFor(labelled) })
  const trial = { label: 'only', model, optimizer: (steps) => optimizerOf(rate, steps), average: averageOf(size.steps) }
  const options = { train: labelled, normalisation, key: keys.training, steps: size.steps, batchSize: task.batch }
  const { params, seconds } = right(await runCandidate({ name: training, trials: [trial] }, options)())
  const { accuracy } = await evaluate(model, params, test, normalisation)
  disposeParams(params)
  return { accuracy, seconds: seconds.train }
}

const runBody = async (body) => {
  const { source, target, batch, epochs } = task
  const plan = { source, target, shots: size.shots, body, steps: size.steps, batch, rates: [rate], epochs, seed: 0 }
  const cache = `${folder}/.cache`
  const lab = openLab({ ...plan, backend: 'auto', validates: false, cache }, signal, console.warn)
  const prepared = right(await lab.prepare(() => undefined)())
  for (const seed of task.seeds)
    for (const [variant, strategy] of Object.entries(body.endsWith('lstm') ? lstm : gru)) {
      if (cells.some((cell) => cell.body === body && cell.seed === seed && cell.variant === variant)) continue
      const bench = right(await lab.bench(prepared, seed)())
      keep({ body, variant, seed, ...(await measure(bench, strategy, variant)) })
      console.warn(`  ${task.name}, ${body}, ${variant}, seed ${seed}`)
    }
  lab.close()
}

enableProdMode()
for (const body of task.variants.bodies) await runBody(body)
process.exit(0)
