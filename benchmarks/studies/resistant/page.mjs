/** The page of the study, from its cells. */
import { meanInterval } from '@ptu/experiments'

import { part, points, shownWords, table } from '../analysis/words.mjs'
import { cut, mostLost, sources, strategies } from './plan.mjs'
import { changesOf, chosenWay, developed, isFit } from './statistics.mjs'

const percent = (value) => `${Number((100 * value).toFixed(1))} %`
const wayWords = ({ epsilon, groups }) => `${percent(epsilon)} of the length of ${groups === 'network' ? 'all parameters that learn, moved together' : 'the parameters of each layer, every layer within its own norm'}` // prettier-ignore

const freshOf = (cells, { name }) => cells.filter((cell) => cell.part === 'fresh' && cell.source === name)

const expected = ({ draws }) => draws.fresh.length * strategies.length * 2

const missing = (cells) => {
  const left = sources.map((source) => [source.name, freshOf(cells, source).length, expected(source)]).filter(([, count, wanted]) => count < wanted) // prettier-ignore
  return left.length === 0
    ? 'All cells of the plan are there.'
    : `**Unfinished.** ${left.map(([name, count, wanted]) => `${name}: ${count} of ${wanted} cells of the fresh draws`).join('; ')}. \`npm run study:resistant\` goes on with the others.` // prettier-ignore
}

const developmentTable = (cells, source) =>
  table(
    ['trained', 'change of accuracy, points', `accuracy under attack (${source.attacks[0].name}), %`],
    developed(cells, source).map(({ way, clean, attacked }) => [
      way === 'plain' ? 'plainly' : `against ${wayWords(source.ways[way])}`,
      way === 'plain' ? '' : points([clean]),
      part([attacked]),
    ]),
  )

const resultTable = (cells, { attacks }, way) =>
  table(
    ['strategy', 'draws', 'accuracy, %: plain', 'resistant', 'change, points', ...attacks.flatMap(({ name }) => [`plain, attacked (${name}), %`, 'gain, points'])],
    strategies.map((strategy) => {
      const { pairs, clean, gains } = changesOf(cells, strategy, way)
      return [
        ...[`\`${strategy}\``, pairs.length, part(pairs.map(({ plain }) => plain.accuracy))],
        ...[part(pairs.map(({ own }) => own.accuracy)), points(clean, 1 / (pairs[0]?.own.tested ?? 1))],
        ...attacks.flatMap((_, i) => [part(pairs.map(({ plain }) => plain.attacked[i].accuracy)), points(gains(i))]),
      ]
    }),
  ) // prettier-ignore

/** The claims that were stated before, and whether they are shown. */
const claims = (cells, { attacks }, way) =>
  strategies
    .flatMap((strategy) => {
      const { pairs, clean, gains } = changesOf(cells, strategy, way)
      if (meanInterval(clean, { resolution: 1 / (pairs[0]?.own.tested ?? 1) }) === null) return []
      const lost = `at most ${100 * mostLost} points are lost`
      return [
        `- \`${strategy}\`, clean accuracy: ${shownWords(clean, { above: -mostLost, claim: `that ${lost}`, against: `that more than ${100 * mostLost} points are lost`, resolution: 1 / pairs[0].own.tested })}.`,
        `- \`${strategy}\` under attack (${attacks[0].name}): ${shownWords(gains(0), { above: 0, claim: 'a gain', against: 'a loss' })}.`,
      ]
    })
    .join('\n')

const sourceParts = (cells, source) => {
  const way = chosenWay(cells, source)
  const own = freshOf(cells, source)
  if (way === undefined) return [`## ${source.name}`, `Transfer of ${source.title}. Its development cells are not whole.`] // prettier-ignore
  return [
    `## ${source.name}`,
    `Transfer of ${source.title}: ${source.shots} labels per class${own.length === 0 ? '' : `, ${own[0].tested} test examples, ${Math.min(source.attacked, own[0].tested)} of them under attack`}.`,
    `On development draws (${source.draws.development.join(', ')}; ${source.judged} training examples that are not tested on):`,
    developmentTable(cells, source),
    `${developed(cells, source).some(isFit) ? 'Chosen by them' : `None of them loses at most ${100 * mostLost} points; taken is the most accurate under attack`}: against ${wayWords(source.ways[way])}. On the fresh draws:`,
    ...(own.length === 0 ? ['No cell is there yet.'] : [resultTable(own, source, way), claims(own, source, way)]),
  ]
}

export const page = (cells) => {
  const minutes = cells.reduce((sum, { cpu }) => sum + cpu, 0) / 60
  return `${[
    '# Training that resists corruption of parameters',
    '<!-- Written by `npm run study:resistant`; do not edit. -->',
    'Each step of the training also lowers the loss at parameters that were moved so as to raise it (`corruptionResistant` of `@ptu/analysis`). Is a model trained so more accurate where its parameters are attacked, and no less accurate where they are not? ' +
      'Every cell is in [benchmarks/results/resistant-cells.jsonl](../../benchmarks/results/resistant-cells.jsonl), the plan in ' +
      '[benchmarks/studies/resistant/plan.mjs](../../benchmarks/studies/resistant/plan.mjs). In brackets: 95 % intervals over draws of labels. Changes are paired by draw.',
    missing(cells),
    `An attack moves parameters in three steps in the direction that raises the loss of ${sources.map(({ seen, name }) => `${seen} test examples (${name})`).join(' or ')} most, by a part of their length. ` +
      `The way of training is chosen for each source on the development draws: the most accurate under the first attack among those that lose at most ${100 * mostLost} points there. ` +
      'A claim is shown where it holds on the whole interval.',
    ...sources.flatMap((source) => sourceParts(cells, source)),
    '## How far this goes',
    `Left out before any cell of the fresh draws was run, for time: ${cut.join('; ')}.`,
    'In the two blocks of MobileNetV2 that learn, the scales of folded normalisations are 99.9 % of the squared length of all parameters (1664, the kernels alone 37.8): 0.2 % of the whole is 9 % of the length of the kernels, 5 % is more than twice their length. A corruption measured by the length of the whole therefore ruins such a network at any of these sizes. Within the norm of each layer they do not: `emoji-layer`.',
    '`emoji-small` was planned after the results of `emoji`, which a corruption of 5 % ruins: its corruptions are smaller, its draws of labels are others. `emoji-layer` was planned after both, on other draws again: each layer is corrupted within its own norm.',
    'Intervals are over draws of labels of one source network: they say nothing of other networks. Attacks use the test examples; nothing is chosen by them.',
    `[What transferred models depend on](analysis.md) has resistant training at 10 labels per class. These cells took ${minutes.toFixed(0)} minutes of CPU.`,
  ].join('\n\n')}\n`
}
