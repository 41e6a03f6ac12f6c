/**
 * Reads mutated files of one kind by the command, in this process; prints how many were read and refused. The file as it was
 * must be read: else all were refused for another reason.
 *
 * Usage: node fuzz-reader.mjs KIND COUNT FOLDER
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { run } from '@ptu/cli'
import { foldIn, key, uniforms } from '@ptu/core'
import { encodeModel } from '@ptu/experiments'
import { startBackend } from '@ptu/experiments/node'
import { dense, flatten, serial } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import { encode as encodePng } from 'fast-png'
import { encode as encodeJpeg } from 'jpeg-js'

import { decent } from './checks.mjs'

const [kind, count, folder] = process.argv.slice(2)
const at = (name) => join(folder, name)
const written = (name, content) => {
  writeFileSync(at(name), content)
  return at(name)
}

/** Writes a model that was not trained: one dense layer over inputs of a shape. */
const modelFor = async (shape, classes, image = null) => {
  const layer = serial(flatten, dense(classes.length))
  const params = layer.init(key(0), shape)
  const facts = {
    ...{ format: 'ptu-model/2', spec: layer.spec, blocks: [], shape, classes, vocabulary: null, image },
    ...{ normalisation: { mean: 0, deviation: 255 }, method: 'share', rate: 1, seed: 0, steps: 1 },
    ...{ sourceData: null, targetData: 'none', accuracy: null, gates: [] },
  }
  written('own.safetensors', await encodeModel(params, facts))
  disposeParams(params)
}

const pixels = (channels) => Uint8Array.from(uniforms(key(1), 8 * 8 * channels), (u) => 256 * u)
const picture = { width: 8, height: 8, channels: 3, data: pixels(3) }

/** Images of two classes, one of which is mutated. */
const photos = (name, bytes) => {
  for (const label of ['a', 'b']) {
    mkdirSync(at(`photos/${label}`), { recursive: true })
    writeFileSync(at(`photos/${label}/good.png`), encodePng(picture))
  }
  writeFileSync(at(`photos/a/${name}`), bytes)
  return ['evaluate', at('own.safetensors'), '--data', `images:${at('photos')}`]
}
const photoModel = () => modelFor([8, 8, 3], ['a', 'b'], { size: [8, 8], channels: 3, fit: 'squash' })

const idx = (dims, data) => {
  const head = Buffer.alloc(4 + 4 * dims.length)
  head.set([0, 0, 8, dims.length])
  dims.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i))
  return Buffer.concat([head, data])
}
const labels = idx([12], Buffer.from(Array.from({ length: 12 }, (_, i) => i % 2)))

const header = JSON.stringify({ 'fc.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] } })
const foreign = () => {
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([size, Buffer.from(header), Buffer.alloc(24, 1)])
}
/** A file that PyTorch wrote. */
const torchFile = (name) => () => {
  const fixtures = new URL('../../packages/formats/fixtures/containers.json', import.meta.url)
  return Buffer.from(JSON.parse(readFileSync(fixtures, 'utf8')).files[name].bytes, 'base64')
}
const readConfig = {
  source: 'mnist:0-4',
  target: 'nothing',
  shots: 10,
  seeds: [0, 1],
  strategies: ['ptu'],
  rates: [1e-3],
}

const isDone = ({ code }) => code === 0

/** An image that cannot be read does not stop the others. */
const areAllRead = (ended) => isDone(ended) && JSON.parse(ended.stdout).count === 3

/**
 * A good file of each kind, the command that reads one, what it needs, and whether the file was read. Nothing is trained: a
 * configuration was read where only the data that it is used with are refused.
 */
const kinds = {
  csv: {
    good: () => readFileSync(at('to.csv')),
    line: (bytes) => ['evaluate', at('model'), '--data', written('bad.csv', bytes)],
  },
  idx: {
    good: () => idx([12, 6], Buffer.from(Array.from({ length: 72 }, (_, i) => (i * 37) % 256))),
    line: (bytes) => [
      ...['evaluate', at('own.safetensors'), '--data'],
      `idx:${written('bad-images', bytes)},${written('labels', labels)}`,
    ],
    needs: () => modelFor([6], ['0', '1']),
  },
  png: {
    good: () => encodePng(picture),
    line: (bytes) => photos('bad.png', bytes),
    needs: photoModel,
    isRead: areAllRead,
  },
  jpeg: {
    good: () => encodeJpeg({ width: 8, height: 8, data: pixels(4) }, 80).data,
    line: (bytes) => photos('bad.jpg', bytes),
    needs: photoModel,
    isRead: areAllRead,
  },
  model: {
    good: () => readFileSync(at('model/model.safetensors')),
    line: (bytes) => ['evaluate', written('bad.safetensors', bytes), '--data', at('to.csv')],
  },
  safetensors: { good: foreign, line: (bytes) => ['inspect', written('net.safetensors', bytes)] },
  pth: { good: torchFile("zip, a module's own state_dict"), line: (bytes) => ['inspect', written('net.pth', bytes)] },
  'pth-legacy': { good: torchFile('legacy'), line: (bytes) => ['inspect', written('net.pth', bytes)] },
  results: {
    good: () => readFileSync(at('results.json')),
    line: (bytes) => ['inspect', written('bad.json', bytes)],
  },
  config: {
    good: () => Buffer.from(JSON.stringify(readConfig)),
    line: (bytes) => [
      ...['compare', '--config', written('bad-config.json', bytes)],
      ...['--target', 'nope:x', '--out', at('never')],
    ],
    isRead: ({ stderr }) => stderr.includes("there is no kind 'nope'"),
  },
}

const places = (k, n, below) => Array.from(uniforms(k, n), (u) => Math.floor(u * below))

/** Flips, cuts, repeats, removes or overwrites a part of some bytes. */
const mutated = (k, bytes) => {
  const [way, a, b] = [places(foldIn(k, 0), 1, 5)[0], ...places(foldIn(k, 1), 2, bytes.length)]
  const [low, high] = [Math.min(a, b), Math.max(a, b) + 1]
  const copy = Buffer.from(bytes)
  if (way === 0) for (const place of places(foldIn(k, 2), 4, bytes.length)) copy[place] ^= 1 << (place % 8)
  if (way === 1) return copy.subarray(0, low)
  if (way === 2) return Buffer.concat([copy.subarray(0, high), copy.subarray(low)])
  if (way === 3) return Buffer.concat([copy.subarray(0, low), copy.subarray(high)])
  if (way === 4) copy.fill(places(foldIn(k, 3), 1, 256)[0], low, Math.min(high, low + 8))
  return copy
}

const env = (said) => ({
  stdout: (text) => (said.stdout += text),
  stderr: (text) => (said.stderr += text),
  colour: false,
  progress: () => ({ set: () => undefined, stop: () => undefined }),
  now: () => performance.now(),
  cwd: folder,
  cores: 1,
  signal: new AbortController().signal,
  threads: false,
})

const { good, line, needs, isRead = isDone } = kinds[kind]

/** Reads a file by the command; tells whether it was read, and what was said. */
const tried = async (bytes) => {
  const said = { stdout: '', stderr: '' }
  const code = await run([...line(bytes), '--json', '--backend', 'cpu'], env(said))
  const ended = { code, signal: null, late: false, ...said }
  decent(ended, { codes: [0, 1, 2], json: true })
  return { read: isRead(ended), said: said.stderr }
}

await startBackend('cpu')()
const original = good()
await needs?.()
const whole = await tried(original)
if (!whole.read) {
  console.error(`${kind}: the file was refused before it was mutated: ${whole.said}`)
  process.exit(1)
}
let read = 0
for (let i = 0; i < Number(count); i++) {
  const bad = mutated(foldIn(key(20261128), i), original)
  try {
    if ((await tried(bad)).read) read++
  } catch (cause) {
    console.error(`${kind}, mutation ${i}: ${cause.message} (${Buffer.from(bad).toString('base64').slice(0, 200)})`)
    process.exit(1)
  }
}
console.log(JSON.stringify({ read, refused: Number(count) - read }))
process.exit(0)
