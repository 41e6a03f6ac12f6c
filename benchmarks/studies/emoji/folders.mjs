/** The emoji of the study as folders of images, which `compare` reads. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { key } from '@ptu/core'
import { countOf, emoji } from '@ptu/data'
import { encode } from 'fast-png'

import { right } from '../../mobilenet-source.mjs'

const writeImages = ({ shape: [height, width, channels], features, labels, classes }, folder) => {
  const size = height * width * channels
  for (const name of classes) mkdirSync(join(folder, name), { recursive: true })
  labels.forEach((label, i) => {
    const data = Uint8Array.from(features.subarray(i * size, (i + 1) * size))
    const file = join(folder, classes[label], `${String(i).padStart(4, '0')}.png`)
    writeFileSync(file, encode({ width, height, channels, depth: 8, data }))
  })
}

/** The part of the commonest class. */
const majorityOf = ({ labels, classes }) =>
  Math.max(...classes.map((_, label) => labels.filter((each) => each === label).length)) / labels.length

/**
 * Writes Google's drawings to learn from with Twitter's of other emoji to test on (`crossing`), and Google's of those
 * (`same`), without transparency and at their own size; returns the folders and what is in them.
 */
export const writeFolders = async (packages, cache) => {
  const read = async (vendor, part) => right(await emoji({ folder: packages[vendor], vendor, part, key: key(0) })())
  const [train, twitter, google] = [
    await read('google', 'train'),
    await read('twitter', 'test'),
    await read('google', 'test'),
  ]
  const [crossing, same, whole] = ['crossing', 'same', 'whole'].map((name) => join(cache, 'folders', name))
  if (!existsSync(whole)) {
    rmSync(join(cache, 'folders'), { recursive: true, force: true })
    writeImages(train, join(crossing, 'train'))
    writeImages(twitter, join(crossing, 'test'))
    writeImages(google, same)
    writeFileSync(whole, '')
  }
  const counts = { train: countOf(train), twitter: countOf(twitter), google: countOf(google), classes: train.classes }
  return { crossing, same, counts, majority: majorityOf(twitter) }
}
