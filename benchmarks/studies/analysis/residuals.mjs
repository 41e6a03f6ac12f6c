/** The part of the change of a logit that conductance misses on a published network with ReLU6, by the number of nodes. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { conductance, openBlocks } from '@ptu/analysis'
import { key, uniforms } from '@ptu/core'
import { decodeImage } from '@ptu/data'
import { disposeModel } from '@ptu/formats'
import { readModel } from '@ptu/formats/node'
import { useBackend } from '@ptu/tensor/backend'
import { tensor4d } from '@tensorflow/tfjs-core'

import { right } from '../../mobilenet-source.mjs'
import { missed } from './plan.mjs'

/** The means and deviations of ImageNet, by which torchvision scales. */
const [means, deviations] = [
  [0.485, 0.456, 0.406],
  [0.229, 0.224, 0.225],
]

/** Square crops of a photo, at places of a key. */
const cropsOf = ({ rgb, width, height }, side, count) => {
  const places = uniforms(key(1), 2 * count)
  const pixels = new Float32Array(count * side * side * 3)
  for (let i = 0; i < pixels.length; i++) {
    const [channel, pixel, crop] = [i % 3, Math.floor(i / 3) % (side * side), Math.floor(i / (3 * side * side))]
    const y = Math.floor(places[2 * crop] * (height - side)) + Math.floor(pixel / side)
    const x = Math.floor(places[2 * crop + 1] * (width - side)) + (pixel % side)
    pixels[i] = (rgb[(y * width + x) * 3 + channel] / 255 - means[channel]) / deviations[channel]
  }
  return tensor4d(pixels, [count, side, side, 3])
}

/** Tells what the measurement lacks here; undefined where it can be made. */
export const lackOfResiduals = (weights) => [missed.file, missed.photo].find((name) => !existsSync(join(weights, name)))

/** The residual of each block as a part of the change of the logit, over all crops, at each number of nodes. */
export const residualsOf = async (weights, nodes) => {
  right(await useBackend('wasm')())
  const opened = right(await readModel(join(weights, missed.file), { input: [missed.side, missed.side, 3] })())
  const body = [...opened.source.blocks, { name: 'head', layer: opened.head.layer, params: opened.head.params }]
  const blocks = openBlocks(
    body,
    body.map(({ params }) => params),
  )
  const x = cropsOf(await decodeImage(await readFile(join(weights, missed.photo))), missed.side, missed.crops)
  const residuals = []
  for (const at of missed.blocks) {
    const { residual, change } = await conductance(blocks, { at, x, target: missed.target, nodes })
    residuals.push({ block: at, parts: residual.map((rest, i) => Number(Math.abs(rest / change[i]).toFixed(5))) })
  }
  x.dispose()
  disposeModel(opened)
  return { crops: missed.crops, residuals }
}
