/**
 * The tables of docs/performance.md, from the figures that benchmarks stored.
 *
 * Usage: node benchmarks/performance-page.mjs     writes them into the page
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

const page = new URL('../docs/performance.md', import.meta.url)
const figuresIn = (name) => JSON.parse(readFileSync(new URL(`./results/${name}.json`, import.meta.url), 'utf8'))

const table = (head, rows) => {
  const cells = [head, ...rows]
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => [...row[i]].length)))
  const line = (row) => `| ${row.map((cell, i) => cell + ' '.repeat(widths[i] - [...cell].length)).join(' | ')} |`
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n')
}

const milliseconds = (ms) => (ms >= 1000 ? `${(ms / 1000).toPrecision(2)} s` : `${Number(ms.toPrecision(2))} ms`)

const growthTable = (name) =>
  table(
    ['grows with', 'CPU time of', 'at', 'exponent'],
    figuresIn(name).rows.map(({ name, what, points, exponent }) => [
      name,
      what,
      points.map(({ size, ms }) => `${size}: ${milliseconds(ms)}`).join(', '),
      exponent.toFixed(2),
    ]),
  )

/** The number of images of a run of the targets that encodes. */
const encoded = 16

/** A row of a table of targets in words: what it is divided by is named in its own column. */
const workOf = (name) => name.replace(/ \/ .*fine-tune.*$/, '')

const speedTable = () => {
  const [plain, relaxed] = figuresIn('targets').columns
  const texts = figuresIn('transformer').rows.filter(
    ({ name, batch }) => batch !== undefined && !name.startsWith('forward'),
  )
  return table(
    ['work', plain.machine.node, relaxed.machine.node, 'that is', 'divided by', 'ratios', 'target'],
    [
      ...plain.rows.map(({ name, cpuMs, ratio, target }) => {
        const other = relaxed.rows.find((row) => row.name === name)
        return [
          workOf(name),
          milliseconds(cpuMs),
          milliseconds(other.cpuMs),
          name.endsWith('encode') ? `${Math.round((1000 * encoded) / cpuMs)} images a second` : 'a step',
          name.includes('own fine-tune') ? 'own fine-tuning' : name.includes('fine-tune') && name.includes('PTU') ? "PyTorch's fine-tuning" : 'PyTorch', // prettier-ignore
          [ratio, other.ratio].map((each) => each.toFixed(2)).join(', '),
          `≤ ${target}`,
        ]
      }),
      ...texts.map(({ name, batch, steps, cpuMs, ratio, target }) => [
        ...[`MiniLM: ${name}`, milliseconds(cpuMs), ''],
        ...[`${Math.round((batch * steps) / cpuMs)} thousand tokens a second`],
        ...[
          name.startsWith('ptu') ? "PyTorch's fine-tuning" : 'PyTorch',
          ratio.toFixed(2),
          target === undefined ? '' : `≤ ${target}`,
        ],
      ]),
    ],
  )
}

const heapTable = () => {
  const { seen } = figuresIn('heap')
  return table(
    ['steps', 'tensors', 'JavaScript heap', 'other memory'],
    [seen[0], seen.at(-1)].map(({ step, tensors, heapUsed, outside }) => [
      step.toLocaleString('en'),
      String(tensors),
      `${(heapUsed / 1e6).toFixed(1)} MB`,
      `${(outside / 1e6).toFixed(1)} MB`,
    ]),
  )
}

const tables = {
  growth: () => growthTable('growth'),
  reading: () => growthTable('reading'),
  speed: speedTable,
  heap: heapTable,
}

/** A text with its tables as the stored figures have them. */
export const withTables = (text) =>
  text.replaceAll(
    /(<!-- Begin (\w+): [^\n]*-->\n)[\s\S]*?(\n<!-- End -->)/g,
    (_, begin, name, end) => `${begin}\n${tables[name]()}\n${end}`,
  )

/** Writes the tables into the page. */
export const writeTables = () => {
  writeFileSync(page, withTables(readFileSync(page, 'utf8')))
}

if (argv[1] === fileURLToPath(import.meta.url)) writeTables()
