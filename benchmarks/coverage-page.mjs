/** The page of the study of intervals, from what the study stored. */
const table = (head, rows) => {
  const cells = [head, ...rows]
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => [...row[i]].length)))
  const line = (row) => `| ${row.map((cell, i) => cell + ' '.repeat(widths[i] - [...cell].length)).join(' | ')} |`
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n')
}

const coverageIn = ({ coverage, given }) => {
  if (coverage === null) return 'none'
  const text = coverage.toFixed(3).replace(/^0/, '')
  return given < 0.995 ? `${text} of ${(100 * given).toFixed(0)} %` : text
}

const lengthIn = ({ length }) => (length === null ? '' : length.toFixed(2))

const section = ({ cells, populations }, population) => {
  const counts = [...new Set(cells.map(({ count }) => count))].sort((a, b) => a - b)
  const methods = [...new Set(cells.map(({ method }) => method))]
  const at = (method, count) =>
    cells.find((cell) => cell.method === method && cell.count === count && cell.population === population.name)
  const rows = methods.map((method) => [
    method,
    ...counts.map((count) => {
      const cell = at(method, count)
      return cell === undefined ? '' : `${coverageIn(cell)} ${lengthIn(cell)}`.trim()
    }),
  ])
  const step = population.resolution === 0 ? '' : `, step ${population.resolution}`
  return [
    `## ${population.name[0].toUpperCase()}${population.name.slice(1)}`,
    `True mean ${population.mean}${step}.`,
    table(['interval', ...counts.map((count) => `n = ${count}`)], rows),
  ].join('\n\n')
}

/** The least coverage of a method over all populations at each count, with the population. */
const worst = ({ cells }, least) => {
  const counts = [...new Set(cells.map(({ count }) => count))].sort((a, b) => a - b)
  const rows = [...new Set(cells.map(({ method }) => method))].map((method) => [
    method,
    ...counts.map((count) => {
      const own = cells.filter((cell) => cell.method === method && cell.count === count && cell.coverage !== null)
      if (own.length === 0) return cells.some((c) => c.method === method && c.count === count) ? 'none' : ''
      const { coverage } = own.reduce((low, cell) => (cell.coverage < low.coverage ? cell : low))
      const text = coverage.toFixed(3).replace(/^0/, '')
      if (own.some(({ given }) => given < 0.995)) return `${text} in part`
      return coverage < least(count) ? text : `**${text}**`
    }),
  ])
  return table(['interval', ...counts.map((count) => `n = ${count}`)], rows)
}

/** The standard error of a coverage near .95. */
const errorOf = ({ trials }) =>
  Math.sqrt((0.95 * 0.05) / trials)
    .toFixed(3)
    .replace(/^0/, '')

/** The page, with all that a reader needs to judge the choice. */
export const pageOf = (result) => `# Intervals at few draws

<!-- Written by \`npm run study:coverage\`; do not edit. -->

A comparison has 3 to 20 draws, each a difference of two methods. Its interval should hold the true mean difference as often as it says. This page simulates that for nominal 95 % intervals on populations with a known mean: normal, heavy-tailed, skewed, and discrete with many ties. A cell has the part of intervals that held the mean, then their mean length. "None" means that the method gives no interval there; "of 70 %" that it gave one for so many samples.

Asked for: at least .90 at n = 3 and .93 from n = 4 on, on every population. The closed forms are of ${result.cells.at(-1).trials} samples (standard error ${errorOf(result.cells.at(-1))} at .95); what resamples, of ${result.cells[0].trials} samples with ${result.resamples} resamples each (${errorOf(result.cells[0])}). Seed ${result.seed}. A method meets the same samples as the others that have as many.

## The lowest coverage over all populations

${worst(result, (count) => (count === 3 ? 0.9 : 0.93))}

Bold where it holds; "in part" where some samples had no interval.

**Chosen: Student's interval, widened by 1 + 2.3 / √n**, the shortest here that holds everywhere. Student's own is exact for normal differences and cautious for heavy tails, but it misses the mean of skewed ones: few values rarely show the tail, and then both mean and spread are too small. That error shrinks as 1 / √n, and so does the widening; 1 + 2 / √n falls short by a few thousandths. The price is length: for normal differences it is about twice as long as needed at n = 5, and half as long again at n = 20. Were nothing more skewed than an exponential expected, 1 + 1 / √n would do.

The bootstrap intervals are too narrow, or, studentised, infinite or absent at few values and for ties. The sign-flip interval does not exist below n = 6 and is too narrow for skewed values.

**Floor.** Equal differences have no spread, and an interval of length 0 would claim certainty. With a step h between values (one test example: h = 1 / their number) the half width is at least h · (1 - .025^(1/n)): were a share q of draws off by a step, n equal ones would come with probability (1 - q)ⁿ. Without a step there is no interval. Of one or two draws there is none either.

${result.populations.map((population) => section(result, population)).join('\n\n')}
`
