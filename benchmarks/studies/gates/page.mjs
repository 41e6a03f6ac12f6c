/** The page of the study of gates, from its cells. */
import { decisiveMargin } from '@ptu/strategies'

import { nameOf } from './cells.mjs'

import { constants, cut, development, fresh, groups, margins, pairs, recipes, references, searches, todo } from './plan.mjs' // prettier-ignore
import { acts, corrected, difference, meanOf, parted, truthful, withEvidence } from './statistics.mjs'
import { percent, points, probability, table, titles, withInterval } from './words.mjs'

const judged = 'ptu-evidence'
const told = (found) => (found === undefined ? '' : withInterval(found))
const sum = (values) => values.reduce((total, value) => total + value, 0)
const inGroup = (cells, group) => cells.filter((cell) => cell.group === group)
const presentIn = (cells) => Object.keys(groups).filter((group) => inGroup(cells, group).length > 0)

const mainTable = (cells) =>
  table(
    [`${titles[judged]} to`, 'all', 'wins', 'p', 'Holm', ...presentIn(cells)],
    [...corrected(cells, judged, references), { reference: 'hindsight', ...difference(cells, judged, 'hindsight') }].map(
      ({ reference, holm, ...found }) => [
        titles[reference],
        told(found),
        `${found.wins}/${found.cells}`,
        reference === 'hindsight' ? '' : probability(found.p),
        holm === undefined ? '' : probability(holm),
        ...presentIn(cells).map((group) => told(difference(inGroup(cells, group), judged, reference))),
      ],
    ),
  ) // prettier-ignore

const shown = [...Object.keys(constants), 'ptu', 'ptu-evidence', 'always', 'probe', 'lp-ft', 'any', 'hindsight']

const accuracies = (cells) =>
  table(
    ['mean accuracy, %', 'all', ...presentIn(cells)],
    shown.map((method) => [
      titles[method],
      ...[cells, ...presentIn(cells).map((group) => inGroup(cells, group))].map((some) => {
        const found = meanOf(some, method)
        return found === undefined ? '' : percent(found)
      }),
    ]),
  )

const truth = (cells) =>
  table(
    ['', 'all', ...presentIn(cells)],
    [
      ['acts on the evidence', (some) => `${some.filter((cell) => acts(cell, decisiveMargin)).length}/${some.length}`],
      ...[judged, 'u-75', 'ptu', 'lp-ft'].map((method) => [
        `${titles[method]} within half a point of hindsight`,
        (some) => `${percent(truthful(some, method), 0)} %`,
      ]),
    ].map(([title, count]) => [title, count(cells), ...presentIn(cells).map((group) => count(inGroup(cells, group)))]),
  )

const byPair = (cells) =>
  table(
    ['pair', 'shots', 'advantage, nats', ...shown.filter((name) => name !== 'hindsight').map((name) => titles[name])],
    [...new Map(cells.map((cell) => [`${cell.pair}-${cell.shots}`, cell])).values()].map(({ pair, shots }) => {
      const some = cells.filter((cell) => cell.pair === pair && cell.shots === shots)
      const advantages = some.map(({ evidence }) => evidence.advantage.toFixed(1)).join(', ')
      const means = shown.filter((name) => name !== 'hindsight').map((method) => meanOf(some, method))
      return [pair, shots, advantages, ...means.map((found) => (found === undefined ? '' : percent(found)))]
    }),
  )

/** The margins on cells: the mean difference to the recipe that each would have given, and to the best constant. */
const marginTable = (cells) =>
  table(
    ['margin', 'acts', ...['all', ...presentIn(withEvidence(cells, 0))].map((name) => `to u = .75, ${name}`)],
    margins.map((margin) => {
      const some = withEvidence(cells, margin)
      const parts = [some, ...presentIn(some).map((group) => inGroup(some, group))]
      return [
        margin === decisiveMargin ? `**${margin}**` : margin,
        `${some.filter((cell) => acts(cell, margin)).length}/${some.length}`,
        ...parts.map((part) => points(difference(part, judged, 'u-75').mean)),
      ]
    }),
  )

const outcomes = { wins: ({ low }) => low > 0, loses: ({ high }) => high < 0, ties: ({ low, high }) => low <= 0 && high >= 0 } // prettier-ignore

/** One sentence for each outcome: the references and groups in which the interval says so. */
const sentences = (cells) => {
  const found = presentIn(cells).flatMap((group) =>
    references.flatMap((reference) => {
      const one = difference(inGroup(cells, group), judged, reference)
      return one === undefined || one.interval === null ? [] : [{ group, reference, ...one }]
    }),
  )
  return Object.entries(outcomes).map(([name, holds]) => {
    const some = found.filter(({ interval }) => holds(interval))
    const parts = presentIn(cells).flatMap((group) => {
      const own = some.filter((each) => each.group === group)
      return own.length === 0 ? [] : [`${group}: ${own.map((each) => `${titles[each.reference]} ${withInterval(each)}`).join(', ')}`] // prettier-ignore
    })
    return `**It ${name}** ${parts.length === 0 ? 'nowhere' : `against (${parts.join('; ')})`}.`
  })
}

const missing = (stored) => {
  const done = new Set(stored.map(nameOf))
  const left = todo.filter((cell) => !done.has(nameOf({ ...cell, pair: cell.pair.name })))
  if (left.length === 0) return `All ${todo.length} cells of the plan are there.`
  const parts = [...development, ...fresh].flatMap((seed) =>
    ['recipes', 'searches'].flatMap((part) => {
      const isOf = (cell) => cell.seed === seed && cell.part === part
      const [own, planned] = [left.filter(isOf), todo.filter(isOf)]
      if (own.length === 0) return []
      const names = [...new Set(own.map(({ pair }) => pair.name))].map((name) => {
        const sizes = own.filter(({ pair }) => pair.name === name).map(({ shots }) => shots)
        return `${name} at ${sizes.join(', ')}`
      })
      return [`${part} of seed ${seed}: ${own.length === planned.length ? 'all' : names.join('; ')}`]
    }),
  )
  return (
    `**Unfinished.** ${todo.length - left.length} of ${todo.length} cells are there; \`npm run study:gates\` goes on with ` +
    `the others (${parts.join(' · ')}).`
  )
}

const portfolio = () =>
  Object.entries(groups).map(
    ([group, what]) =>
      `- **${group}**: ${what}. ${pairs
        .filter((pair) => pair.group === group)
        .map(({ name, shots }) => `\`${name}\` (${shots.join(', ')})`)
        .join(', ')}.`,
  )

/** The page; it names the cells that the study has not done yet. */
export const page = (stored) => {
  const { developed, confirmed } = parted(stored)
  const cells = withEvidence(confirmed, decisiveMargin)
  const seeds = [...new Set(cells.map(({ seed }) => seed))]
  return `${[
    '# Gates from evidence',
    '<!-- Written by `npm run study:gates`; do not edit. -->',
    'Gates that are set before training, from the evidence of the labelled examples, against constants, learnt gates, a search ' +
      'and a linear probe, on pairs of a source and a target among which no constant can be right everywhere. Every cell is in ' +
      '[benchmarks/results/gates-cells.jsonl](../../benchmarks/results/gates-cells.jsonl), the plan in ' +
      '[benchmarks/studies/gates/plan.mjs](../../benchmarks/studies/gates/plan.mjs).',
    missing(stored),
    '## What it says',
    `On ${cells.length} cells of fresh seeds (${seeds.join(', ')}); differences of ${titles[judged]} in percentage points with 95 % intervals.`,
    ...sentences(cells),
    `${titles[judged]} is the best constant in hindsight, or within half a point of it, in ${percent(truthful(cells, judged), 0)} % of the cells ` +
      `(always u = .75: ${percent(truthful(cells, 'u-75'), 0)} %). Hindsight picks the best of ${Object.keys(constants).length} by the test examples of the cell, ` +
      'so chance alone puts it ahead of any rule.',
    mainTable(cells),
    `Intervals are of the bootstrap over pairs × shots, p of sign flips over pairs, corrected by Holm over the ${references.length} references over all pairs. ` +
      'A tie counts as half a win. Tuned baselines are in the cells that have them, which are fewer.',
    truth(cells),
    accuracies(cells),
    '## How it was done',
    'The protocol is that of `ptu compare`: all methods of a cell share labels, source, steps and start of the head; tests are opened at ' +
      `the end. ${titles[judged]} is not run twice: at or above its margin it is "${titles.always}", below u = .75, bit for bit. ` +
      `Each cell has ${recipes.length} trainings without a search; those with one also the tuned baselines ${searches.join(', ')} and what validation ` +
      'prefers among them, any\\*.',
    ...portfolio(),
    `What was left out before anything was looked at: ${cut.join('; ')}.`,
    '## The margin',
    `It was chosen on ${developed.length} development cells (seed ${development.join(', ')}, with source networks of their own):`,
    marginTable(developed),
    `The product has ${decisiveMargin}, \`decisiveMargin\` of \`@ptu/strategies\`. The same table on the fresh seeds, on which nothing was chosen:`,
    marginTable(confirmed),
    '## All pairs',
    byPair(cells),
    '## How far this goes',
    'Each small pair has two source networks, each pretrained network is one, and pairs share targets; so intervals over pairs × shots ' +
      'are too narrow for a claim about other tasks. All sources but the pretrained ones are small and trained for a minute. The tagger and ' +
      `other tasks with more than one label per example are not served. These cells took ${(sum(stored.map(({ cpu }) => cpu)) / 60).toFixed(0)} minutes of CPU.`,
  ].join('\n\n')}\n`
}
