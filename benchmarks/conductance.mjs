/**
 * Measures the conductance of blocks of MobileNetV2 at 96x96 for crops of a photo: time, memory and residual.
 *
 * Usage: node packages/analysis/scripts/conductance-mobilenet.mjs [images] [blocks, with commas] [nodes]     after npm run fetch-weights
 */
import { readFile } from 'node:fs/promises'

import { conductance, deepLift, openBlocks } from '@ptu/analysis'
import { key, uniforms } from '@ptu/core'
import { decodeImage } from '@ptu/data'
import { disposeModel } from '@ptu/formats'
import { readModel } from '@ptu/formats/node'
import { useBackend } from '@ptu/tensor/backend'
import { tensor4d } from '@tensorflow/tfjs-core'

const right = (either) => {
  if (either._tag === 'Left') throw either.left
  return either.right
}

const [images = '64', names = 'features.13', nodes = '50'] = process.argv.slice(2)
const folder = new URL('../../../node_modules/.cache/ptu-weights/', import.meta.url)
right(await useBackend('wasm')())
const opened = right(await readModel(new URL('mobilenet_v2-b0353104.pth', folder).pathname, { input: [96, 96, 3] })())
const { rgb, width, height } = await decodeImage(await readFile(new URL('chelsea.png', folder)))

/** Crops of the photo, scaled as torchvision does. */
const crops = (count) => {
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

const body = [...opened.source.blocks, { name: 'head', layer: opened.head.layer, params: opened.head.params }]
const blocks = openBlocks(
  body,
  body.map(({ params }) => params),
)
const x = crops(Number(images))
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const measure = async (name, run) => {
  const [wall, cpu] = [performance.now(), process.cpuUsage()]
  const { residual, change } = await run()
  const part = median(residual.map((rest, i) => Math.abs(rest / change[i])))
  console.log(
    `${name}: ${images} images in ${((performance.now() - wall) / 1000).toFixed(1)} s, ` +
      `${((process.cpuUsage(cpu).user + process.cpuUsage(cpu).system) / 1e6).toFixed(1)} s of CPU, ` +
      `median residual ${(100 * part).toFixed(2)} %, ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB at most`,
  )
}
for (const at of names.split(','))
  await measure(`conductance of ${at}`, () => conductance(blocks, { at, x, target: 285, nodes: Number(nodes) }))
await measure('DeepLIFT of the input', () => deepLift(blocks, { x, target: 285, chunk: 8 }))
x.dispose()
disposeModel(opened)
