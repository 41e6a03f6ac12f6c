/**
 * Measures rows of the table on the Node that runs it, and prints the result as JSON on its last line.
 *
 * Usage: node measure.mjs '{"rounds": 9, "warmUp": 5, "only": "", "pythons": ["/usr/bin/python3"]}'     (see ../targets.mjs)
 */
import { fileURLToPath } from 'node:url'

import { useBackend } from '@ptu/tensor/backend'
import * as tf from '@tensorflow/tfjs'

import { machine, median } from '../interleaved.mjs'
import { networks } from '../inverted-networks.mjs'
import { startPyTorch, timed } from '../pytorch.mjs'
import { cases } from '../transformer-cases.mjs'
import { batch, own, stepsOf } from './own.mjs'
import { productsOf } from './products.mjs'
import { rows } from './rows.mjs'

const { rounds, warmUp, only, pythons } = JSON.parse(process.argv[2])
const started = await useBackend('wasm')()
if (started._tag === 'Left') throw started.left
const kernels = started.right.notes.find((note) => note.startsWith('training kernels'))

const side = 512
const product = () => {
  const [a, b] = [tf.ones([side, side]), tf.ones([side, side])]
  return () => {
    tf.matMul(a, b).dispose()
  }
}

const script = fileURLToPath(new URL('pytorch.py', import.meta.url))
const args = [JSON.stringify(networks), String(batch), JSON.stringify(cases)]
const torches = []
for (const python of pythons) {
  const torch = await startPyTorch(script, args, python)
  if (torch.version) torches.push(torch)
}

const wanted = rows.filter(({ name }) => name.includes(only))
const ownNames = new Set(wanted.flatMap(({ own, against }) => [own, ...(against ? [against] : [])]))
const references = new Set(wanted.filter(({ against }) => !against).map(({ own, reference = own }) => reference))

/** Contenders by key, and how often one runs in a round: about a tenth of a second, twice at least where that is seconds. */
const made = Object.fromEntries([...ownNames].map((name) => [name, own[name]()]))
const contenders = Object.fromEntries([
  ['own product', timed(product())],
  ...Object.entries(made).map(([name, run]) => [`own ${name}`, timed(run)]),
  ...torches.flatMap(({ contenders: known, ask }, i) =>
    ['product', ...references].filter((name) => known.includes(name)).map((name) => [`torch ${i} ${name}`, ask(name)]),
  ),
])
const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
const times = {}
for (const [name, measure] of Object.entries(contenders)) {
  await measure(1)
  const { wall } = await measure(1)
  times[name] = Math.max(1, Math.min(8, Math.round(100 / wall)))
}
for (let round = -warmUp; round < rounds; round++)
  for (const [name, measure] of Object.entries(contenders)) {
    // Only what is compiled while it runs needs many runs to warm up.
    if (round < -1 && name.startsWith('torch')) continue
    const sample = await measure(times[name])
    if (round >= 0) samples[name].push(sample)
  }
for (const { close } of torches) close()

const rounded = (number, digits = 2) => Number(number.toFixed(digits))
const cpu = (name) => median(samples[name].map((sample) => sample.cpu))
const ratioOf = (a, b) => rounded(median(samples[a].map((sample, i) => sample.cpu / samples[b][i].cpu)))
const gigaflops = (operations, ms) => rounded(operations / ms / 1e6, 1)
const productRate = (name) => gigaflops(2 * side ** 3, cpu(name))

const figures = ({ name, own: mine, reference = mine, against, target }) => {
  const key = against ? `own ${against}` : `torch 0 ${reference}`
  const cpuMs = rounded(cpu(`own ${mine}`) / stepsOf(mine))
  const operations = productsOf(made[mine])
  const products = operations === undefined ? {} : { gigaflops: gigaflops(operations, cpu(`own ${mine}`)) }
  if (!samples[key]) return { name, target, cpuMs, ...products }
  const second = `torch 1 ${reference}`
  const theirs = against ? productsOf(made[against]) : productsOf(made[reference] ?? own[reference]())
  return {
    name,
    target,
    cpuMs,
    referenceMs: rounded(cpu(key) / (against ? stepsOf(against) : 1)),
    ratio: ratioOf(`own ${mine}`, key),
    ...(!against && samples[second] && { ratioToSecond: ratioOf(`own ${mine}`, second) }),
    ...products,
    ...(theirs !== undefined && { referenceGigaflops: gigaflops(theirs, cpu(key)) }),
    ...(operations !== undefined && { productsAloneMs: rounded(operations / 1e6 / productRate('own product')) }),
  }
}

const result = {
  kernels,
  machine: machine(),
  productGigaflops: productRate('own product'),
  pytorch: torches.map(({ version, vectors }, i) => ({
    version,
    vectors,
    productGigaflops: productRate(`torch ${i} product`),
  })),
  rows: wanted.map(figures),
}
console.log(JSON.stringify(result))
process.exit(0)
