/**
 * Reads mutated files of one kind by the command, in this process; prints how many were read and refused.
 *
 * Usage: node fuzz-reader.mjs KIND COUNT FOLDER
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { run } from '@ptu/cli'
import { foldIn, key, uniforms } from '@ptu/core'
import { encode as encodePng } from 'fast-png'
import { encode as encodeJpeg } from 'jpeg-js'

import { decent } from './checks.mjs'

const [kind, count, folder] = process.argv.slice(2)
const at = (name) => join(folder, name)
const written = (name, content) => {
  writeFileSync(at(name), content)
  return at(name)
}

const pixels = (channels) => Uint8Array.from(uniforms(key(1), 8 * 8 * channels), (u) => 256 * u)
const picture = { width: 8, height: 8, channels: 3, data: pixels(3) }
const jpeg = () => encodeJpeg({ width: 8, height: 8, data: pixels(4) }, 80).data

/** Images of two classes, one of which is mutated. */
const photos = (name, bytes) => {
  for (const label of ['a', 'b']) {
    mkdirSync(at(`photos/${label}`), { recursive: true })
    writeFileSync(at(`photos/${label}/good.png`), encodePng(picture))
  }
  writeFileSync(at(`photos/a/${name}`), bytes)
  return ['evaluate', at('model'), '--data', `images:${at('photos')}`]
}

const idx = (dims, data) => {
  const head = Buffer.alloc(4 + 4 * dims.length)
  head.set([0, 0, 8, dims.length])
  dims.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i))
  return Buffer.concat([head, data])
}
const labels = idx([12], Buffer.from(Array.from({ length: 12 }, (_, i) => i % 2)))

const weights = () => readFileSync(at('model/model.safetensors'))
const header = JSON.stringify({ 'fc.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] } })
const foreign = () => {
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([size, Buffer.from(header), Buffer.alloc(24, 1)])
}
const legacyPth = Buffer.from('80028a0a6cfc9c46f920 6aa850192e80024de9032e8002 7d71002e'.replaceAll(' ', ''), 'hex')
const readConfig = {
  source: 'mnist:0-4',
  target: 'nothing',
  shots: 10,
  seeds: [0, 1],
  strategies: ['ptu'],
  rates: [1e-3],
}

/** A good file of each kind, and the command that reads a bad one. */
const kinds = {
  csv: [() => readFileSync(at('to.csv')), (bytes) => ['evaluate', at('model'), '--data', written('bad.csv', bytes)]],
  idx: [
    () => idx([12, 6], Buffer.from(Array.from({ length: 72 }, (_, i) => (i * 37) % 256))),
    (bytes) => ['evaluate', at('model'), '--data', `idx:${written('bad-images', bytes)},${written('labels', labels)}`],
  ],
  png: [() => encodePng(picture), (bytes) => photos('bad.png', bytes)],
  jpeg: [jpeg, (bytes) => photos('bad.jpg', bytes)],
  model: [weights, (bytes) => ['evaluate', written('bad.safetensors', bytes), '--data', at('to.csv')]],
  safetensors: [foreign, (bytes) => ['inspect', written('net.safetensors', bytes)]],
  pth: [() => legacyPth, (bytes) => ['inspect', written('net.pth', bytes)]],
  results: [() => readFileSync(at('results.json')), (bytes) => ['inspect', written('bad.json', bytes)]],
  config: [
    () => Buffer.from(JSON.stringify(readConfig)),
    (bytes) => ['compare', '--config', written('bad-config.json', bytes), '--target', 'nope:x', '--out', at('never')],
  ],
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

const [good, lineOf] = kinds[kind]
const original = good()
let read = 0
for (let i = 0; i < Number(count); i++) {
  const bad = mutated(foldIn(key(20261128), i), original)
  const said = { stdout: '', stderr: '' }
  try {
    const code = await run([...lineOf(bad), '--json', '--backend', 'cpu'], env(said))
    decent({ code, signal: null, late: false, ...said }, { codes: [0, 1, 2], json: true })
    if (code === 0) read++
  } catch (cause) {
    console.error(`${kind}, mutation ${i}: ${cause.message} (${bad.toString('base64').slice(0, 200)})`)
    process.exit(1)
  }
}
console.log(JSON.stringify({ read, refused: Number(count) - read }))
process.exit(0)
