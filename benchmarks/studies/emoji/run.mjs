/**
 * A real pretrained network on a new task: MobileNetV2 to emoji by category, learnt on one vendor's drawings and tested
 * on another's, of other emoji. Compares share, fine-tune, scratch and ptu by the protocol of `ptu compare`.
 *
 * Usage: npm run study:emoji [-- --shots 20] [--seeds 0,1,2] [--steps 150] [--workers 2]
 * Installs the images once (about 140 MB, into node_modules/.cache/ptu-emoji), keeps the frozen blocks' outputs for them
 * there, and needs no network from then on. Writes docs/results/emoji.md and benchmarks/results/emoji.json;
 * `node benchmarks/studies/emoji/write-page.mjs` writes the page again from the stored cells.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import { key } from '@ptu/core'
import { countOf, emoji } from '@ptu/data'
import { serial } from '@ptu/layers'
import { useBackend } from '@ptu/tensor/backend'
import { encodeFeatures, encoderOf } from '@ptu/trainer'

import { machine } from '../../interleaved.mjs'
import { cuts, input, mobilenet, right } from '../../mobilenet-source.mjs'
import { ptuRate, rates } from './candidates.mjs'
import { installImages } from './images.mjs'
import { rowsOn, withCost } from './rows.mjs'
import { downTo } from './small.mjs'
import { writePage } from './write-page.mjs'
import { readOptions } from '../../options.mjs'

const values = readOptions({
  shots: { type: 'string', default: '20' },
  seeds: { type: 'string', default: '0,1,2' },
  steps: { type: 'string', default: '150' },
  workers: { type: 'string', default: '2' },
})
const seeds = values.seeds.split(',').map(Number)
const [shots, steps, workers] = [values.shots, values.steps, values.workers].map(Number)
const frozen = 3
const batchSize = 16
const root = fileURLToPath(new URL('../../../', import.meta.url))
const cache = join(root, 'node_modules/.cache/ptu-emoji')
const began = performance.now()
const loadBefore = loadavg()[0]
const say = (text) => console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`)

const folders = installImages(cache, say)
right(await useBackend('wasm')())
const { blocks } = await mobilenet()
const prefix = blocks.slice(0, frozen)
const encoder = await encoderOf(
  serial(...prefix.map(({ layer }) => layer)),
  prefix.map(({ params }) => params),
)

/** The images of a vendor, and the frozen blocks' outputs for them. */
const load = async (vendor, part) => {
  const images = right(await emoji({ folder: folders[vendor], vendor, part, size: input.slice(0, 2), key: key(0) })())
  const { dataset, origin, warnings } = await encodeFeatures(
    encoder,
    images,
    { mean: 0, deviation: 255 },
    { folder: join(cache, 'features') },
  )
  for (const warning of warnings) say(warning)
  say(`${vendor}, to ${part} on: ${countOf(images)} emoji, features ${origin === 'file' ? 'read' : 'computed'}`)
  return { features: dataset, pixels: downTo(images, 16) }
}
const [train, twitter, google] = [
  await load('google', 'train'),
  await load('twitter', 'test'),
  await load('google', 'test'),
]
const of = (kind) => ({ train: train[kind], twitter: twitter[kind], google: google[kind] })
const encoded = (performance.now() - began) / 1000

/** Trains on the seeds, each on the next thread that is free. */
const trained = await new Promise((resolve, reject) => {
  const [left, found] = [[...seeds], []]
  const workerData = { features: of('features'), pixels: of('pixels'), shots, steps, batchSize, frozen }
  for (let i = 0; i < Math.min(workers, seeds.length); i++) {
    const worker = new Worker(new URL('seed.mjs', import.meta.url), { workerData })
    worker.on('error', reject)
    worker.on('message', ({ seed, done, results }) => {
      if (done)
        return say(`seed ${seed}: ${done.name} ${(100 * done.accuracies.twitter).toFixed(1)} % (${done.chosen})`)
      found.push({ seed, results })
      if (found.length === seeds.length) resolve(found.sort((a, b) => a.seed - b.seed))
      worker.postMessage(left.shift())
    })
    worker.postMessage(left.shift())
  }
})

const cells = trained.map(({ seed, results }) => ({ seed, results: withCost(results) }))
const tested = countOf(twitter.features)
const majorityOf = ({ labels, classes }) =>
  Math.max(...classes.map((_, label) => labels.filter((each) => each === label).length)) / labels.length

const result = {
  what: 'MobileNetV2 (nsfwjs 4.3.0) to emoji by category: learnt on Noto, tested on Twemoji and Noto of other emoji',
  machine: { ...machine(), loadBefore: Number(loadBefore.toFixed(1)) },
  memory: { peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) },
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root }).toString().trim(),
  settings: { shots, seeds, steps, batchSize, rates, ptuRate, cuts, frozen, input },
  counts: { train: countOf(train.features), test: tested, classes: train.features.classes },
  majority: majorityOf(twitter.features),
  rows: { twitter: rowsOn(cells, 'twitter', tested), google: rowsOn(cells, 'google', tested) },
  chosen: cells.map(({ seed, results }) => ({ seed, any: results.find(({ name }) => name === 'any*').chosen })),
  cells,
  seconds: { encode: encoded, total: (performance.now() - began) / 1000, cpu: process.cpuUsage().user / 1e6 },
}
writeFileSync(join(root, 'benchmarks/results/emoji.json'), `${JSON.stringify(result, null, 1)}\n`)
console.log(`\n${await writePage(result, root)}`)
process.exit(0)
