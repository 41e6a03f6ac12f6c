/**
 * Simulates how often intervals of a mean hold it, and how long they are, at 3 to 20 values. `meanInterval` was chosen
 * by it.
 *
 * Usage: npm run study:coverage [-- --quick]
 * Writes benchmarks/results/coverage.json and docs/results/coverage.md; with --quick it only prints, from a tenth of the
 * samples.
 */
import { mkdirSync, writeFileSync } from 'node:fs'

import { foldIn, key } from '@ptu/core'
import {
  bcaInterval,
  bootstrapTInterval,
  coverageOf,
  meanInterval,
  percentileInterval,
  populations,
  signFlipInterval,
  studentInterval,
} from '@ptu/experiments'

import { pageOf } from './coverage-page.mjs'
import { readOptions } from './options.mjs'

const { quick } = readOptions({ quick: { type: 'boolean', default: false } })
const seed = 20261128
const resamples = 500

const closed = { counts: [3, 4, 5, 6, 8, 10, 15, 20], trials: quick ? 1000 : 20_000 }
const resampled = { counts: [3, 5, 10, 20], trials: quick ? 100 : 1000 }
const widened = (inflation) => (_, values, options) => studentInterval(values, { ...options, inflation })

const methods = [
  { name: 'percentile bootstrap', ...resampled, method: (k, values) => percentileInterval(k, values, { resamples }) },
  { name: 'BCa bootstrap', ...resampled, method: (k, values) => bcaInterval(k, values, { resamples }) },
  { name: 'bootstrap-t', ...resampled, method: (k, values) => bootstrapTInterval(k, values, { resamples }) },
  {
    name: 'sign-flip inverted',
    ...resampled,
    counts: [3, 5, 6, 10],
    method: (k, values) => signFlipInterval(k, values),
  },
  { name: 'Student t', ...closed, method: widened(0) },
  { name: 'Student t · (1 + 1 / √n)', ...closed, method: widened(1) },
  { name: 'Student t · (1 + 2 / √n)', ...closed, method: widened(2) },
  {
    name: 'chosen: Student t · (1 + 2.3 / √n)',
    ...closed,
    method: (_, values, options) => meanInterval(values, options),
  },
]

const rounded = (x) => (Number.isNaN(x) ? null : Number(x.toFixed(4)))

/** Every method meets the same samples: the key depends on the population and the number of values alone. */
const cellsOf = ({ name, method, counts, trials }) =>
  counts.flatMap((count) =>
    populations.map((population, i) => {
      const found = coverageOf(foldIn(foldIn(key(seed), count), i), method, population, { count, trials })
      const { coverage, length, given } = found
      return {
        method: name,
        population: population.name,
        count,
        trials,
        coverage: rounded(coverage),
        length: rounded(length),
        given: rounded(given),
      }
    }),
  )

const result = {
  what: 'nominal 95 % intervals of a mean in repeated samples: the part that hold it, their mean length, the part given',
  seed,
  resamples,
  populations: populations.map(({ name, mean, resolution }) => ({ name, mean: rounded(mean), resolution })),
  cells: methods.flatMap(cellsOf),
}

const page = pageOf(result)
if (quick) console.log(page)
else {
  const results = new URL('./results/', import.meta.url)
  const pages = new URL('../docs/results/', import.meta.url)
  for (const folder of [results, pages]) mkdirSync(folder, { recursive: true })
  const rows = result.cells.map((cell) => `    ${JSON.stringify(cell)}`).join(',\n')
  const { cells, ...rest } = result
  writeFileSync(
    new URL('coverage.json', results),
    `${JSON.stringify({ ...rest, cells: [] }, null, 2).replace('"cells": []', () => `"cells": [\n${rows}\n  ]`)}\n`,
  )
  writeFileSync(new URL('coverage.md', pages), page)
}
