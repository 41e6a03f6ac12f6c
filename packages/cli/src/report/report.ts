import { shotsTold, testTold } from '../results/labels.ts'
import { resultRows, resultHead } from '../results/table.ts'
import type { Results } from '../results/results.ts'
import { accuracyChart } from './accuracy-chart.ts'
import { curveChart, lowestLoss } from './curve-chart.ts'
import { gateCharts, hasLearntGates } from './gate-chart.ts'
import { element, escape, type Markup } from './markup.ts'
import { styleSheet } from './style.ts'

/** A page that needs nothing else: no script, no network, pictures as SVG. */
export const reportPage = (results: Results): string => {
  const { settings, target, rows, cells, verdict } = results
  const title = `${settings.source} to ${settings.target}, ${shotsTold(settings.shots, target)}`
  const body = element(
    'main',
    {},
    element('h1', {}, `Transfer from ${title}`),
    element('p', { class: 'verdict' }, verdict),
    element('h2', {}, 'Strategies'),
    element('div', { class: 'scroll' }, tableOf(results)),
    element('p', { class: 'quiet' }, reading(results)),
    element('h2', {}, 'Accuracy on the test data'),
    accuracyChart(rows, cells),
    element('p', { class: 'quiet' }, 'Bar: mean. Line: 95 % interval. Circle: one draw of labels.'),
    element('h2', {}, 'Training loss'),
    curveChart(strategiesOf(results), cells, settings.steps),
    element(
      'p',
      { class: 'quiet' },
      `Mean over the draws of labels, on all labels. Losses below ${lowestLoss} are drawn at it.`,
    ),
    ...gates(results),
    element('h2', {}, 'Settings'),
    settingsList(results),
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${styleSheet}</style>
</head>
<body>
${body.markup}
</body>
</html>
`
}

/** `any` repeats the curve of the heuristic that won. */
const strategiesOf = ({ rows }: Results): readonly string[] =>
  rows.map(({ strategy }) => strategy).filter((strategy) => strategy !== 'any')

const tableOf = (results: Results): Markup =>
  element(
    'table',
    {},
    element('tr', {}, ...resultHead.map((title) => element('th', {}, title))),
    ...resultRows(results).map((row) => element('tr', {}, ...row.map((cell) => element('td', {}, cell)))),
  )

const reading = ({ reference, settings }: Results): string =>
  [
    `Means over ${settings.seeds.length} draws of labels on one source network.`,
    reference === null ? '' : `Differences are paired with ${reference}*, in percentage points.`,
    'Seconds are of training, the search for settings included. Size is of the folded network.',
  ].join(' ')

const gates = ({ cells }: Results): readonly Markup[] =>
  cells.some(hasLearntGates)
    ? [
        element('h2', {}, 'Gates'),
        element(
          'p',
          { class: 'quiet' },
          'A bar per channel: empty keeps the source, full takes the fine-tuned branch.',
        ),
        gateCharts(cells),
      ]
    : []

const settingsList = ({ settings, versions, source, target }: Results): Markup => {
  const entries = {
    ...settings,
    'source accuracy': source.accuracy,
    'source network': `${source.blocks.join(', ')} (${source.parameters} parameters)`,
    rescaled: source.refusal ?? (source.rescaled ? 'yes, for every strategy' : 'no'),
    classes: target.classes.join(', '),
    'tested on': testTold(target),
    ...versions,
  }
  return element(
    'dl',
    {},
    ...Object.entries(entries).flatMap(([name, value]) => [
      element('dt', {}, name),
      element('dd', {}, typeof value === 'object' ? value.join(', ') : String(value)),
    ]),
  )
}
