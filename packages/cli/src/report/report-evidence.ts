import type { EvidenceReading, Results, RunResult } from '@ptu/experiments'

import { counted, nats } from '../format.ts'
import { evidenceChart, leadsOf, type DrawnReading } from './evidence-chart.ts'
import { element, type Markup } from './markup.ts'
import { scrolling, tableOf } from './train-report-table.ts'

/** The evidence that methods followed, draw by draw: a picture and the same as a table. Empty where no method looked at any. */
export const evidenceParts = ({ settings, runs }: Results): readonly Markup[] => {
  const followers = settings.methods
    .map(({ name }) => ({ name, drawn: runs.filter(({ method }) => method === name).flatMap(drawnIn) }))
    .filter(({ drawn }) => drawn.length > 0)
  if (followers.length === 0) return []
  const alone = followers.length === 1 ? ' No other method looked at it.' : ''
  return [
    element('h2', {}, 'What the labels say of the source'),
    ...followers.flatMap(({ name, drawn }) => [
      element('p', {}, `${followedWords(name, drawn)}${missingWords(drawn.length, settings.seeds.length)}${alone}`),
      evidenceChart(drawn),
      element('p', { class: 'quiet' }, readingWords(drawn)),
      scrolling(`Evidence that ${name} followed`, tableOf(evidenceTable(name, drawn))),
    ]),
  ]
}

const drawnIn = ({ seed, evidence }: RunResult): readonly DrawnReading[] =>
  evidence === undefined ? [] : [{ draw: `seed ${seed}`, reading: evidence }]

const followedWords = (method: string, drawn: readonly DrawnReading[]): string => {
  const departed = drawn.filter(({ reading }) => reading.outcome === 'departs').length
  return (
    `Before training, ${method} asked the labels of each draw, and followed the answer. ` +
    `In ${departed} of ${counted(drawn.length, 'draw')} it departed from the usual recipe, which adapts everything.`
  )
}

const missingWords = (known: number, draws: number): string =>
  known === draws ? '' : ` Of the other ${draws - known} the evidence was not kept.`

const readingWords = (drawn: readonly DrawnReading[]): string => {
  const looked = [...new Set(drawn.map(({ reading }) => reading.examples))].join(', ')
  const margin = drawn[0]?.reading.margin ?? 0
  return (
    `Each of ${looked} labelled examples was predicted from all others, by a linear model of the network under each hypothesis. ` +
    'Circle: one draw of labels, by how much lower the sum of these losses is than that of "everything adapted", less a nat for each ' +
    `new block. Bar: mean. Only a lead of ${margin} nats or more departs from the usual recipe. Table: the sums, in brackets these leads.`
  )
}

const outcomes: Readonly<Record<EvidenceReading['outcome'], string>> = {
  departs: 'departs',
  usual: 'usual recipe',
  undecided: 'not decisive',
}

const evidenceTable = (method: string, drawn: readonly DrawnReading[]): Parameters<typeof tableOf>[0] => {
  const names = leadsOf(drawn).map(({ name }) => name)
  return {
    caption: `Sums of losses in nats for each draw of labels, in brackets the lead over "everything adapted", and what ${method} did`,
    head: ['draw', ...names, 'outcome', `what ${method} did`],
    rows: drawn.map(({ draw, reading }) => [
      draw,
      ...names.map((name) => lossWords(name, reading)),
      outcomes[reading.outcome],
      reading.advice,
    ]),
  }
}

const lossWords = (wanted: string, { hypotheses, examples }: EvidenceReading): string => {
  const found = hypotheses.find(({ name }) => name === wanted)
  if (found === undefined) return ''
  const lead = found.advantage === 0 ? '' : ` (${nats(found.advantage)})`
  return `${(found.loss * examples).toFixed(1)}${lead}`
}
