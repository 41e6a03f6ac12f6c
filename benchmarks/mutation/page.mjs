// The page of all recorded runs: how much of each package's changes its tests notice, and every change that they do not.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

import { table } from '../torture/page.mjs'
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

const rowOf = ({ package: name, mutants, tried, rejected = 0, score, seed, ...counts }) => {
  const { killed, timeout, survived, neutral, undecided = 0 } = counts
  return [
    ...[name, `${score} %`, String(tried - rejected), String(mutants)],
    ...[killed, timeout, survived, neutral, undecided, seed].map(String),
  ]
}

const leftOutText = ({ package: name, testsLeftOut = [] }) =>
  testsLeftOut.length === 0
    ? []
    : [`- ${name}: ${testsLeftOut.map((test) => test.replace(/^packages\/[^/]+\//, '')).join(', ')}`]

/** Writes docs/results/mutation.md from the recorded runs. */
export const writePage = () => {
  const reports = readdirSync(results)
    .filter((name) => existsSync(new URL(`../../packages/${name.replace('.json', '')}`, import.meta.url)))
    .toSorted()
    .map((name) => read(new URL(name, results)))
  const kept = read(new URL('survivors.json', import.meta.url))
  const withSurvivors = reports.filter(({ survivors }) => survivors.length > 0)
  const sections = [
    '# What the tests notice',
    '<!-- Written by `npm run mutate`; do not edit. -->',
    'One thing in the sources is changed at a time (an operator, a number, a term, a statement, two arguments exchanged), and the tests of the package that run it are asked whether they notice. Each run is a sample, drawn by a seed. _Neutral_ are changes that alter nothing, each with its reason in `benchmarks/mutation/neutral.json`; they and what does not compile do not count. _By time_ are changes after which the tests did not end in four times the time that they took without the change just before. Where they did not end without it either, the machine was too busy: such changes are _undecided_ and do not count.',
    'Only TypeScript is changed: not the AssemblyScript of `@ptu/wasm-kernels`, which its tests compare with the kernels of TensorFlow.js case by case, and no generated file.',
    table(
      ['package', 'noticed', 'tried', 'of', 'killed', 'by time', 'survived', 'neutral', 'undecided', 'seed'],
      reports.map(rowOf),
    ),
    '## Tests that were left out',
    'They take too long to run for each change, so that these scores are lower bounds.',
    reports.flatMap(leftOutText).join('\n'),
    '## What survived, and why it may',
    ...withSurvivors.map(
      ({ package: name, survivors }) => `### ${name}\n\n${survivors.map(survivorText(kept)).join('\n')}`,
    ),
  ]
  writeWhole(page, `${sections.join('\n\n')}\n`)
}
