/**
 * Prints one table of the project's speed targets: ratios of CPU time to PyTorch's on one thread, and of PTU to fine-tuning. All
 * contenders of a column run in turn, round after round; a ratio is the median over rounds of the ratio within a round.
 *
 * Usage: npm run bench [-- --rounds 9] [--node PATH]... [--python PATH]... [--only part of a name]
 *
 * It measures on the Node that runs it, and on each one that `--node` names: Node 22 and later have relaxed SIMD, so fused
 * multiply-add. Targets are judged against the PyTorch of the first `--python` (PYTHON, or Debian's, by default); the ratio to a
 * second one is shown beside. Without `--only` it writes benchmarks/results/targets.json.
 * Pin it: `taskset -c 1 npm run bench`.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { readOptions } from './options.mjs'
import { python } from './pytorch.mjs'
import { reasonOf } from './targets/reason.mjs'
import { rows } from './targets/rows.mjs'

const options = readOptions({
  rounds: { type: 'string', default: '9' },
  'warm-up': { type: 'string', default: '5' },
  only: { type: 'string', default: '' },
  node: { type: 'string', multiple: true },
  python: { type: 'string', multiple: true },
})

const script = fileURLToPath(new URL('targets/measure.mjs', import.meta.url))
const what = {
  rounds: Number(options.rounds),
  warmUp: Number(options['warm-up']),
  only: options.only,
  pythons: options.python ?? [python],
}

/** The figures of one Node, with what is missed and why. */
const column = (node) => {
  console.log(`measuring on ${node} …`)
  const { status, stdout } = spawnSync(node, [script, JSON.stringify(what)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(`${node} ended with ${status}: is it Node 20.19 or newer?`)
  const measured = JSON.parse(stdout.trim().split('\n').at(-1))
  const judged = measured.rows.map((row) => {
    if (row.ratio === undefined) return row
    const met = row.ratio <= row.target
    const isOwn = rows.some(({ name, against }) => name === row.name && against)
    return { ...row, met, ...(!met && { reason: reasonOf(row, measured, isOwn) }) }
  })
  return { ...measured, rows: judged }
}

const columns = [process.execPath, ...(options.node ?? [])].map(column)
const titles = columns.map(({ machine, kernels }) => `${machine.node} ${kernels?.split(': ')[1]}`)
const shown = (row) =>
  row.ratio === undefined
    ? `${row.cpuMs} ms`
    : `${row.ratio.toFixed(2)}${row.met ? '' : ' MISSED'}${row.ratioToSecond ? ` (${row.ratioToSecond.toFixed(2)})` : ''}`
console.table(
  Object.fromEntries(
    columns[0].rows.map(({ name, target }, i) => [
      name,
      { target, ...Object.fromEntries(columns.map(({ rows }, c) => [titles[c], shown(rows[i])])) },
    ]),
  ),
)
columns.forEach(({ rows, productGigaflops, pytorch, machine }, c) => {
  const torches = pytorch.map(
    ({ version, vectors, productGigaflops: rate }) => `PyTorch ${version} (${vectors}) ${rate} GFLOP/s`,
  )
  const rates = [`product of 512 by 512 ${productGigaflops} GFLOP/s`, ...torches].join(', ')
  console.log(`${titles[c]}: ${rates}; load ${machine.load.join(' ')}`)
  for (const { name, ratio, target, reason } of rows)
    if (reason) console.log(`  ${name}: ${ratio} for ${target}: ${reason}`)
})
if (options.only === '') {
  const result = {
    what:
      'CPU milliseconds of one run, medians over rounds, and medians of the ratios within a round. Encoding 16 images; a training ' +
      'step (Adam, batch 16) of the last blocks from their encoded inputs, PTU with noise; small CNNs on 128 digits, GRU and LSTM ' +
      "over 64 sequences of 28 steps, 128 units (SGD); MiniLM's layer on 512 tokens; units over recurrent layers of 64 units and a " +
      'tagger on 32 sequences; a LeNet on 32 digits. Random weights. One thread each. GFLOP/s count the products of a run over its ' +
      'whole time, convolutions as sums of products by whatever method; productsAloneMs is their time at the rate of a product of ' +
      '512 by 512',
    rounds: what.rounds,
    columns,
  }
  writeFileSync(new URL('results/targets.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
}
