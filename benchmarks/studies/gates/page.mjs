/** The page of the study of gates, from its cells. */
import { nameOf } from './cells.mjs'
import { chosen, constants, cut, development, fresh, groups, pairs, recipes, references, searches, todo } from './plan.mjs' // prettier-ignore
import { difference, parted, truthful, withEvidence } from './statistics.mjs'
import { accuracies, byPair, frontTable, inGroup, leaveOneOutMargins, likelihoodMargins, mainTable, presentIn, truth } from './tables.mjs' // prettier-ignore
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
    `${titles['ptu-evidence']} looks at three hypotheses: everything frozen, everything random, everything adapted. It takes \`share-all\` or one ` +
      '`scratch` where the sum of leave-one-out losses is lower than that of adapting by its margin, with a nat against each random block, and ' +
      `u = .75 elsewhere. The margin is ${chosen.leaveOneOut} nats of all examples.`,
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
    '## The other rule',
    'Two rules were named after the development cells, before a fresh cell was done, and both were followed. This one judges by the marginal ' +
      `likelihood, every depth of small sources by itself, and acts on its best hypothesis from ${chosen.likelihood} nats per class column on. It was ` +
      `the rule of ${titles['ptu-evidence']} while the cells were run. It notices a source that is useless, and not one whose classes are the same; ` +
      'leave-one-out notices both, so the product has that rule now.',
    ...sentences(cells, 'likelihood'),
    mainTable(cells, 'likelihood'),
  ]
}

const method = ({ developed, confirmed }) => [
  '## How it was done',
  'The protocol is that of `ptu compare`: all methods of a cell share labels, source, steps and start of the head; tests are opened at ' +
    'the end. Neither rule is run by itself: what it takes was run in the same cell, bit for bit. ' +
    `Each cell has ${recipes.length} trainings without a search; some also have the tuned baselines ${searches.join(', ')} and what validation ` +
    'prefers among them, any\\*.',
  portfolio().join('\n'),
  `What was left out before anything was looked at: ${cut.join('; ')}.`,
  '## The margins',
  `They were chosen on ${developed.length} development cells (seed ${development.join(', ')}, with source networks of their own). The margin of ` +
    `${titles['ptu-evidence']}, in nats of all examples, is \`decisiveMargin\` of \`@ptu/strategies\`, ${chosen.leaveOneOut}:`,
  leaveOneOutMargins(developed),
  'The same on the fresh seeds, on which nothing was chosen:',
  leaveOneOutMargins(confirmed),
  `The margin of the marginal likelihood, in nats per class column, is ${chosen.likelihood} too; on the development cells:`,
  likelihoodMargins(developed),
  'and on the fresh ones:',
  likelihoodMargins(confirmed),
]

/** The part of the front page. */
export const frontPart = (stored) => {
  const cells = withEvidence(parted(stored).confirmed)
  const sources = Object.keys(groups).flatMap((group) => {
    const count = inGroup(cells, group).length
    return count === 0 ? [] : [`${group} ${count}`]
  })
  return [
    frontTable(cells),
    `Percentage points with 95 % intervals over ${cells.length} runs of fresh seeds (${sources.join(', ')}); p over pairs, by Holm over the references. ` +
      `${titles['ptu-evidence']} is the best constant in hindsight, or at most half a point behind it, in ${share(cells, 'ptu-evidence')} of them; a fixed ` +
      `u = .75 is in ${share(cells, 'u-75')}, learnt gates in ${share(cells, 'ptu')}.`,
  ].join('\n\n')
}

/** The page; it names the cells that the study has not done yet. */
export const page = (stored) => {
  const parts = parted(stored)
  const cells = withEvidence(parts.confirmed)
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
