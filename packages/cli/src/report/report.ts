import { targetKinds, type MethodSummary, type Results } from '@ptu/experiments'

import { counted, percent } from '../format.ts'
import {
  differenceHead,
  differenceRows,
  kindOf,
  measuredHead,
  measuredRows,
  resultHead,
  resultRows,
} from './result-table.ts'
import { accuracyChart } from './accuracy-chart.ts'
import { curveChart, lowestLoss } from './curve-chart.ts'
import { gateCharts, hasLearntGates } from './gate-chart.ts'
import { element, type Markup } from './markup.ts'
import { htmlPage } from './page.ts'
import { evidenceParts } from './report-evidence.ts'
import { styleSheet } from './style.ts'
import { scrolling, tableOf } from './train-report-table.ts'

/** The self-contained page of a report: no script, no network, pictures as SVG. */
export const reportPage = (results: Results): string => {
  const { settings, source, rows, runs, verdict } = results
  const title = `${source.name} to ${settings.target}, ${kindOf(results).shots(settings.shots)}`
  const body = element(
    'main',
    {},
    element('h1', {}, `Transfer from ${title}`),
    ...(source.warning === null ? [] : [element('p', { class: 'warning' }, source.warning)]),
    element('p', { class: 'verdict' }, verdict),
    element('h2', {}, 'Methods'),
    tableIn('Methods', resultHead(results), resultRows(results)),
    quiet(reading(results)),
    ...differences(results),
    ...measured(results),
    element('h2', {}, `${titleOf(results)} on the test data`),
    accuracyChart(rows, runs, kindOf(results).comparing),
    quiet('Bar: mean. Line: 95 % interval. Circle: one draw of labels.'),
    element('h2', {}, 'Training loss'),
    curveChart(trainedIn(results), runs, settings.steps),
    quiet(`Mean over the draws of labels, on all labels. Losses below ${lowestLoss} are drawn at it.`),
    ...evidenceParts(results),
    ...gates(results),
    element('h2', {}, 'Settings'),
    settingsList(results),
  )
  return htmlPage(title, styleSheet, body)
}

/** The methods with a curve of their own: `any` repeats that of the tuned baseline that won. */
const trainedIn = ({ settings }: Results): readonly MethodSummary[] => settings.methods

/** The name of the score at the start of a line: `Accuracy`. */
const titleOf = (results: Results): string => {
  const { name } = kindOf(results).comparing
  return name.charAt(0).toUpperCase() + name.slice(1)
}

const quiet = (text: string): Markup => element('p', { class: 'quiet' }, text)

const tableIn = (title: string, head: readonly string[], rows: readonly (readonly string[])[]): Markup =>
  scrolling(title, tableOf({ caption: title, head, rows }))

const reading = ({ target, reference, settings }: Results): string =>
  [
    `Means over ${counted(settings.seeds.length, 'draw')} of labels on one source network.`,
    reference === null
      ? ''
      : `Differences are paired, in ${kindOf({ target }).comparing.units}; fewer than three draws have no interval.`,
    'Seconds are of training, the search for settings included. Size is of the folded network.',
  ].join(' ')

/** The table of differences to each baseline and recipe; nothing if there is only the reference. */
const differences = (results: Results): readonly Markup[] => {
  const rows = differenceRows(results)
  return rows.length === 0
    ? []
    : [
        element('h2', {}, 'Differences to each baseline and recipe'),
        tableIn('Differences to each baseline and recipe', differenceHead(results), rows),
      ]
}

/** The part on measures beside accuracy; empty without any. */
const measured = (results: Results): readonly Markup[] => {
  const rows = measuredRows(results)
  if (rows.length === 0) return []
  const title = `Measured beside ${kindOf(results).comparing.name}`
  return [
    element('h2', {}, title),
    tableIn(title, measuredHead(results), rows),
    quiet('Means over the draws with 95 % intervals, on the test data of each run; nothing was chosen by them.'),
    ...(measuredHead(results).some((title) => title.endsWith('beyond the line'))
      ? [
          quiet(
            'Beyond the line: accuracy on changed examples, in percentage points above what is usual among these networks for an accuracy on the same examples as they are.',
          ),
        ]
      : []),
  ]
}

const gates = ({ runs }: Results): readonly Markup[] =>
  runs.some(hasLearntGates)
    ? [
        element('h2', {}, 'Gates'),
        quiet('A bar per channel: empty keeps the source, full takes the fine-tuned branch.'),
        gateCharts(runs),
      ]
    : []

/** The title of the names that are predicted. */
const classesTitle = (kind: string): string =>
  Object.hasOwn(targetKinds, kind) ? targetKinds[kind as keyof typeof targetKinds].words : 'classes'

const settingsList = (results: Results): Markup => {
  const { settings, versions, source, target } = results
  const entries = {
    ...settings,
    source: source.title,
    methods: settings.methods.map(({ name }) => name),
    judged: settings.judged ?? 'none',
    'source accuracy': source.accuracy === null ? 'not known' : `${percent(source.accuracy)} %`,
    'source network': `${source.blocks.join(', ')} (${source.parameters} parameters)`,
    rescaled: source.rescaleProblem ?? (source.rescaled ? 'yes, for every method' : 'no'),
    [classesTitle(target.kind)]: target.classes.join(', '),
    'tested on': kindOf(results).tested(target.testExamples, target.testLabels),
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
