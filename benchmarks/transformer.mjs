/**
 * Measures MiniLM's transformer layer (384 features, 12 heads, 1,536 hidden units) on WebAssembly, one thread, and in PyTorch, one
 * thread, in one interleaved run. It times the layer forwards, and forwards and backwards, on 512 tokens in texts of 32 and of 128;
 * texts encoded by six layers; and a step of fine-tuning and of ptu of the last two layers.
 *
 * Usage: npm run bench:transformer [-- --rounds 9]     writes benchmarks/results/transformer[-relaxed].json
 * Runs PyTorch if /usr/bin/python3 has it (PYTHON names another). All weights are random. Run `node
 * --experimental-wasm-relaxed-simd benchmarks/transformer.mjs` for fused multiply-add on Node 20.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { useBackend } from '@ptu/tensor/backend'

import { machine, median } from './interleaved.mjs'
import { right } from './mobilenet-source.mjs'
import { readOptions } from './options.mjs'
import { startPyTorch, timed } from './pytorch.mjs'
import { cases, transformer } from './transformer-cases.mjs'

const rounds = Number(readOptions({ rounds: { type: 'string', default: '9' } }).rounds)
const backend = right(await useBackend('wasm')())

const torch = await startPyTorch(fileURLToPath(new URL('transformer.py', import.meta.url)), [
  JSON.stringify(cases.filter(({ against }) => against === undefined)),
])
const { version, close } = torch
const theirs = Object.fromEntries((torch.contenders ?? []).map((name) => [`PyTorch: ${name}`, torch.ask(name)]))
const contenders = Object.fromEntries(
  cases.flatMap((what) => {
    const their = theirs[`PyTorch: ${what.name}`]
    return [[what.name, timed(transformer(what))], ...(their ? [[`PyTorch: ${what.name}`, their]] : [])]
  }),
)
const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
for (let round = -2; round < rounds; round++)
  for (const [name, run] of Object.entries(contenders)) {
    const sample = await run(2)
    if (round >= 0) samples[name].push(sample)
  }
close()

const rounded = (number, digits = 2) => Number(number.toFixed(digits))
const figures = (taken) => {
  const cpu = taken.map((sample) => sample.cpu)
  const [cpuMs, leastMs, mostMs] = [median(cpu), Math.min(...cpu), Math.max(...cpu)].map((ms) => rounded(ms))
  return { cpuMs, leastMs, mostMs, wallMs: rounded(median(taken.map((sample) => sample.wall))) }
}
const rows = cases.map(({ name, kind, batch, steps, target, against }) => {
  const [own, their] = [figures(samples[name]), samples[`PyTorch: ${against ?? name}`]]
  const ratios = their?.map(({ cpu }, round) => samples[name][round].cpu / cpu)
  const ratio = ratios && rounded(median(ratios))
  const tokens = kind === 'encode' ? { tokensPerSecond: Math.round((1000 * batch * steps) / own.cpuMs) } : {}
  const judged = target === undefined || ratio === undefined ? {} : { target, met: ratio <= target }
  return { name, batch, steps, ...own, ...(their && { pytorchMs: figures(their).cpuMs, ratio }), ...judged, ...tokens }
})
console.table(rows)
const relaxed = backend.notes.some((note) => note.includes('relaxed'))
const result = {
  what:
    "MiniLM's transformer layer, random weights and inputs, no padding, masked: median CPU and wall milliseconds of a run, and the " +
    'median over rounds of the ratio of CPU times, this project / PyTorch; a step is Adam on a mean over tokens and a dense layer. ' +
    'PyTorch has one thread. The ratio of ptu is to fine-tuning in PyTorch',
  backend: { name: backend.name, notes: backend.notes },
  pytorch: version ?? 'not found',
  machine: machine(),
  rounds,
  rows,
}
const file = new URL(`results/transformer${relaxed ? '-relaxed' : ''}.json`, import.meta.url)
writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
process.exit(0)
