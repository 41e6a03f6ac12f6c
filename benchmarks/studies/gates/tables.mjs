/** The tables of the study's page. */
import { chosen, constants, groups, margins, references } from './plan.mjs'
import { acts, corrected, difference, leaveOneOut, meanOf, truthful, withEvidence } from './statistics.mjs'
import { percent, points, probability, table, titles, withInterval } from './words.mjs'

export const inGroup = (cells, group) => cells.filter((cell) => cell.group === group)
export const presentIn = (cells) => Object.keys(groups).filter((group) => inGroup(cells, group).length > 0)

const told = (found) => (found === undefined ? '' : withInterval(found))

/** A rule against each reference: over all pairs, then group by group. */
export const mainTable = (cells, judged) =>
  table(
    [`${titles[judged]} to`, 'all', 'wins', 'p', 'Holm', ...presentIn(cells)],
    [
      ...corrected(cells, judged, references),
      { reference: 'hindsight', ...difference(cells, judged, 'hindsight') },
    ].map(({ reference, holm, ...found }) => [
      titles[reference],
      told(found),
      `${found.wins}/${found.cells}`,
      reference === 'hindsight' ? '' : probability(found.p),
      holm === undefined ? '' : probability(holm),
      ...presentIn(cells).map((group) => told(difference(inGroup(cells, group), judged, reference))),
    ]),
  )

const shown = [
  ...Object.keys(constants),
  'ptu',
  'ptu-evidence',
  'likelihood',
  'always',
  'probe',
  'lp-ft',
  'any',
  'hindsight',
]

export const accuracies = (cells) =>
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

/** The rule of the product against each reference, group by group, as a reader of the front page needs it. */
export const frontTable = (cells) => {
  const groups = presentIn(cells)
  const judged = 'ptu-evidence'
  return table(
    [`${titles[judged]} to`, ...groups, 'all', 'p'],
    corrected(cells, judged, references).map(({ reference, holm, ...found }) => [
      titles[reference],
      ...groups.map((group) => told(difference(inGroup(cells, group), judged, reference))),
      told(found),
      probability(holm),
    ]),
  )
}

/** The shares of cells in which the rules act, and in which each method is the best constant or close to it. */
export const truth = (cells) => {
  const acting = (holds) => (some) => `${some.filter(holds).length}/${some.length}`
  const rows = [
    [`${titles['ptu-evidence']} acts`, acting((cell) => leaveOneOut(cell, chosen.leaveOneOut) !== 'u-75')],
    [`${titles.likelihood} acts`, acting((cell) => acts(cell, chosen.likelihood))],
    ...['ptu-evidence', 'likelihood', 'u-75', 'ptu', 'lp-ft'].map((method) => [
      `${titles[method]}: within half a point of hindsight, or ahead`,
      (some) => `${percent(truthful(some, method), 0)} %`,
    ]),
  ]
  return table(
    ['', 'all', ...presentIn(cells)],
    rows.map(([title, count]) => [
      title,
      count(cells),
      ...presentIn(cells).map((group) => count(inGroup(cells, group))),
    ]),
  )
}

export const byPair = (cells) => {
  const methods = shown.filter((name) => name !== 'hindsight')
  return table(
    ['pair', 'shots', '`ptu-evidence` takes', 'likelihood’s lead, nats', ...methods.map((name) => titles[name])],
    [...new Map(cells.map((cell) => [`${cell.pair}-${cell.shots}`, cell])).values()].map(({ pair, shots }) => {
      const some = cells.filter((cell) => cell.pair === pair && cell.shots === shots)
      const means = methods.map((method) => meanOf(some, method))
      return [
        ...[pair, shots, some.map((cell) => `\`${leaveOneOut(cell, chosen.leaveOneOut)}\``).join(', ')],
        some.map(({ evidence }) => evidence.advantage.toFixed(1)).join(', '),
        ...means.map((found) => (found === undefined ? '' : percent(found))),
      ]
    }),
  )
}

/** The margins of a rule on cells: the mean difference to the recipe that each would have given, group by group. */
const marginTable = (cells, { rule, method, isActing }) =>
  table(
    ['margin', 'acts', ...['all', ...presentIn(withEvidence(cells))].map((name) => `to u = .75, ${name}`)],
    margins[rule].map((margin) => {
      const some = withEvidence(cells, { ...chosen, [rule]: margin })
      const parts = [some, ...presentIn(some).map((group) => inGroup(some, group))]
      return [
        margin === chosen[rule] ? `**${margin}**` : margin,
        `${some.filter((cell) => isActing(cell, margin)).length}/${some.length}`,
        ...parts.map((part) => points(difference(part, method, 'u-75').mean)),
      ]
    }),
  )

export const likelihoodMargins = (cells) =>
  marginTable(cells, { rule: 'likelihood', method: 'likelihood', isActing: acts })

export const leaveOneOutMargins = (cells) =>
  marginTable(cells, {
    rule: 'leaveOneOut',
    method: 'ptu-evidence',
    isActing: (cell, margin) => leaveOneOut(cell, margin) !== 'u-75',
  })
