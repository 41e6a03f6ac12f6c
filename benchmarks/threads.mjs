/**
 * Measures trainings on one thread and on two, and the encoding of images on one worker and on two, in turns.
 *
 * Beside wall time it prints the CPU time of all threads: on a machine with other work, `2 · cpu(1) / cpu(2)` is the ratio that two
 * idle cores allow.
 *
 * Usage: npm run bench:threads [-- --rounds 5] [-- --only part of a name]     writes benchmarks/results/threads.json
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key, uniforms } from '@ptu/core'
import { portable } from '@ptu/experiments'
import { nodeTools } from '@ptu/experiments/node'
import { initBody, lenet } from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'

import { machine, median } from './interleaved.mjs'
import { invertedNetwork, networks } from './inverted-networks.mjs'
import { right } from './mobilenet-source.mjs'
import { readOptions } from './options.mjs'

const options = readOptions({ rounds: { type: 'string', default: '5' }, only: { type: 'string', default: '' } })
const rounds = Number(options.rounds)
const side = 96
const batch = 64
const shape = [side, side, 3]
const input = { shape, normalisation: { mean: 127.5, deviation: 127.5 }, vocabulary: null, image: null }
right(await useBackend('wasm')())
const folder = mkdtempSync(join(tmpdir(), 'ptu-threads-'))

/** Random images in memory that threads share. */
const images = (count) => {
  const features = new Uint8Array(new SharedArrayBuffer(count * side * side * 3))
  features.set(Uint8Array.from(uniforms(key(0), features.length), (u) => 256 * u))
  const labels = new Int32Array(new SharedArrayBuffer(4 * count)).map((_, i) => i % 5)
  return { shape, features, labels, classes: ['a', 'b', 'c', 'd', 'e'] }
}

/** The workers of a run whose trainings take so many threads. */
const opened = async (counts) => {
  const tools = right(await nodeTools({ folder, cache: join(folder, 'cache'), ...counts })())
  const setup = { backend: 'wasm', modules: [], signal: new AbortController().signal, warn: () => undefined }
  return tools.executor(setup)
}

const alone = await opened({ workers: 2 })
const [pair] = await opened({ workers: 1, threads: 2 })
for (const worker of [...alone, pair]) right(await worker.start()())
const quiet = () => undefined

let runs = 0
/** Seconds of a training of so many steps, of the wall and of all threads' CPU. */
const timed = async (threads, { network, dataset, method, steps }) => {
  const target = { train: dataset, test: dataset, digest: String(runs++) }
  const comparison = {
    ...{ prefix: null, network, target, sourceData: null, shots: 10, rescales: false, rates: [], rate: 1e-3 },
    ...{ zeroHead: true, steps, batch, record: { run: runs } },
  }
  const held = { depth: null, rate: 1e-3 }
  const request = {
    ...{ name: `run-${runs}`, comparison, method, held, seed: 0 },
    ...{ train: null, predict: null, keeps: false },
  }
  const before = process.cpuUsage()
  const { seconds } = right(await (threads === 1 ? alone[0] : pair).fit(request, quiet)())
  const { user, system } = process.cpuUsage(before)
  return { wall: 1000 * seconds, cpu: (user + system) / 1000 }
}

/** Milliseconds of wall and CPU time of one step: the difference of a long and a short training, so without its beginning. */
const training = (network, dataset, method, steps) => async (threads) => {
  const short = await timed(threads, { network, dataset, method, steps: 2 })
  const long = await timed(threads, { network, dataset, method, steps: steps + 2 })
  return { wall: (long.wall - short.wall) / steps, cpu: (long.cpu - short.cpu) / steps }
}

/** The same of an image, by workers that have a half each. */
const encoding = (network, dataset, count) => async (threads) => {
  const size = dataset.labels.length / threads
  const [before, began] = [process.cpuUsage(), performance.now()]
  await Promise.all(
    Array.from({ length: threads }, async (_, i) => {
      const features = dataset.features.subarray(i * size * side * side * 3, (i + 1) * size * side * side * 3)
      const part = { ...dataset, features, labels: dataset.labels.subarray(i * size, (i + 1) * size) }
      // A worker keeps what it computed; other numbers are other images.
      part.features[0] = runs++ % 256
      return right(await alone[i].freeze({ network, count, datasets: [part] }, quiet)())
    }),
  )
  const { user, system } = process.cpuUsage(before)
  const each = dataset.labels.length
  return { wall: (performance.now() - began) / each, cpu: (user + system) / 1000 / each }
}

const cnn = lenet([16, 32, 64])
const cnnParams = initBody(cnn, key(1), shape)
const small = await portable(cnn, cnnParams, input)
disposeParams(cnnParams)
const { blocks } = invertedNetwork(...networks['MobileNetV2 96'])
const paramsOf = (part) => part.map(({ params }) => params)
const mobile = await portable(blocks, paramsOf(blocks), input)
const few = images(batch)
const learnt = 4
const { rest, datasets } = right(
  await alone[0].freeze({ network: mobile, count: blocks.length - learnt, datasets: [few] }, quiet)(),
)

const contenders = {
  'CNN at 96×96, fine-tune': training(small, few, 'fine-tune-all', 8),
  'CNN at 96×96, ptu': training(small, few, 'ptu', 8),
  'MobileNetV2 96, last four blocks, fine-tune': training(rest, datasets[0], 'fine-tune-all', 8),
  'MobileNetV2 96, last four blocks, ptu': training(rest, datasets[0], 'ptu', 8),
  'MobileNetV2 96, all blocks, fine-tune': training(mobile, few, 'fine-tune-all', 2),
  'MobileNetV2 96, an image encoded': encoding(mobile, images(256), blocks.length - learnt),
}

const rows = []
for (const [name, run] of Object.entries(contenders)) {
  if (!name.includes(options.only)) continue
  const taken = []
  for (let round = 0; round <= rounds; round++) taken.push({ one: await run(1), two: await run(2) })
  const used = taken.slice(1)
  const of = (threads, kind) => median(used.map((round) => round[threads][kind]))
  const ratio = (kind) => median(used.map(({ one, two }) => one[kind] / two[kind]))
  const row = {
    name,
    wallMs1: Number(of('one', 'wall').toFixed(1)),
    wallMs2: Number(of('two', 'wall').toFixed(1)),
    cpuMs1: Number(of('one', 'cpu').toFixed(1)),
    cpuMs2: Number(of('two', 'cpu').toFixed(1)),
    speedup: Number(ratio('wall').toFixed(2)),
    allowedByCpu: Number((2 * ratio('cpu')).toFixed(2)),
    ...(name.includes('encoded') ? {} : { target: 1.7, met: ratio('wall') >= 1.7 }),
  }
  console.table([row])
  rows.push(row)
}
const result = {
  what: `one step of a batch of ${batch}, or one image, on one thread and on two`,
  machine: machine(),
  rounds,
  rows,
}
if (options.only === '')
  writeFileSync(new URL('./results/threads.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
rmSync(folder, { recursive: true })
process.exit(0)
