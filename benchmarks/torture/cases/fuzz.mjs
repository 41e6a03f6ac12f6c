/** Mutated files, hundreds of each kind, read by one process a kind. */
import { fileURLToPath } from 'node:url'

import { check, decent } from '../checks.mjs'

const reader = fileURLToPath(new URL('../fuzz-reader.mjs', import.meta.url))

const fuzzed = (kind, count) => async (box) => {
  const ended = await box.shell(`exec ${process.execPath} ${reader} ${kind} ${count} ${box.folder}`)
  decent(ended, { codes: [0] })
  const { read, refused } = JSON.parse(ended.stdout.trim().split('\n').at(-1))
  check(read + refused === count, `${read + refused} of ${count} were tried`)
  return `the file as it was is read; mutated, ${refused} refused, ${read} read`
}

const kinds = {
  csv: 100,
  idx: 60,
  png: 60,
  jpeg: 60,
  model: 60,
  results: 60,
  safetensors: 60,
  pth: 60,
  'pth-legacy': 60,
  config: 60,
}

/** The cases of mutated files, one for each kind. */
export const fuzzCases = Object.entries(kinds).map(([kind, count]) => ({
  name: `fuzz-${kind}`,
  what: `${count} mutated files of kind ${kind}`,
  limit: 120,
  run: fuzzed(kind, count),
}))
