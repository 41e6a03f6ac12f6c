// The page of all recorded runs: how much of each package's changes its tests notice, and every change that they do not.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

import { table } from '../torture/page.mjs'
import { clockRule } from './judge.mjs'
import { writeWhole } from './progress.mjs'

const results = new URL('../results/mutation/', import.meta.url)
const page = new URL('../../docs/results/mutation.md', import.meta.url)

const read = (url) => JSON.parse(readFileSync(url, 'utf8'))

const isOf =
  ({ file, was, becomes }) =>
  (entry) =>
    entry.file === file && entry.was === was && entry.becomes === becomes

/** A line of code in Markdown. */
const code = (text) => {
  const fence = text.includes('`') ? '``' : '`'
  return `${fence}${text.startsWith('`') || text.endsWith('`') ? ` ${text} ` : text}${fence}`
}

const survivorText = (kept) => (survivor) => {
  const { file, line, was, becomes } = survivor
  const reason = kept.find(isOf(survivor))?.reason ?? 'not looked at yet'
  return `- ${file.split('/').slice(3).join('/')}:${line}, ${code(was)} → ${code(becomes)}: ${reason}`
}

const share = (part, whole) => `${Math.round((1000 * part) / whole) / 10} %`

const nameOf = ({ package: name, of }) => (of === undefined ? name : `${name}: ${of.replaceAll(',', ', ')}`)

const rowOf = ({ package: name, of, mutants, tried, rejected = 0, seed, clock, atFirst, ...counts }) => {
  const { killed, timeout, survived, neutral, undecided = 0 } = counts
  const noticed = killed + timeout
  const counted = noticed + survived
  const byTime = timeout > 0 && clock !== clockRule ? `${timeout} \\*` : timeout
  return [
    ...[
      nameOf({ package: name, of }),
      share(atFirst ?? noticed, counted),
      share(noticed, counted),
      tried - rejected,
      mutants,
    ],
    ...[killed, byTime, survived, neutral, undecided, seed],
  ].map(String)
}

const leftOutText = ({ testsLeftOut = [], ...report }) =>
  testsLeftOut.length === 0
    ? []
    : [`- ${nameOf(report)}: ${testsLeftOut.map((test) => test.replace(/^packages\/[^/]+\//, '')).join(', ')}`]

/** Writes docs/results/mutation.md from the recorded runs. */
export const writePage = () => {
  const reports = readdirSync(results)
    .toSorted()
    .map((name) => read(new URL(name, results)))
    .filter(({ package: name }) => existsSync(new URL(`../../packages/${name}`, import.meta.url)))
  const kept = read(new URL('survivors.json', import.meta.url))
  const withSurvivors = reports.filter(({ survivors }) => survivors.length > 0)
  const sections = [
    '# What the tests notice',
    '<!-- Written by `npm run mutate`; do not edit. -->',
    'One thing in the sources is changed at a time (an operator, a number, a term, a statement, two arguments exchanged), and the tests of the package that run it are asked whether they notice. Each run is a sample, drawn by a seed. _At first_ is the share noticed before anyone had seen the sample, which says how good the tests are; _now_ is the share noticed after tests were written for changes of this very sample and those were tried again. _Neutral_ are changes that alter nothing, each with its reason in `benchmarks/mutation/neutral.json`; they and what does not compile do not count. _By time_ are changes after which tests twice ran out of time and nothing else failed: the second time they had a minute and four times what they had just taken without the change. Where they ran out of time without it as well, the machine was too busy: such changes are _undecided_ and do not count. A star marks what an earlier rule found, which gave less time or asked once: a busy machine may have had a part in it.',
    'Only TypeScript is changed: not the AssemblyScript of `@ptu/wasm-kernels`, which its tests compare with the kernels of TensorFlow.js case by case, and no generated file.',
    table(
      ['package', 'at first', 'now', 'tried', 'of', 'killed', 'by time', 'survived', 'neutral', 'undecided', 'seed'],
      reports.map(rowOf),
    ),
    '## Tests that were left out',
    'They take too long to run for each change, or were not asked for want of time, so that these scores are lower bounds.',
    reports.flatMap(leftOutText).join('\n'),
    '## What survived, and why it may',
    ...withSurvivors.map(
      ({ survivors, ...report }) => `### ${nameOf(report)}\n\n${survivors.map(survivorText(kept)).join('\n')}`,
    ),
  ]
  writeWhole(page, `${sections.join('\n\n')}\n`)
}
