/** The tables of the study's page. */
import { decisiveMargin } from '@ptu/strategies'

import { constants, groups, leaveOneOutMargin, margins, references } from './plan.mjs'
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

const shown = [...Object.keys(constants), 'ptu', 'ptu-evidence', 'always', 'loo', 'probe', 'lp-ft', 'any', 'hindsight']

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

/** The shares of cells in which the rules act, and in which each method is the best constant or close to it. */
export const truth = (cells) => {
  const acting = (holds) => (some) => `${some.filter(holds).length}/${some.length}`
  const rows = [
    [`${titles['ptu-evidence']} acts`, acting((cell) => acts(cell, decisiveMargin))],
    [`${titles.loo} is not u = .75`, acting((cell) => leaveOneOut(cell, leaveOneOutMargin) !== 'u-75')],
    ...['ptu-evidence', 'loo', 'u-75', 'ptu', 'lp-ft'].map((method) => [
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
    ['pair', 'shots', 'lead, nats', 'leave-one-out', ...methods.map((name) => titles[name])],
    [...new Map(cells.map((cell) => [`${cell.pair}-${cell.shots}`, cell])).values()].map(({ pair, shots }) => {
      const some = cells.filter((cell) => cell.pair === pair && cell.shots === shots)
      const means = methods.map((method) => meanOf(some, method))
      return [
        ...[pair, shots, some.map(({ evidence }) => evidence.advantage.toFixed(1)).join(', ')],
        some.map((cell) => `\`${leaveOneOut(cell, leaveOneOutMargin)}\``).join(', '),
        ...means.map((found) => (found === undefined ? '' : percent(found))),
      ]
    }),
  )
}

/** The margins on cells: the mean difference to the recipe that each would have given, group by group. */
const marginTable = (cells, method, tried, { chosen, withMargin, isActing }) =>
  table(
    ['margin', 'acts', ...['all', ...presentIn(withMargin(cells, 0))].map((name) => `to u = .75, ${name}`)],
    tried.map((margin) => {
      const some = withMargin(cells, margin)
      const parts = [some, ...presentIn(some).map((group) => inGroup(some, group))]
      return [
        margin === chosen ? `**${margin}**` : margin,
        `${some.filter((cell) => isActing(cell, margin)).length}/${some.length}`,
        ...parts.map((part) => points(difference(part, method, 'u-75').mean)),
      ]
    }),
  )

export const evidenceMargins = (cells) =>
  marginTable(cells, 'ptu-evidence', margins.evidence, {
    chosen: decisiveMargin,
    withMargin: (some, margin) => withEvidence(some, margin),
    isActing: acts,
  })

export const leaveOneOutMargins = (cells) =>
  marginTable(cells, 'loo', margins.leaveOneOut, {
    chosen: leaveOneOutMargin,
    withMargin: (some, margin) => withEvidence(some, decisiveMargin, margin),
    isActing: (cell, margin) => leaveOneOut(cell, margin) !== 'u-75',
  })
