/**
 * Measures the cost of MobileNetV2 at 96x96 on WebAssembly or another backend, and in PyTorch on one thread, in one
 * interleaved run. It times images encoded per second, and training steps of a head, of fine-tuning the last two blocks
 * and of ptu on them.
 *
 * Usage: npm run bench:mobilenet [-- --rounds 7 --backend wasm]     writes benchmarks/results/mobilenet[-BACKEND].json
 * Runs PyTorch if /usr/bin/python3 has it (PYTHON names another); it times random weights of the same shapes.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { key } from '@ptu/core'
import { dense, globalAveragePool, infer, serial } from '@ptu/layers'
import { disposeSource, freeze } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { fineTune, ptu, share, transfer } from '@ptu/strategies'
import { disposeParams, normal } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { crossEntropy, start, step } from '@ptu/trainer'
import { cast, oneHot } from '@tensorflow/tfjs-core'

import { machine, median } from './interleaved.mjs'
import { input, mobilenet, right } from './mobilenet-source.mjs'
import { readOptions } from './options.mjs'

const values = readOptions({ rounds: { type: 'string', default: '7' }, backend: { type: 'string', default: 'wasm' } })
const rounds = Number(values.rounds)
const [images, examples, classes] = [16, 16, 9]
const backend = right(await useBackend(values.backend)())

const whole = await mobilenet(['block_14_add', 'block_16_project_BN', 'out_relu'])
const { blocks } = await mobilenet(['block_14_add', 'block_15_add', 'block_16_project_BN'])
const tail = freeze(
  blocks.slice(1),
  blocks.slice(1).map(({ params }) => params),
)
const photos = normal(key(0), [images, ...input])
const features = normal(key(1), [examples, 3, 3, 160])
const labels = cast(
  oneHot(
    Array.from({ length: examples }, (_, i) => i % classes),
    classes,
  ),
  'float32',
)

const encode = () => {
  const activations = [photos]
  for (const { layer, params } of whole.blocks) activations.push(layer.apply(params, activations.at(-1), infer))
  activations.at(-1).dataSync()
  disposeParams(activations.slice(1))
}

/** A step on one batch that was encoded once, as the trainer's cache does. */
const training = (strategy) => {
  const model = transfer(tail, { blocks: [strategy, strategy], head: serial(globalAveragePool, dense(classes)) })
  const advance = step({ model, loss: crossEntropy, optimizer: adam(1e-4) })
  const encoded = model.encode(features)
  let state = start({ model, loss: crossEntropy, optimizer: adam(1e-4) }, key(2), [3, 3, 160])
  return () => {
    const next = advance(state, { x: encoded, y: labels }, { steps: 100_000 })
    next.loss.dataSync()
    next.loss.dispose()
    state = next.state
  }
}

const timed = (run) => async (times) => {
  const [cpu, wall] = [process.cpuUsage(), performance.now()]
  for (let i = 0; i < times; i++) run()
  const { user, system } = process.cpuUsage(cpu)
  return { cpu: (user + system) / 1000 / times, wall: (performance.now() - wall) / times }
}

/** The contenders of mobilenet.py, or none if there is no PyTorch. */
const pytorch = async () => {
  const python = process.env.PYTHON ?? '/usr/bin/python3'
  if (spawnSync(python, ['-c', 'import torch']).status !== 0) return { contenders: {}, close: () => undefined }
  const script = fileURLToPath(new URL('mobilenet.py', import.meta.url))
  const child = spawn(python, [script, String(images), String(examples)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const answer = async () => JSON.parse((await once(lines, 'line'))[0])
  const { version, contenders } = await answer()
  const ask = (name) => (times) => {
    child.stdin.write(`${name} ${times}\n`)
    return answer()
  }
  return {
    version,
    contenders: Object.fromEntries(contenders.map((name) => [`PyTorch: ${name}`, ask(name)])),
    close: () => child.stdin.end(),
  }
}

const { version, contenders: theirs, close } = await pytorch()
const contenders = {
  'ptu: encode, normalisations folded': timed(encode),
  'ptu: head': timed(training(share)),
  'ptu: fine-tune of two blocks': timed(training(fineTune)),
  'ptu: ptu of two blocks': timed(training(ptu())),
  ...theirs,
}
const times = (name) => (name.includes('encode') ? 2 : 5)
const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
for (let round = -1; round < rounds; round++)
  for (const [name, run] of Object.entries(contenders)) {
    const sample = await run(times(name))
    if (round >= 0) samples[name].push(sample)
  }
close()
disposeSource(whole)

const rows = Object.entries(samples).map(([name, taken]) => {
  const cpu = taken.map((sample) => sample.cpu)
  const wallMs = Number(median(taken.map((sample) => sample.wall)).toFixed(2))
  const [middle, least, most] = [median(cpu), Math.min(...cpu), Math.max(...cpu)].map((ms) => Number(ms.toFixed(2)))
  const perSecond = name.includes('encode') ? { imagesPerSecond: Number(((1000 * images) / middle).toFixed(1)) } : {}
  return { name, cpuMs: middle, leastMs: least, mostMs: most, wallMs, ...perSecond }
})
console.table(rows)
const result = {
  what:
    `MobileNetV2 at 96x96: encoding ${images} images to the last ReLU6, and a training step (Adam, batch ${examples}) of a head on ` +
    'block 16, and with it of blocks 15 and 16, from their 3x3x160 inputs; median CPU and wall milliseconds; random images. PyTorch has one thread, the backend those of its notes',
  backend: { name: backend.name, notes: backend.notes },
  pytorch: version ?? 'not found',
  machine: machine(),
  rounds,
  rows,
}
const suffix = values.backend === 'wasm' ? '' : `-${values.backend}`
writeFileSync(new URL(`results/mobilenet${suffix}.json`, import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
process.exit(0)
