/**
 * Measures the conductance of a block of torchvision's MobileNetV2 at 96x96 for crops of a photo: wall clock, CPU, memory, residual.
 *
 * Usage: npm run bench:conductance [-- --images 64 --block features.13 --nodes 50 --chunk 64]     after npm run fetch-weights
 *
 * Writes benchmarks/results/conductance.json; exits with 1 where it takes more than 30 s of CPU.
 */
import { readFile, writeFile } from 'node:fs/promises'

import { conductance, openBlocks } from '@ptu/analysis'
import { key, uniforms } from '@ptu/core'
import { decodeImage } from '@ptu/data'
import { disposeModel } from '@ptu/formats'
import { readModel } from '@ptu/formats/node'
import { useBackend } from '@ptu/tensor/backend'
import { tensor4d } from '@tensorflow/tfjs-core'

import { machine } from './interleaved.mjs'
import { readOptions } from './options.mjs'

const most = 30
const defaults = { images: '64', block: 'features.13', nodes: '50', chunk: '64' }
const asked = readOptions(
  Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }])),
)
const [images, nodes, chunk] = [asked.images, asked.nodes, asked.chunk].map(Number)

const right = (either) => {
  if (either._tag === 'Left') throw either.left
  return either.right
}

/** Crops of a photo, scaled as torchvision does. */
const crops = ({ rgb, width, height }, count) => {
  const places = uniforms(key(1), 2 * count)
  const pixels = new Float32Array(count * 96 * 96 * 3)
  for (let i = 0; i < pixels.length; i++) {
    const [image, inside] = [Math.floor(i / 27648), i % 27648]
    const y = Math.floor(places[2 * image] * (height - 96)) + Math.floor(inside / 288)
    const x = Math.floor(places[2 * image + 1] * (width - 96)) + Math.floor((inside % 288) / 3)
    const channel = i % 3
    pixels[i] =
      (rgb[(y * width + x) * 3 + channel] / 255 - [0.485, 0.456, 0.406][channel]) / [0.229, 0.224, 0.225][channel]
  }
  return tensor4d(pixels, [count, 96, 96, 3])
}

const folder = new URL('../node_modules/.cache/ptu-weights/', import.meta.url)
const backend = right(await useBackend('wasm')())
const opened = right(await readModel(new URL('mobilenet_v2-b0353104.pth', folder).pathname, { input: [96, 96, 3] })())
const body = [...opened.source.blocks, { name: 'head', layer: opened.head.layer, params: opened.head.params }]
const blocks = openBlocks(
  body,
  body.map(({ params }) => params),
)
const x = crops(await decodeImage(await readFile(new URL('chelsea.png', folder))), images)

const before = process.memoryUsage.rss()
const [wall, cpu] = [performance.now(), process.cpuUsage()]
const { residual, change } = await conductance(blocks, { at: asked.block, x, target: 285, nodes, chunk })
const seconds = (performance.now() - wall) / 1000
const { user, system } = process.cpuUsage(cpu)
const missed = Array.from(residual, (rest, i) => Math.abs(rest / change[i])).toSorted((a, b) => a - b)
const [mebibyte, round] = [2 ** 20, (value, digits) => Number(value.toFixed(digits))]
const result = {
  ...{ images, block: asked.block, nodes, chunk, backend },
  seconds: round(seconds, 1),
  cpuSeconds: round((user + system) / 1e6, 1),
  mebibytesBefore: Math.round(before / mebibyte),
  mebibytesMost: Math.round(process.resourceUsage().maxRSS / 1024),
  missed: { median: round(missed[Math.floor(missed.length / 2)], 4), most: round(missed.at(-1), 4) },
  machine: machine(),
}
x.dispose()
disposeModel(opened)
console.log(JSON.stringify(result, null, 2))
await writeFile(new URL('results/conductance.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
if (result.cpuSeconds > most) {
  console.error(`conductance took ${result.cpuSeconds} s of CPU, more than ${most}`)
  process.exitCode = 1
}
