import type { EvidenceReading, TrainResults } from '@ptu/experiments'

import { outcomeText } from '../advice-text.ts'
import { nats } from '../format.ts'
import { evidenceChart } from './evidence-chart.ts'
import { element, type Markup } from './markup.ts'
import { scrolling, tableOf } from './train-report-table.ts'
import { capital, wordsOf } from './train-report-text.ts'

/** The evidence of all labels about the source: a picture, the same as a table, and that nothing was chosen by it. */
export const evidenceParts = ({ data, evidence, shipped }: TrainResults): readonly Markup[] => {
  if (evidence === undefined) return []
  const { many } = wordsOf({ data })
  return [
    element('h2', {}, 'What the labels say of the source'),
    element('p', {}, `${capital(outcomeText(evidence))}. ${capital(evidence.reason)}.`),
    evidenceChart([{ draw: 'all labels', reading: evidence }]),
    element('p', { class: 'quiet' }, readingWords(evidence, many)),
    element('p', {}, chosenWords(shipped.method, many)),
    scrolling('Evidence', tableOf(evidenceTable(evidence))),
  ]
}

const readingWords = ({ examples, margin }: EvidenceReading, many: string): string =>
  `Before training, ${examples} labelled ${many} were each predicted from all others, by a linear model of the network under each ` +
  'hypothesis. Bars: how much lower the sum of these losses is than that of "everything adapted", less a nat for each new block. ' +
  `Only a lead of ${margin} nats or more departs from the usual recipe, which adapts everything.`

const chosenWords = (shipped: string, many: string): string =>
  shipped === 'ptu-evidence'
    ? 'The method that was trained, ptu-evidence, follows such a reading of the labels that it trains on, in each fold and at the end.'
    : `Nothing was chosen by it: the ${many} that were held out are among those that it looked at.`

const evidenceTable = ({ hypotheses, examples }: EvidenceReading): Parameters<typeof tableOf>[0] => ({
  caption: 'Evidence of the labels for each hypothesis',
  head: ['hypothesis', 'loss each', '±', 'sum of losses', 'nats ahead of "everything adapted"'],
  rows: hypotheses.map(({ name, loss, standardError, advantage }) => [
    name,
    loss.toFixed(2),
    standardError.toFixed(2),
    (loss * examples).toFixed(1),
    nats(advantage),
  ]),
})
