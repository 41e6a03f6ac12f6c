/**
 * Prints one table of the project's speed targets: ratios of CPU time to PyTorch's on one thread, and of PTU to fine-tuning,
 * measured in one interleaved run. Every ratio is the median over rounds of the ratio within a round.
 *
 * Usage: npm run bench [-- --rounds 9] [-- --only part of a name]     writes benchmarks/results/targets[-fma].json
 * Pin it: `taskset -c 1 npm run bench`. PYTHON names a Python with torch. `node --experimental-wasm-relaxed-simd benchmarks/targets.mjs`
 * measures with FMA on Node 20.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { key } from '@ptu/core'
import { hierarchicalGate } from '@ptu/gates'
import { dense, globalAveragePool, infer, serial } from '@ptu/layers'
import { freeze, initBody, lenet } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { fineTune, ptu, transfer } from '@ptu/strategies'
import { normal, scope } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { crossEntropy, start, step } from '@ptu/trainer'
import * as tf from '@tensorflow/tfjs'

import { machine, median } from './interleaved.mjs'
import { invertedNetwork, networks } from './inverted-networks.mjs'
import { networks as small } from './kernels/networks.mjs'
import { readOptions } from './options.mjs'

const options = readOptions({ rounds: { type: 'string', default: '9' }, only: { type: 'string', default: '' } })
const batch = 16
const started = await useBackend('wasm')()
if (started._tag === 'Left') throw started.left
const { notes } = started.right
const mode = notes.find((note) => note.startsWith('training kernels'))

/** A training step of some blocks under one strategy on one batch that was encoded once. */
const training = (blocks, strategy, x, classes, head) => {
  const source = freeze(
    blocks,
    blocks.map(({ params }) => params),
  )
  const model = transfer(source, { blocks: blocks.map(() => strategy), head })
  const objective = { model, loss: crossEntropy, optimizer: adam(1e-4) }
  const labels = Array.from({ length: x.shape[0] }, (_, i) => i % classes)
  const batchOf = { x: model.encode(x), y: tf.oneHot(labels, classes).toFloat() }
  let state = start(objective, key(2), x.shape.slice(1))
  return () => {
    const next = step(objective)(state, batchOf, { steps: 100_000 })
    next.loss.dataSync()
    next.loss.dispose()
    state = next.state
  }
}

const run = (blocks, x) => blocks.reduce((h, { layer, params }) => layer.apply(params, h, infer), x)

/** The measurements of one network of inverted residuals. */
const ofNetwork = (name, [stages, side, counts]) => {
  const { blocks } = invertedNetwork(stages, side)
  const photos = normal(key(3), [batch, side, side, 3])
  const trained = counts.flatMap((count) => {
    const first = blocks.length - 1 - count
    const features = scope(() => run(blocks.slice(0, first), photos))
    const head = serial(globalAveragePool, dense(9))
    return [
      [`${name} fine-tune ${count}`, training(blocks.slice(first, -1), fineTune, features, 9, head)],
      [`${name} PTU ${count}`, training(blocks.slice(first, -1), ptu(), features, 9, head)],
    ]
  })
  const encode = () => {
    scope(() => run(blocks, photos)).dispose()
  }
  return [[`${name} encode`, encode], ...trained]
}

/** The convolutional network of `bench:strategies`: fine-tuning, and units of two and of three branches. */
const ofLenet = () => {
  const body = lenet([16, 32, 64])
  const { blocks } = freeze(body, initBody(body, key(1), [28, 28, 1]))
  const x = normal(key(4), [32, 28, 28, 1])
  const strategies = {
    'fine-tune': fineTune,
    'PTU 2': ptu(),
    'PTU 3': ptu({ gate: hierarchicalGate({ branches: 3 }) }),
  }
  return Object.entries(strategies).map(([name, strategy]) => [
    `CNN ${name}`,
    training(blocks, strategy, x, 5, dense(5)),
  ])
}

const minimised = (name) => {
  const [loss, optimizer] = [small[name](), tf.train.sgd(0.01)]
  return () => {
    const value = optimizer.minimize(loss, true)
    value.dataSync()
    value.dispose()
  }
}

/** Rows of the table: name, what is measured, what it is divided by, and the largest ratio that meets the target. */
const targets = [
  ['GRU', 'gru', 'torch: gru', 1.2],
  ['LSTM', 'lstm', 'torch: lstm', 2.0],
  ...Object.entries(networks).flatMap(([name, [, , counts]]) => [
    [`${name}: encode`, `${name} encode`, `torch: ${name} encode`, 1.1],
    ...counts.flatMap((count) => [
      [`${name}: fine-tune ${count} blocks`, `${name} fine-tune ${count}`, `torch: ${name} fine-tune ${count}`, 1.4],
      [`${name}: PTU ${count} blocks / fine-tune`, `${name} PTU ${count}`, `torch: ${name} fine-tune ${count}`, 2.2],
    ]),
  ]),
  ['CNN: PTU of two branches / own fine-tune', 'CNN PTU 2', 'CNN fine-tune', 1.35],
  ['CNN: PTU of three branches / own fine-tune', 'CNN PTU 3', 'CNN fine-tune', 1.7],
].filter(([name]) => name.includes(options.only))
const wanted = new Set(targets.flatMap(([, own, reference]) => [own, reference]))

/** PyTorch's contenders, or none where Python has no torch. */
const pytorch = async () => {
  const script = fileURLToPath(new URL('targets.py', import.meta.url))
  const needed = Object.fromEntries(
    Object.entries(networks).filter(([name]) => [...wanted].some((one) => one.includes(name))),
  )
  const args = [script, JSON.stringify(needed), String(batch)]
  const child = spawn(process.env.PYTHON ?? '/usr/bin/python3', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const ended = once(lines, 'close').then(() => [undefined])
  const answer = async () => {
    const [line] = await Promise.race([once(lines, 'line'), ended])
    return line && JSON.parse(line)
  }
  const hello = await answer()
  const ask = (name) => (times) => {
    child.stdin.write(`${name}|${times}\n`)
    return answer()
  }
  return { version: hello?.version, ask, close: () => child.stdin.end() }
}

const timed = (once) => async (times) => {
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  for (let i = 0; i < times; i++) once()
  const { user, system } = process.cpuUsage(cpu)
  return { cpu: (user + system) / 1000 / times, wall: (performance.now() - wall) / times }
}

const torch = await pytorch()
const needs = (prefix) => [...wanted].some((name) => name.startsWith(prefix))
const own = Object.fromEntries([
  ...(needs('gru') ? [['gru', minimised('gru')]] : []),
  ...(needs('lstm') ? [['lstm', minimised('lstm')]] : []),
  ...Object.entries(networks).flatMap(([name, network]) => (needs(name) ? ofNetwork(name, network) : [])),
  ...(needs('CNN') ? ofLenet() : []),
])
const contenders = Object.fromEntries(
  [...wanted].flatMap((name) => {
    if (!name.startsWith('torch: ')) return [[name, timed(own[name])]]
    return torch.version === undefined ? [] : [[name, torch.ask(name.slice('torch: '.length))]]
  }),
)
const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
const times = (name) => (name.includes('encode') || name.includes('224') ? 1 : 4)
for (let round = -1; round < Number(options.rounds); round++)
  for (const [name, measure] of Object.entries(contenders)) {
    const sample = await measure(times(name))
    if (round >= 0) samples[name].push(sample)
  }
torch.close()

const round = (number) => Number(number.toFixed(2))
const middle = (name, unit) => round(median(samples[name].map((sample) => sample[unit])))
const rows = targets.flatMap(([name, mine, reference, target]) => {
  if (!samples[reference]) return [{ name, cpuMs: middle(mine, 'cpu'), target, met: undefined }]
  const ratio = round(median(samples[mine].map((sample, i) => sample.cpu / samples[reference][i].cpu)))
  return [
    { name, cpuMs: middle(mine, 'cpu'), referenceMs: middle(reference, 'cpu'), ratio, target, met: ratio <= target },
  ]
})
console.log(
  `Node ${process.version}, ${mode}, PyTorch ${torch.version ?? 'not found'}, load ${machine().load.join(' ')}`,
)
console.table(Object.fromEntries(rows.map(({ name, ...row }) => [name, row])))
const result = {
  what:
    `CPU milliseconds of one run, medians over rounds, and medians of the ratios within a round. Encoding ${batch} images; a ` +
    `training step (Adam, batch ${batch}) of the last blocks from their encoded inputs, PTU with noise; GRU and LSTM over 64 ` +
    'sequences of 28 steps, 128 units; a LeNet on 32 digits. Random weights. PyTorch has one thread',
  kernels: mode,
  pytorch: torch.version ?? 'not found',
  tfjs: tf.version_core,
  machine: machine(),
  rounds: Number(options.rounds),
  rows,
}
const suffix = mode?.includes('relaxed') ? '-fma' : ''
if (options.only === '')
  writeFileSync(new URL(`results/targets${suffix}.json`, import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
process.exit(0)
