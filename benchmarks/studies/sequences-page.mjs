/** The page of the study of sequences, from the cells that the study stored. */
import { key } from '@ptu/core'
import { byDraw, decision, labelOf } from '@ptu/experiments'

const percent = (part) => (100 * part).toFixed(1)
const points = (part) => `${part < 0 ? '-' : '+'}${percent(Math.abs(part))}`
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const cellsOf = ({ cells }, name) => cells.filter(({ method }) => method === name)
const accuracyOf = (comparison, name) => mean(cellsOf(comparison, name).map(({ accuracy }) => accuracy))
const titleOf = ({ cells }, name) =>
  labelOf({ method: name, role: cells.find(({ method }) => method === name).role }).replace('*', '\\*')
const namesIn = ({ cells }) => [...new Set(cells.map(({ method }) => method))]

/** Two methods over the sizes and draws of a task; draws are independent, sizes of a draw are nested. */
const differenceOf = (comparisons, first, second) => {
  const paired = comparisons.flatMap((comparison) =>
    cellsOf(comparison, first).map(({ draw, accuracy }) => {
      const other = cellsOf(comparison, second).find((cell) => cell.draw === draw)
      return { task: comparison.task, draw, size: comparison.labels, first: accuracy, second: other.accuracy }
    }),
  )
  return byDraw(key(0), paired, { resolution: 1 / comparisons[0].target.testLabels })
}

const told = ({ mean: by, interval }) =>
  interval === null ? points(by) : `${points(by)} (${points(interval.low)} to ${points(interval.high)})`

const probability = (p) => (p < 0.001 ? '< .001' : p.toFixed(3))

const reading = (difference) => {
  const { outcome, moreDraws } = decision(difference)
  if (outcome !== 'undecided') return outcome
  return moreDraws === null ? 'not decided' : `not decided, about ${moreDraws} more draws would`
}

const mainTable = (task, comparisons) =>
  table(
    [
      'method',
      ...comparisons.map(({ labels }) => `${labels} ${task.unit}`),
      'to any\\*, all sizes (95 %)',
      'wins',
      'p',
      'training',
    ],
    namesIn(comparisons[0]).map((name) => {
      const seconds = comparisons.flatMap((comparison) => cellsOf(comparison, name).map((cell) => cell.seconds))
      const difference = name === 'any' ? undefined : differenceOf(comparisons, name, 'any')
      return [
        titleOf(comparisons[0], name),
        ...comparisons.map((comparison) => percent(accuracyOf(comparison, name))),
        ...(difference
          ? [told(difference), `${difference.wins}/${difference.count}`, probability(difference.p)]
          : ['', '', '']),
        `${seconds.reduce((sum, value) => sum + value, 0).toFixed(0)} s`,
      ]
    }),
  )

/** The judged method against everything else, size by size. */
const bySize = (task, comparisons) =>
  table(
    ['ptu to', ...comparisons.map(({ labels }) => `${labels} ${task.unit}`), 'over all sizes'],
    namesIn(comparisons[0])
      .filter((name) => name !== 'ptu')
      .map((name) => {
        const all = differenceOf(comparisons, 'ptu', name)
        return [
          titleOf(comparisons[0], name),
          ...comparisons.map((comparison) => told(differenceOf([comparison], 'ptu', name))),
          `${told(all)}: ${reading(all)}`,
        ]
      }),
  )

const setup = (task, comparisons) => {
  const [{ source, target }] = comparisons
  const tested =
    target.kind === 'tag'
      ? `${target.testLabels} tokens of ${target.testExamples} test sentences`
      : `${target.testExamples} test examples`
  return (
    `${source.warning ? `${source.warning} ` : ''}\`${task.source}\` to \`${task.target}\`; ${task.network}. The source network reaches ` +
    `${percent(source.accuracy)} % on its own test data after ${task.epochs} ${task.epochs === 1 ? 'epoch' : 'epochs'}; ${tested}. ` +
    `Batches of at most ${task.batch}; ${comparisons.map(({ labels, steps }) => `${steps} steps at ${labels}`).join(', ')}. ` +
    `Draws ${task.seeds.join(', ')}.${task.note ? ` ${task.note}` : ''}`
  )
}

const section = (task, comparisons) =>
  [`## ${task.title}`, setup(task, comparisons), mainTable(task, comparisons), bySize(task, comparisons)].join('\n\n')

const variantSection = (task, comparison) =>
  [
    `${task.title}, body \`${task.variants.body}\`, ${comparison.labels} ${task.unit}, ${comparison.steps} steps:`,
    table(
      ['variant', 'accuracy %', 'to ptu (95 %)', 'training of one'],
      namesIn(comparison).map((name) => [
        titleOf(comparison, name),
        percent(accuracyOf(comparison, name)),
        name === 'ptu' ? '' : told(differenceOf([comparison], name, 'ptu')),
        `${mean(cellsOf(comparison, name).map(({ seconds }) => seconds)).toFixed(0)} s`,
      ]),
    ),
  ].join('\n\n')

const partOf = (stored, task, part) => stored.filter((found) => found.task === task.name && found.part === part)

const missing = (stored, tasks) => {
  const left = tasks.filter((task) => partOf(stored, task, 'sizes').length < task.sizes.length)
  return left.length === 0
    ? []
    : [`Not measured yet: ${left.map(({ name }) => name).join(', ')}. \`npm run study:sequences\` goes on with them.`]
}

/** The page; it names the parts that the study has not done yet. */
export const page = (stored, tasks) => {
  const [{ versions, backend }] = stored
  const measured = tasks.filter((task) => partOf(stored, task, 'sizes').length > 0)
  const variants = tasks.filter((task) => partOf(stored, task, 'variants').length > 0)
  return `${[
    '# Sequences',
    '<!-- Written by `npm run study:sequences`; do not edit. -->',
    'Where the Parameter Transfer Unit helps recurrent networks and where it does not, on two tasks. The protocol is that of ' +
      '`ptu compare`, and every cell is in [benchmarks/results/sequences-cells.json](../../benchmarks/results/sequences-cells.json): ' +
      'tuned baselines choose depth and learning rate on 80 % of the labels and train again on all; `any*` is what validation ' +
      'prefers among them; `share-all` and `fine-tune-all` search nothing; the unit and its control `ptu-fixed`, whose gates are ' +
      'held at .75 in as many branches, train once on all labels. `ptu` was named beforehand to be judged. No block is ' +
      'rescaled: a recurrent layer and an embedding cannot be.',
    'Differences are in percentage points with a 95 % interval ([how](../adr/0024-intervals-at-few-draws.md)). The sizes of ' +
      'one draw are nested, so a draw gives one number over all sizes, its mean difference, and interval, wins and p are over ' +
      'draws. One source network per task: nothing here speaks of others. Both are small and trained for minutes; the tagger ' +
      'gets a new head though the tags stay the same. The oracle and fine-tuning at the best rate in hindsight are not shown.',
    `Measured with ptu ${versions.ptu}, TensorFlow.js ${versions.tfjs} on ${backend}, Node ${versions.node}. Times are of a ` +
      'machine that did other work as well: they rank methods at best. The kernel that runs a unit over a whole sequence at ' +
      'once came after this run; with it a unit of three branches costs 2.1 to 2.4 times fine-tuning ' +
      '([ADR 16](../adr/0016-what-a-unit-mixes-in-a-recurrent-layer.md)).',
    ...missing(stored, tasks),
    ...measured.map((task) => section(task, partOf(stored, task, 'sizes'))),
    ...(variants.length === 0
      ? []
      : [
          '## Variants of the unit',
          'Each differs from `ptu` in what its name says: affine maps mixed, three branches over recurrent layers, annealed ' +
            'noise. `state`: the hidden state is mixed after every step in place of affine maps, with the cell state too where ' +
            '`cell`; where `pure`, the source runs by itself. These do not fold.',
          ...variants.map((task) => variantSection(task, partOf(stored, task, 'variants')[0])),
        ]),
  ].join('\n\n')}\n`
}
