/**
 * Training steps of five networks against stock kernels and PyTorch, and products against XNNPACK. Every contender is a
 * process of its own, pinned to one core where `taskset` is there; they run in turn, round after round. With --cpu one step of tfjs's cpu backend
 * is added, which takes minutes for the convolutional networks.
 *
 * Usage: npm run bench:kernels [-- --rounds 5] [-- --steps 5] [-- --cpu]     writes benchmarks/results/kernels.json
 */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'

import { machine, median } from '../interleaved.mjs'
import { openBlas } from './open-blas.mjs'
import { readOptions } from '../options.mjs'

const options = readOptions({
  rounds: { type: 'string', default: '5' },
  steps: { type: 'string', default: '5' },
  cpu: { type: 'boolean', default: false },
})
const rounds = Number(options.rounds)
const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const pinned = existsSync('/usr/bin/taskset') ? ['/usr/bin/taskset', '-c', '0'] : []
const PYTHON = '/usr/bin/python3'

/** Runs a child and parses the JSON that it prints last; undefined where it fails. */
const measure = (command, env = {}) => {
  const [program, ...args] = [...pinned, ...command]
  const { stdout, status } = spawnSync(program, args, { env: { ...process.env, ...env }, encoding: 'utf8' })
  return status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1)) : undefined
}

const node = (...args) => [process.execPath, ...args]
const relaxed = '--experimental-wasm-relaxed-simd'
const flagged = Number(process.versions.node.split('.')[0]) < 22
const step = (network, contender, steps = options.steps) => [here('step.mjs'), network, contender, String(steps)]
const blas = openBlas()
if (blas === undefined) console.log('OpenBLAS cannot be had here (apt-get download failed): left out.')

const contenders = {
  own: (network) => measure(node(...step(network, 'own'))),
  ...(flagged && { ownWithFma: (network) => measure(node(relaxed, ...step(network, 'own'))) }),
  composed: (network) => measure(node(...step(network, 'composed', 2))),
  torch: (network) => measure([PYTHON, here('step.py'), network, options.steps]),
  ...(blas && { torchOpenBlas: (network) => measure([PYTHON, here('step.py'), network, options.steps], blas) }),
}

const summary = (samples) => {
  const of = (key) => samples.map((sample) => sample[key])
  const cpu = of('cpu')
  return {
    mode: samples[0].mode,
    cpu: median(cpu),
    least: Math.min(...cpu),
    most: Math.max(...cpu),
    wall: median(of('wall')),
    loss: samples[0].loss,
  }
}

const loads = []
const networks = ['cnn', 'cnnBatchNorm', 'separable', 'gru', 'lstm']
const samples = Object.fromEntries(networks.map((name) => [name, {}]))
for (let round = 0; round < rounds; round++) {
  for (const network of networks) {
    for (const [name, run] of Object.entries(contenders)) {
      const sample = run(network)
      if (sample !== undefined) (samples[network][name] ??= []).push(sample)
    }
  }
  loads.push(Number(loadavg()[0].toFixed(1)))
  console.log(`round ${round + 1} of ${rounds}, load ${loads.at(-1)}`)
}
if (options.cpu) {
  for (const network of networks) {
    const sample = measure(node(...step(network, 'cpu', 1)))
    if (sample !== undefined) samples[network].cpu = [sample]
  }
}

const steps = Object.fromEntries(
  networks.map((network) => [
    network,
    Object.fromEntries(Object.entries(samples[network]).map(([name, taken]) => [name, summary(taken)])),
  ]),
)
const products = { plain: measure(node(here('products.mjs'), options.rounds)) }
if (flagged) products.withFma = measure(node(relaxed, here('products.mjs'), options.rounds))

const ratio = (network, name, reference) => steps[network][name]?.cpu / steps[network][reference]?.cpu
const worst = (results) => Math.min(...results.filter(({ k }) => k >= 64).map((result) => result.ratio))
const targets = [
  ['cnn / torch', ratio('cnn', 'own', 'torch'), 0.8],
  ['cnn / torch with OpenBLAS', ratio('cnn', 'own', 'torchOpenBlas'), 1.5],
  ['cnn with FMA / torch with OpenBLAS', ratio('cnn', 'ownWithFma', 'torchOpenBlas'), 1.1],
  ['cnn with batch norm / torch', ratio('cnnBatchNorm', 'own', 'torch'), 0.8],
  ...['gru', 'lstm'].flatMap((name) => [
    [`${name} / torch`, ratio(name, 'own', 'torch'), 0.25],
    [`${name} / torch with OpenBLAS`, ratio(name, 'own', 'torchOpenBlas'), 1.8],
  ]),
  [
    "XNNPACK's plain product / own, worst layout at K >= 64",
    products.plain && 1 / worst(products.plain.results),
    1 / 1.2,
  ],
].map(([name, value, target]) => ({ name, value, target, met: value <= target }))

const show = (value) => (Number.isFinite(value) ? value.toFixed(1) : '-')
console.table(
  Object.fromEntries(
    networks.map((network) => [
      network,
      Object.fromEntries(
        Object.entries(steps[network]).map(([name, { cpu, least, most }]) => [
          name,
          `${show(cpu)} [${show(least)}-${show(most)}]`,
        ]),
      ),
    ]),
  ),
)
console.table(
  Object.fromEntries(
    targets.map(({ name, value, target, met }) => [name, { ratio: value?.toFixed(2), target: target.toFixed(2), met }]),
  ),
)
for (const { mode, results } of Object.values(products).filter(Boolean)) {
  console.table(
    results.map(({ m, k, n, transposeA, transposeB, own, xnnpackPlain }) => ({
      mode,
      size: `${m}x${k}x${n}`,
      transposeA,
      transposeB,
      own: show(own),
      xnnpackPlain: show(xnnpackPlain),
    })),
  )
}
const report = {
  ...machine(),
  pinned: pinned.length > 0,
  rounds,
  loads,
  unit: 'CPU milliseconds per step',
  steps,
  products,
  targets,
}
writeFileSync(here('../results/kernels.json'), `${JSON.stringify(report, null, 2)}\n`)
