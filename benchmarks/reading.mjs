/**
 * Measures how the cost of reading data grows with rows, columns, classes and files: CPU time at four sizes each, and the
 * exponent of the power that fits best.
 *
 * Usage: npm run bench:reading [-- --rounds 3]     writes benchmarks/results/reading.json and the tables of docs/performance.md
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'

import { key, normals } from '@ptu/core'
import { decodeCsv, decodeTable, duplicatesOf, fewShot, foldsStratified, readImages, splitStratified } from '@ptu/data'

import { growth } from './growth-of.mjs'
import { machine } from './interleaved.mjs'
import { readOptions } from './options.mjs'
import { writeTables } from './performance-page.mjs'

const rounds = Number(readOptions({ rounds: { type: 'string', default: '3' } }).rounds)

const right = (either) => {
  if (either._tag === 'Left') throw either.left
  return either.right
}

/** A table of numbers, with a class in the last column. */
const tableOf = ({ rows = 1000, columns = 10, classes = 5 }) => {
  const cells = normals(key(0), 9973)
  const numbers = (row) => Array.from({ length: columns }, (_, i) => cells[(row * columns + i) % 9973].toFixed(4))
  const header = [...Array.from({ length: columns }, (_, i) => `n${i}`), 'kind']
  const lines = Array.from({ length: rows }, (_, row) => [...numbers(row), `class ${row % classes}`].join(','))
  return new TextEncoder().encode([header.join(','), ...lines].join('\n'))
}

const readingCsv = (sizes) => {
  const bytes = tableOf(sizes)
  return () => (right(decodeCsv(bytes, { label: 'kind' })), 1)
}

const readingTable = (sizes) => {
  const bytes = tableOf(sizes)
  return () => (right(decodeTable(bytes, { label: 'kind' })), 1)
}

/** The checks of examples before anything is trained. */
const dividing = ({ rows, classes = 5 }) => {
  const dataset = right(decodeCsv(tableOf({ rows, columns: 4, classes }), { label: 'kind' }))
  return () => {
    duplicatesOf(dataset)
    right(splitStratified(key(1), dataset, { fraction: 0.3, atLeast: 1 }))
    right(foldsStratified(key(2), dataset, 2))
    right(fewShot(key(3), dataset, 2))
    return 1
  }
}

/** A picture of one pixel. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const folder = await mkdtemp(join(tmpdir(), 'ptu-reading-'))

const folderOf = async (files, classes = 5) => {
  const place = join(folder, `${files}-${classes}`)
  for (let i = 0; i < classes; i++) await mkdir(join(place, `class ${i}`), { recursive: true })
  for (let i = 0; i < files; i++) await writeFile(join(place, `class ${i % classes}`, `${i}.png`), pixel)
  return async () => (right(await readImages(place, { size: [8, 8], channels: 3 })()), 1)
}

const effort = { rounds, warmUp: 1 }
const rows = [
  await growth('rows', 'numbers from CSV; 10 columns', [2000, 8000, 32_000, 128_000], (rows) => readingCsv({ rows }), effort),
  await growth('rows', 'a table with remembered columns', [2000, 8000, 32_000, 128_000], (rows) => readingTable({ rows }), effort),
  await growth('columns', 'numbers from CSV; 40 rows', [250, 1000, 4000, 16_000], (columns) => readingCsv({ rows: 40, columns }), effort),
  await growth('columns', 'a table with remembered columns; 40 rows', [250, 1000, 4000, 16_000], (columns) => readingTable({ rows: 40, columns }), effort),
  await growth('classes', 'a table of 32,000 rows', [8, 40, 200, 1000], (classes) => readingTable({ rows: 32_000, classes }), effort),
  await growth('classes', 'the division of 32,000 examples', [8, 40, 200, 1000], (classes) => dividing({ rows: 32_000, classes }), effort),
  await growth('examples', 'their division', [2000, 8000, 32_000, 128_000], (rows) => dividing({ rows }), effort),
  await growth('files', 'a folder of pictures of one pixel', [50, 200, 800, 3200], (files) => folderOf(files), effort),
  await growth('classes', 'a folder of 1,600 pictures', [8, 40, 200, 800], (classes) => folderOf(1600, classes), effort),
] // prettier-ignore
await rm(folder, { recursive: true })
const result = {
  what: 'CPU time of reading data and dividing it, before anything is trained',
  machine: machine(),
  rounds,
  rows,
}
writeFileSync(new URL('./results/reading.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
writeTables()
