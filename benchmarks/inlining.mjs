/**
 * Measures what the limit of inlining costs and saves that the command sets in V8: the CPU time, compilation among it, of a process that
 * loads everything and trains a small network by ptu for few and for many steps, with the limit and with V8's own, in turns.
 *
 * Usage: npm run bench:inlining [-- --rounds 5 --node /path/to/node --node /path/to/another]     writes benchmarks/results/inlining.json
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { machine, median } from './interleaved.mjs'
import { readOptions } from './options.mjs'

const { rounds, node: nodes } = readOptions({
  rounds: { type: 'string', default: '5' },
  node: { type: 'string', multiple: true, default: [process.execPath] },
})
const child = fileURLToPath(new URL('inlining-child.mjs', import.meta.url))
const limits = { limited: 300, usual: 920 }
const lengths = [1000, 10_000]

const secondsOf = (node, limit, steps) =>
  Number(execFileSync(node, [`--max-inlined-bytecode-size-cumulative=${limit}`, child, steps], { encoding: 'utf8' }))

const rounded = (number) => Number(number.toFixed(2))
const rows = []
for (const node of nodes)
  for (const steps of lengths) {
    const samples = { limited: [], usual: [] }
    for (let round = 0; round < Number(rounds); round++)
      for (const [name, limit] of Object.entries(limits)) samples[name].push(secondsOf(node, limit, steps))
    const ratio = median(samples.limited.map((seconds, round) => seconds / samples.usual[round]))
    rows.push({
      node: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
      steps,
      limited: rounded(median(samples.limited)),
      usual: rounded(median(samples.usual)),
      ratio: rounded(ratio),
    })
  }
console.table(rows)
const result = {
  what:
    'CPU seconds of a process that trains a small network on WebAssembly: with the limit of inlining that the command sets ' +
    `(${limits.limited} bytes of bytecode) and with the usual one (${limits.usual}); the ratio is the median over rounds`,
  machine: machine(),
  rounds: Number(rounds),
  rows,
}
writeFileSync(new URL('results/inlining.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
