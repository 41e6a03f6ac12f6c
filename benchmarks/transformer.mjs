/**
 * Measures MiniLM's transformer layer (384 features, 12 heads, 1,536 hidden units) on WebAssembly, one thread, and in PyTorch, one
 * thread, in one interleaved run. It times the layer forwards, and forwards and backwards, on 512 tokens in texts of 32 and of 128;
 * texts encoded by six layers; and a step of fine-tuning and of ptu of the last two layers.
 *
 * Usage: npm run bench:transformer [-- --rounds 9]     writes benchmarks/results/transformer[-relaxed].json
 * Runs PyTorch if /usr/bin/python3 has it (PYTHON names another). All weights are random. Run `node
 * --experimental-wasm-relaxed-simd benchmarks/transformer.mjs` for fused multiply-add on Node 20.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { key } from '@ptu/core'
import { dense, infer, meanOverTime, serial, transformerBlock } from '@ptu/layers'
import { freeze } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { fineTune, ptu, transfer } from '@ptu/strategies'
import { disposeParams, normal, valueAndGrad } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { crossEntropy, start, step } from '@ptu/trainer'
import { cast, mul, oneHot, sum } from '@tensorflow/tfjs-core'

import { machine, median } from './interleaved.mjs'
import { right } from './mobilenet-source.mjs'
import { readOptions } from './options.mjs'

const rounds = Number(readOptions({ rounds: { type: 'string', default: '9' } }).rounds)
const backend = right(await useBackend('wasm')())
const features = 384

/** Contenders with the largest ratio of CPU time, this project / PyTorch, that is wanted; `against` another's PyTorch. */
const cases = [
  { name: 'forward, 32 tokens', kind: 'forward', batch: 16, steps: 32, layers: 1, target: 1.3 },
  { name: 'forward, 128 tokens', kind: 'forward', batch: 4, steps: 128, layers: 1, target: 1.3 },
  { name: 'forward + backward, 32 tokens', kind: 'forward + backward', batch: 16, steps: 32, layers: 1, target: 1.5 },
  { name: 'forward + backward, 128 tokens', kind: 'forward + backward', batch: 4, steps: 128, layers: 1, target: 1.5 },
  { name: 'encode, six layers', kind: 'encode', batch: 16, steps: 32, layers: 6, target: 1.5 },
  { name: 'fine-tune of two layers', kind: 'fine-tune', batch: 24, steps: 16, layers: 2, target: 1.5 },
  { name: 'ptu of two layers', kind: 'ptu', batch: 24, steps: 16, layers: 2, against: 'fine-tune of two layers' },
]

const layer = transformerBlock(features, 12, { hidden: 1536, norm: 'after', masked: true, epsilon: 1e-12 })

const timed = (run) => async (times) => {
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  for (let i = 0; i < times; i++) run()
  const { user, system } = process.cpuUsage(cpu)
  return { cpu: (user + system) / 1000 / times, wall: (performance.now() - wall) / times }
}

const forward = (encoder, params, x) => () => {
  const y = encoder.apply(params, x, infer)
  y.dataSync()
  y.dispose()
}

const both = (encoder, params, x) => {
  const weights = normal(key(4), x.shape)
  const evaluate = valueAndGrad((learnt) => sum(mul(encoder.apply(learnt, x, infer), weights)))
  return () => {
    const { value, grads } = evaluate(params)
    value.dataSync()
    disposeParams([value, grads])
  }
}

const training = (strategy) => (encoder, params, x) => {
  const [batch, ...input] = x.shape
  const source = freeze(
    params.map((_, i) => ({ name: `layer ${i}`, layer })),
    params,
  )
  const head = serial(meanOverTime({ masked: true }), dense(2))
  const objective = {
    model: transfer(source, { blocks: params.map(() => strategy), head }),
    loss: crossEntropy,
    optimizer: adam(1e-4),
  }
  const advance = step(objective)
  const examples = {
    x: objective.model.encode(x),
    y: cast(
      oneHot(
        Array.from({ length: batch }, (_, i) => i % 2),
        2,
      ),
      'float32',
    ),
  }
  let state = start(objective, key(2), input)
  return () => {
    const next = advance(state, examples, { steps: 100_000 })
    next.loss.dataSync()
    next.loss.dispose()
    state = next.state
  }
}

const kinds = {
  forward,
  encode: forward,
  'forward + backward': both,
  'fine-tune': training(fineTune),
  ptu: training(ptu()),
}

const ours = ({ kind, batch, steps, layers }) => {
  const encoder = serial(...Array.from({ length: layers }, () => layer))
  const params = encoder.init(key(1), [steps, features])
  return timed(kinds[kind](encoder, params, normal(key(0), [batch, steps, features])))
}

/** The contenders of transformer.py, or none if there is no PyTorch. */
const pytorch = async (served) => {
  const python = process.env.PYTHON ?? '/usr/bin/python3'
  if (spawnSync(python, ['-c', 'import torch']).status !== 0) return { contenders: {}, close: () => undefined }
  const script = fileURLToPath(new URL('transformer.py', import.meta.url))
  const child = spawn(python, [script, JSON.stringify(served)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const answer = async () => JSON.parse((await once(lines, 'line'))[0])
  const { version } = await answer()
  const ask = (name) => (times) => {
    child.stdin.write(`${name} ${times}\n`)
    return answer()
  }
  return {
    version,
    contenders: Object.fromEntries(served.map(({ name }) => [`PyTorch: ${name}`, ask(name)])),
    close: () => child.stdin.end(),
  }
}

const { version, contenders: theirs, close } = await pytorch(cases.filter(({ against }) => against === undefined))
const contenders = Object.fromEntries(
  cases.flatMap((what) => {
    const their = theirs[`PyTorch: ${what.name}`]
    return [[what.name, ours(what)], ...(their ? [[`PyTorch: ${what.name}`, their]] : [])]
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
