/** The page of the study, from its cells. */
import {
  blockwise,
  cut,
  development,
  draws,
  looked,
  missed,
  mostLost,
  norms,
  resistant,
  sources,
  strategies,
} from './plan.mjs'
import { chosenNorm, costOf } from './statistics.mjs'
import { calibrationTable, eachShiftTable, gateTable, residualTable, resistantChanges, resistantTable, shiftTable, similarityTable, vulnerabilityTable } from './tables.mjs' // prettier-ignore
import { shownWords } from './words.mjs'

const expected = draws.length * (strategies.length + resistant.length)

const confirmedOf = (cells, { name }) => cells.filter(({ part, source }) => part === 'confirmed' && source === name)

const missing = (cells) => {
  const counts = sources.map((source) => ({ source, count: confirmedOf(cells, source).length }))
  const left = counts.filter(({ count }) => count < expected)
  return left.length === 0
    ? 'All cells of the plan are there.'
    : `**Unfinished.** ${left.map(({ source, count }) => `${source.name}: ${count} of ${expected} cells`).join('; ')}. \`npm run study:analysis\` goes on with the others.` // prettier-ignore
}

const normWords = (cells) => {
  if (!cells.some(({ part }) => part === 'development')) return ''
  const costs = norms.map((norm) => `${100 * norm} %: ${(100 * costOf(cells, norm)).toFixed(1)} points`).join(', ')
  return (
    `The norm of resistant training is ${100 * chosenNorm(cells)} % of the length of the parameters that learn: the largest of ${norms.length} that costs ` +
    `at most ${100 * mostLost} points on ${development.draws.length} development draws, judged by training data that are not tested on (change of accuracy at ${costs}).`
  )
}

/** Lists what resistant training is shown to do on a source, and what not. */
const resistantWords = (own) =>
  resistantChanges(own)
    .flatMap(({ strategy, clean, gains, resolution }) => [
      `- Clean accuracy of \`${strategy}\`: ${shownWords(clean, { above: -mostLost, claim: `that at most ${100 * mostLost} points are lost`, against: `that more than ${100 * mostLost} points are lost`, resolution })}.`,
      ...gains.map(
        ({ epsilon, values }) =>
          `- \`${strategy}\` moved by ${100 * epsilon} %: ${shownWords(values, { above: 0, claim: 'a gain', against: 'a loss' })}.`,
      ),
    ])
    .join('\n')

const sourceParts = (cells, source) => {
  const own = confirmedOf(cells, source)
  if (own.length === 0) return [`## ${source.name}`, `Transfer of ${source.title}. No cell is there yet.`]
  const gates = gateTable(own)
  return [
    `## ${source.name}`,
    `Transfer of ${source.title}: ${source.shots} labels per class, ${own[0].tested} test examples.`,
    '### Which blocks are vulnerable',
    `The rise of the loss, in nats, where a block is moved by ${100 * blockwise.epsilon} % of its length in the direction that raises it most; after the semicolon the most of ${blockwise.random} random moves of the same length (${blockwise.examples} test examples).`,
    vulnerabilityTable(own),
    '### Training that resists corruption',
    'Accuracy where all parameters are moved, in three steps, by a part of their length; gains are paired by draw.',
    resistantTable(own),
    'Resistant training minus plain training, the mean and its interval; shown is what holds on the whole interval:',
    resistantWords(own),
    '### Calibration',
    'Expected calibration error over ten ranges. The temperature of a fifth of the test examples is fitted to the other fifths.',
    calibrationTable(own),
    '### Here and under shifts',
    `${own[0].shifts.length} changes at severity ${own[0].shifts[0].severity} of 5. The line is fitted to all plain models of this source, on logits of accuracies.`,
    shiftTable(own),
    eachShiftTable(own),
    '### What transfer changed',
    'CKA of the outputs of each block with those of the source: 1 is the same up to a rotation and a scale.',
    similarityTable(own),
    ...(gates === ''
      ? []
      : [
          'Units of `ptu`: rank correlation over the channels of a block between the update gate (1 lets the target in), the first-order vulnerability of the ' +
            `parameters of the channel, and the mean size of its conductance (${looked.conductance} examples, ${looked.nodes} nodes).`,
          gates,
        ]),
  ]
}

const residualParts = (cells) => {
  const own = cells.filter(({ part }) => part === 'residual').toSorted((a, b) => a.nodes - b.nodes)
  if (own.length === 0) return []
  return [
    '## What conductance misses',
    `The part of the change of the logit of the class that the conductance of a block misses on MobileNetV2 of ImageNet at ${missed.side}×${missed.side}, whose ReLU6 switch along the path, by the ` +
      `number of nodes of Gauss and Legendre: the median and, after the semicolon, the largest of ${missed.crops} crops of one photo. On smooth networks it is below 0.5 % at 50 nodes, which the tests of \`@ptu/analysis\` hold. ` +
      'Where there are kinks no rule on fixed nodes does better, panels neither ([decision 34](../adr/0034-conductance-by-interpolation.md)), and more nodes help slowly.',
    residualTable(own),
  ]
}

export const page = (cells) => {
  const minutes = cells.reduce((sum, { cpu }) => sum + cpu, 0) / 60
  return `${[
    '# What transferred models depend on',
    '<!-- Written by `npm run study:analysis`; do not edit. -->',
    'Vulnerability of parameters, training that resists it, calibration, accuracy under shifts and what transfer changed, for four strategies. ' +
      'Every cell is in [benchmarks/results/analysis-cells.jsonl](../../benchmarks/results/analysis-cells.jsonl), the plan in ' +
      '[benchmarks/studies/analysis/plan.mjs](../../benchmarks/studies/analysis/plan.mjs). In brackets: 95 % intervals over draws of labels, where there are three or more.',
    missing(cells),
    normWords(cells),
    ...sources.flatMap((source) => sourceParts(cells, source)),
    ...residualParts(cells),
    '## How far this goes',
    `Left out for time, before any cell of these draws was run (five development accuracies had been seen): ${cut.join('; ')}.`,
    'Intervals are over draws of labels of one source network: they say nothing of other networks. White-box attacks and random moves use the test examples; nothing is chosen by them.',
    `These cells took ${minutes.toFixed(0)} minutes of CPU.`,
  ]
    .filter((text) => text !== '')
    .join('\n\n')}\n`
}
