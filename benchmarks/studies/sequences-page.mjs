/** The page of the study of sequences, from what the study stored. */
import { key } from '@ptu/core'
import { mean, pairedDifference } from '@ptu/trainer'

const percent = (part) => (100 * part).toFixed(1)
const points = (part) => `${part < 0 ? '-' : '+'}${percent(Math.abs(part))}`
const star = (name) => (['scratch', 'share', 'fine-tune', 'any'].includes(name) ? `${name}\\*` : name)
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const order = ['scratch', 'share', 'fine-tune', 'any', 'ptu', 'ptu-fixed']

/** Accuracies of a strategy over the cells of some comparisons. */
const accuracies = (comparisons, name) =>
  comparisons.flatMap(({ results }) =>
    results.cells.filter(({ strategy }) => strategy === name).map(({ accuracy }) => accuracy),
  )

const difference = (comparisons, name, reference) =>
  pairedDifference(key(0), accuracies(comparisons, name), accuracies(comparisons, reference))

const told = ({ mean: by, interval: { low, high } }) => `${points(by)} (${points(low)} to ${points(high)})`

const against = (comparisons, name, reference) => {
  const { wins, p, ...found } = difference(comparisons, name, reference)
  const cells = accuracies(comparisons, name).length
  return [told(found), `${wins}/${cells}`, p < 0.001 ? '< .001' : p.toFixed(3)]
}

const mainTable = ({ task, comparisons }) =>
  table(
    [
      'strategy',
      ...comparisons.map(({ size }) => `${size.labels} ${task.unit}`),
      'to any\\* (95 %)',
      'wins',
      'p',
      'training',
    ],
    order.map((name) => [
      star(name),
      ...comparisons.map((comparison) => percent(mean(accuracies([comparison], name)))),
      ...(name === 'any' ? ['', '', ''] : against(comparisons, name, 'any')),
      `${comparisons.reduce((sum, { results }) => sum + results.rows.find((row) => row.strategy === name).seconds, 0).toFixed(0)} s`,
    ]),
  )

/** What the interval of a difference allows to say. */
const reading = ({ interval: { low, high } }) => (low > 0 ? 'ahead' : high < 0 ? 'behind' : 'not told apart')

const sentences = ({ task, comparisons }) =>
  comparisons
    .map((comparison) => {
      const [any, fixed, share] = ['any', 'ptu-fixed', 'share'].map((name) => difference([comparison], 'ptu', name))
      return (
        `- ${comparison.size.labels} ${task.unit}: ptu to any\\* ${told(any)}, ${reading(any)}; ` +
        `to share\\* ${told(share)}, ${reading(share)}; to the control ptu-fixed ${told(fixed)}, ${reading(fixed)}.`
      )
    })
    .join('\n')

const source = ({ results }) => results.source

const setup = ({ task, comparisons }) => {
  const [first] = comparisons
  const { target } = first.results
  const tested = target.tagged
    ? `${target.testLabels} tokens of ${target.testExamples} test sentences`
    : `${target.testExamples} test examples`
  return (
    `\`${task.source}\` to \`${task.target}\`; ${task.network}. The source network reaches ${percent(source(first).accuracy)} % on its own ` +
    `test data after ${task.epochs} ${task.epochs === 1 ? 'epoch' : 'epochs'}; ${tested}. Batches of at most ${task.batch}; ` +
    `${comparisons.map(({ size }) => `${size.steps} steps at ${size.labels}`).join(', ')}. Seeds ${task.seeds.join(', ')}.${task.note ? ` ${task.note}` : ''}`
  )
}

const section = (found) => [`## ${found.task.title}`, setup(found), mainTable(found), sentences(found)].join('\n\n')

const variantSection = ({ task, variants }) => {
  const names = [...new Set(variants.cells.map(({ variant }) => variant))]
  const of = (name) => variants.cells.filter(({ variant }) => variant === name).toSorted((a, b) => a.seed - b.seed)
  const complete = task.seeds.filter((seed) => names.every((name) => of(name).some((cell) => cell.seed === seed)))
  const cells = (name) => of(name).filter(({ seed }) => complete.includes(seed))
  const values = (name) => cells(name).map(({ accuracy }) => accuracy)
  const rows = names.map((name) => [
    name,
    percent(mean(values(name))),
    name === 'ptu' ? '' : told(pairedDifference(key(0), values(name), values('ptu'))),
    `${mean(cells(name).map(({ seconds }) => seconds)).toFixed(0)} s`,
  ])
  const { labels, steps, bodies } = task.variants
  return [
    `${task.title}, body \`${bodies.join()}\`, ${labels} ${task.unit}, ${steps} steps, ${complete.length} seeds:`,
    table(['variant', 'accuracy %', 'to ptu (95 %)', 'training of one'], rows),
  ].join('\n\n')
}

const missing = (found, tasks) => {
  const left = tasks.flatMap((task) => {
    const done = found.find((own) => own.task.name === task.name)?.comparisons ?? []
    return task.sizes
      .filter(({ labels }) => !done.some(({ size }) => size.labels === labels))
      .map(({ labels }) => `${task.name} at ${labels} ${task.unit}`)
  })
  const variants = found.filter((own) => !own.variants).map(({ task }) => `variants of ${task.name}`)
  const all = [...left, ...variants]
  return all.length === 0 ? [] : [`Not measured yet: ${all.join(', ')}. \`npm run study:sequences\` goes on with them.`]
}

/** The page; what the study has not done yet is named. */
export const page = (found, tasks) => {
  const some = found.filter(({ comparisons }) => comparisons.length > 0)
  const [{ comparisons }] = some
  const { versions, settings } = comparisons[0].results
  const withVariants = found.filter(({ variants }) => variants)
  return `${[
    '# Sequences',
    '<!-- Written by `npm run study:sequences`; do not edit. -->',
    'Where the Parameter Transfer Unit helps recurrent networks and where it does not, on two tasks. The protocol is that of ' +
      '`ptu compare`: heuristics choose depth and learning rate on 80 % of the labels and are trained again on all; `any*` is ' +
      'what validation prefers among them and the reference; the unit and its control `ptu-fixed` (gates fixed at .75, not ' +
      'learnt, two branches where `ptu` has three over recurrent layers) train once on all labels. Steps, averaging and start values are the same for all. No block is rescaled: a ' +
      'recurrent layer and an embedding cannot be.',
    `Differences are in percentage points, paired over draws of labels, with a 95 % bootstrap interval; p is of a sign-flip ` +
      'test. With 5 draws p is at least .063. One source network per task: nothing here speaks of others. Both are small and trained for minutes; the tagger gets a new head though the tags stay the same. The oracle and ' +
      'fine-tuning at the best rate in hindsight are not shown.',
    `Measured with ptu ${versions.ptu}, TensorFlow.js ${versions.tfjs} on ${settings.backend}, Node ${versions.node}. Times are ` +
      'of a machine that did other work as well: they rank strategies at best.',
    ...missing(found, tasks),
    ...some.map(section),
    ...(withVariants.length === 0
      ? []
      : [
          '## Variants of the unit',
          'Each differs from `ptu` in what its name says: affine maps mixed, three branches over recurrent layers, annealed ' +
            'noise. Fine-tuning is of all blocks at rate 0.004, without a search.',
          ...withVariants.map(variantSection),
        ]),
  ].join('\n\n')}\n`
}
