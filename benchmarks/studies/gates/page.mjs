/** The page of the study of gates, from its cells. */
import { decisiveMargin } from '@ptu/strategies'

import { nameOf } from './cells.mjs'
import { constants, cut, development, fresh, groups, leaveOneOutMargin, pairs, recipes, references, searches, todo } from './plan.mjs' // prettier-ignore
import { difference, parted, truthful, withEvidence } from './statistics.mjs'
import { accuracies, byPair, evidenceMargins, inGroup, leaveOneOutMargins, mainTable, presentIn, truth } from './tables.mjs' // prettier-ignore
import { percent, titles, withInterval } from './words.mjs'

const sum = (values) => values.reduce((total, value) => total + value, 0)

const outcomes = { wins: ({ low }) => low > 0, loses: ({ high }) => high < 0, ties: ({ low, high }) => low <= 0 && high >= 0 } // prettier-ignore

/** One sentence for each outcome: the references and groups in which the interval says so. */
const sentences = (cells, judged) => {
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
      return own.length === 0 ? [] : [`on ${group} pairs against ${own.map((each) => `${titles[each.reference]} ${withInterval(each)}`).join(', ')}`] // prettier-ignore
    })
    return `**It ${name}** ${parts.length === 0 ? 'nowhere' : parts.join('; ')}.`
  })
}

/** The cells of the plan that are not there, in words. */
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

const share = (cells, method) => `${percent(truthful(cells, method), 0)} %`

const results = (cells) => {
  const seeds = [...new Set(cells.map(({ seed }) => seed))]
  return [
    '## What it says',
    `On ${cells.length} cells of fresh seeds (${seeds.join(', ')}); differences of ${titles['ptu-evidence']} in percentage points with 95 % intervals.`,
    ...sentences(cells, 'ptu-evidence'),
    `${titles['ptu-evidence']} is the best constant in hindsight, or at most half a point behind it, in ${share(cells, 'ptu-evidence')} of the cells ` +
      `(always u = .75: ${share(cells, 'u-75')}). Hindsight picks the best of ${Object.keys(constants).length} by the test examples of the cell, ` +
      'so chance alone puts it ahead of any rule.',
    mainTable(cells, 'ptu-evidence'),
    `Intervals are of the bootstrap over pairs × shots, p of sign flips over pairs, corrected by Holm over the ${references.length} references over all pairs. ` +
      'A tie counts as half a win. Tuned baselines are in the cells that have them, which are fewer. With few pairs p cannot be small.',
    truth(cells),
    accuracies(cells),
    '## A second rule',
    'Every cell also has the leave-one-out losses of the evidence. The second rule looks at three hypotheses alone: everything frozen, ' +
      'everything random, everything adapted. It takes `share-all` or one `scratch` where their sum of losses is lower than that of adapting by its ' +
      `margin, with a nat against each random block, and u = .75 elsewhere. It was named after the development cells, before a fresh cell was done. ` +
      'The product does not have it.',
    ...sentences(cells, 'loo'),
    mainTable(cells, 'loo'),
  ]
}

const method = ({ developed, confirmed }) => [
  '## How it was done',
  'The protocol is that of `ptu compare`: all methods of a cell share labels, source, steps and start of the head; tests are opened at ' +
    `the end. ${titles['ptu-evidence']} is not run by itself: from its margin on it is "${titles.always}", below u = .75, bit for bit. ` +
    `Each cell has ${recipes.length} trainings without a search; some also have the tuned baselines ${searches.join(', ')} and what validation ` +
    'prefers among them, any\\*.',
  portfolio().join('\n'),
  `What was left out before anything was looked at: ${cut.join('; ')}.`,
  '## The margins',
  `They were chosen on ${developed.length} development cells (seed ${development.join(', ')}, with source networks of their own). The margin of ` +
    `${titles['ptu-evidence']}, in nats per class column, is \`decisiveMargin\` of \`@ptu/strategies\`, ${decisiveMargin}:`,
  evidenceMargins(developed),
  'The same on the fresh seeds, on which nothing was chosen:',
  evidenceMargins(confirmed),
  `The margin of the second rule, in nats of all examples, is ${leaveOneOutMargin}; on the development cells:`,
  leaveOneOutMargins(developed),
  'and on the fresh ones:',
  leaveOneOutMargins(confirmed),
]

/** The page; it names the cells that the study has not done yet. */
export const page = (stored) => {
  const parts = parted(stored)
  const cells = withEvidence(parts.confirmed, decisiveMargin)
  const minutes = sum(stored.map(({ cpu }) => cpu)) / 60
  return `${[
    '# Gates from evidence',
    '<!-- Written by `npm run study:gates`; do not edit. -->',
    'Gates that are set before training, from the evidence of the labelled examples, against constants, learnt gates, a search ' +
      'and a linear probe, on pairs of a source and a target among which no constant can be right everywhere. Every cell is in ' +
      '[benchmarks/results/gates-cells.jsonl](../../benchmarks/results/gates-cells.jsonl), the plan in ' +
      '[benchmarks/studies/gates/plan.mjs](../../benchmarks/studies/gates/plan.mjs).',
    missing(stored),
    ...(cells.length === 0 ? ['No cell of a fresh seed is there yet.'] : [...results(cells), ...method(parts)]),
    ...(cells.length === 0 ? [] : ['## All pairs', byPair(cells)]),
    '## How far this goes',
    'Each small pair has two source networks once all seeds are there, each pretrained network is one, and pairs share targets; so intervals ' +
      'over pairs × shots are too narrow for a claim about other tasks. All sources but the pretrained ones are small and trained for a minute. ' +
      'The tagger and other tasks with more than one label per example are not served. ' +
      `These cells took ${minutes.toFixed(0)} minutes of CPU.`,
  ].join('\n\n')}\n`
}
