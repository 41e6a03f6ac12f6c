/**
 * The page of the study of emoji from its stored cells, with costs, intervals and p computed anew.
 *
 * Usage: node benchmarks/studies/emoji/write-page.mjs     no training, no images
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { format, resolveConfig } from 'prettier'

import { page } from './page.mjs'
import { rowsOn, withCost } from './rows.mjs'

/** Writes the page of results and returns its text. */
export const writePage = async (result, root) => {
  const path = join(root, 'docs/results/emoji.md')
  mkdirSync(join(root, 'docs/results'), { recursive: true })
  const text = await format(page(result), { ...(await resolveConfig(path)), filepath: path })
  writeFileSync(path, text)
  return text
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const file = join(root, 'benchmarks/results/emoji.json')
  const stored = JSON.parse(readFileSync(file, 'utf8'))
  const cells = stored.cells.map(({ seed, results }) => ({ seed, results: withCost(results) }))
  const rows = Object.fromEntries(['twitter', 'google'].map((test) => [test, rowsOn(cells, test, stored.counts.test)]))
  const result = { ...stored, rows, cells }
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`)
  console.log(await writePage(result, root))
}
