/** The tables of the study's page, each of one source. */
import { effectiveRobustness, robustnessLine } from '@ptu/analysis'

import { attacks, resistant, strategies } from './plan.mjs'
import { mean } from './statistics.mjs'
import { correlation, likeness, number, part, points, table } from './words.mjs'

const code = (name) => `\`${name}\``

/** The cells of a strategy, plain or resistant. */
const of = (cells, strategy, isResistant = false) =>
  cells.filter((cell) => cell.strategy === strategy && cell.epsilon > 0 === isResistant)

/** The strategies that have cells, and the resistant trainings of some. */
const kinds = (cells) =>
  [false, true].flatMap((isResistant) =>
    strategies
      .map((strategy) => ({ title: `${code(strategy)}${isResistant ? ', resistant' : ''}`, own: of(cells, strategy, isResistant) }))
      .filter(({ own }) => own.length > 0),
  ) // prettier-ignore

const outside = ({ shifts }) => mean(shifts.map(({ accuracy }) => accuracy))

/** Accuracy here and under shifts, with what is beyond the line of all plain models. */
export const shiftTable = (cells) => {
  const pairs = cells.filter(({ epsilon }) => epsilon === 0).map((cell) => ({ inside: cell.inside, outside: outside(cell) }))
  const line = new Set(pairs.map(({ inside }) => inside)).size > 1 ? robustnessLine(pairs) : undefined
  const rows = kinds(cells).map(({ title, own }) => [
    ...[title, own.length, part(own.map(({ accuracy }) => accuracy))],
    ...[part(own.map(({ inside }) => inside)), part(own.map(outside))],
    points(own.map((cell) => outside(cell) - cell.inside)),
    line === undefined ? '' : points(own.map((cell) => effectiveRobustness({ inside: cell.inside, outside: outside(cell) }, line))), // prettier-ignore
  ])
  return table(['trained by', 'draws', 'accuracy, %', 'of the shifted ones as they are, %', 'under shifts, %', 'lost, points', 'beyond the line, points'], rows) // prettier-ignore
} // prettier-ignore

/** Accuracy under each shift. */
export const eachShiftTable = (cells) => {
  const names = cells[0].shifts.map(({ shift }) => shift)
  const columns = kinds(cells)
  const rows = names.map((name, i) => [name, ...columns.map(({ own }) => part(own.map(({ shifts }) => shifts[i].accuracy)))]) // prettier-ignore
  return table(['shift', ...columns.map(({ title }) => title)], rows)
}

export const calibrationTable = (cells) =>
  table(
    ['trained by', 'calibration error, points', 'by chance, at most', 'after temperature', 'log-loss, nats', 'after temperature', 'temperature'],
    kinds(cells).map(({ title, own }) => {
      const all = own.map(({ calibration }) => calibration)
      return [
        ...[title, part(all.map(({ before }) => before.error)), part(all.map(({ before }) => before.chance))],
        ...[part(all.map(({ after }) => after.error)), number(all.map(({ before }) => before.loss))],
        ...[number(all.map(({ after }) => after.loss)), number(all.map(({ temperature }) => temperature))],
      ]
    }),
  ) // prettier-ignore

/** The rise of the loss where one block is corrupted, and the most of random corruptions of the same norm. */
export const vulnerabilityTable = (cells) => {
  const blocks = cells[0].corruption.blocks.map(({ block }) => block)
  const rows = kinds(cells).map(({ title, own }) => [
    title,
    ...blocks.map((_, i) => {
      const found = own.map(({ corruption }) => corruption.blocks[i])
      return `${number(found.map(({ rise }) => rise), 3)}; ${number(found.map(({ random }) => random).map(Math.abs), 3)}` // prettier-ignore
    }),
  ])
  return table(['trained by', ...blocks], rows)
}

/** Pairs of a resistant and a plain training on the same draw. */
const pairedOf = (cells, strategy) =>
  of(cells, strategy, true).flatMap((own) => {
    const other = of(cells, strategy).find(({ draw }) => draw === own.draw)
    return other === undefined ? [] : [{ own, other }]
  })

const gainsOf = (paired, epsilon) =>
  paired.map(({ own, other }) => own.corruption.attacked[epsilon].accuracy - other.corruption.attacked[epsilon].accuracy) // prettier-ignore

/** Changes by resistant training, strategy by strategy, on the draws of both trainings. */
export const resistantChanges = (cells) =>
  resistant.flatMap((strategy) => {
    const paired = pairedOf(cells, strategy)
    if (paired.length === 0) return []
    return [
      {
        ...{ strategy, paired, resolution: 1 / paired[0].own.tested },
        clean: paired.map(({ own, other }) => own.accuracy - other.accuracy),
        gains: attacks.map((epsilon) => ({ epsilon, values: gainsOf(paired, epsilon) })),
      },
    ]
  })

/** Resistant training against plain training on the same draws. */
export const resistantTable = (cells) => {
  const rows = resistantChanges(cells).map(({ strategy, paired, clean, gains, resolution }) => [
    ...[code(strategy), paired.length, points(clean, resolution)],
    ...gains.flatMap(({ epsilon, values }) => [
      part(paired.map(({ other }) => other.corruption.attacked[epsilon].accuracy)),
      points(values),
    ]),
    ...[paired[0].own.corruption.blocks.map(({ block }, i) => `${block} ${(mean(paired.map(({ other }) => other.corruption.blocks[i].rise)) / mean(paired.map(({ own }) => own.corruption.blocks[i].rise))).toFixed(1)}`).join(', ')], // prettier-ignore
  ])
  const heads = attacks.flatMap((epsilon) => [`plain under ${100 * epsilon} %, %`, 'gain, points'])
  return table(['strategy', 'draws', 'clean accuracy, points', ...heads, 'rise of the loss of plain by resistant, block by block'], rows) // prettier-ignore
}

export const similarityTable = (cells) => {
  const blocks = cells[0].cka.map(({ block }) => block)
  return table(
    ['trained by', ...blocks],
    kinds(cells).map(({ title, own }) => [title, ...blocks.map((_, i) => likeness(own.map(({ cka }) => cka[i].cka)))]),
  )
}

/** The gates of plain units against the vulnerability and the conductance of the same channels. */
export const gateTable = (cells) => {
  const own = cells.filter(({ channels }) => channels !== undefined && channels.gates.length > 0)
  const rows = (own[0]?.channels.gates ?? []).map(({ block, unit, channels }, i) => {
    const found = own.map((cell) => cell.channels.gates[i])
    const known = (name) => found.map((one) => one[name]).filter((value) => value !== null)
    return [
      ...[unit === 0 ? block : `${block}, unit ${unit + 1}`, channels, number(known('gate'))],
      ...[correlation(known('vulnerability')), correlation(known('conductance'))],
    ]
  })
  return rows.length === 0 ? '' : table(['block', 'channels', 'mean gate', 'with vulnerability', 'with conductance'], rows) // prettier-ignore
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const percent = (value) => (100 * value).toFixed(2)

/** The part of the change of a logit that conductance misses, the median and the largest of the crops. */
export const residualTable = (cells) =>
  table(
    ['block', ...cells.map(({ nodes }) => `${nodes} nodes, %`)],
    cells[0].residuals.map(({ block }, i) => [
      block,
      ...cells.map(({ residuals }) => `${percent(median(residuals[i].parts))}; ${percent(Math.max(...residuals[i].parts))}`),
    ]),
  ) // prettier-ignore
