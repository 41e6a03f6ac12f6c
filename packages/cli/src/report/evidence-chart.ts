import type { EvidenceReading } from '@ptu/experiments'
import { scaleLinear, type ScaleLinear } from 'd3-scale'

import { nats } from '../format.ts'
import { element, picture, type Attributes, type Markup } from './markup.ts'

/** The evidence of one draw of labels. */
export interface DrawnReading {
  /** The draw in words: `seed 3`. */
  readonly draw: string
  readonly reading: EvidenceReading
}

// Names stand above their marks, so that they have room at the size of text on narrow screens.
const width = 720
const [top, rowHeight, below] = [34, 62, 70]
const [laneTop, laneHeight] = [30, 26]
/** The widest half of a number below the axis. */
const side = 40
/** Half a character at the size of text on narrow screens. */
const halfCharacter = 6.6
const colour = 'var(--ptu-evidence)'

/** A line per hypothesis: a circle for each draw of labels and a bar at the mean, in nats over adapting everything. */
export const evidenceChart = (drawn: readonly DrawnReading[]): Markup => {
  const margin = drawn[0]?.reading.margin ?? 0
  const leads = leadsOf(drawn)
  const all = leads.flatMap(({ values }) => values.map(({ lead }) => lead))
  const x = scaleLinear([Math.min(-1.6 * margin, ...all), Math.max(1.6 * margin, ...all)], [side, width - side]).nice(5)
  const bottom = top + leads.length * rowHeight
  const words = `within ${margin} nats: not decisive`
  const half = halfCharacter * words.length
  return picture(
    'The evidence of the labels for each hypothesis; its numbers are in the table below',
    width,
    bottom + below,
    element(
      'text',
      { class: 'tick', x: Math.min(Math.max(x(0), half), width - half), y: 22, 'text-anchor': 'middle' },
      words,
    ),
    ...leads.flatMap((lead, row) => [
      ...lane(margin, x, top + row * rowHeight + laneTop),
      ...marks(lead, x, top + row * rowHeight),
    ]),
    ...x
      .ticks(5)
      .map((tick) =>
        element('text', { class: 'tick', x: x(tick), y: bottom + 26, 'text-anchor': 'middle' }, String(tick)),
      ),
    element(
      'text',
      { class: 'tick', x: width / 2, y: bottom + 56, 'text-anchor': 'middle' },
      'nats ahead of "everything adapted"',
    ),
  )
}

type Scale = ScaleLinear<number, number>

/** The lane of a hypothesis: the range of what decides nothing, between its ends, over the lines of the axis. */
const lane = (margin: number, x: Scale, y: number): readonly Markup[] => [
  element('rect', {
    ...{ class: 'margin', x: x(-margin), y, width: x(margin) - x(-margin), height: laneHeight, fill: 'var(--wash)' },
  }),
  ...x.ticks(5).map((tick) => upright(x(tick), y, { class: 'grid' })),
  ...[-margin, margin].map((at) => upright(x(at), y, { stroke: 'var(--quiet)', 'stroke-dasharray': '4 3' })),
]

const upright = (x: number, y: number, attributes: Attributes): Markup =>
  element('line', { ...attributes, x1: x, x2: x, y1: y, y2: y + laneHeight })

/** A hypothesis and its lead over the usual recipe in each draw. */
export interface Leads {
  readonly name: string
  readonly values: readonly { readonly draw: string; readonly lead: number }[]
}

/** The leads of every hypothesis, draw by draw. */
export const leadsOf = (drawn: readonly DrawnReading[]): readonly Leads[] => {
  const names = new Set(drawn.flatMap(({ reading }) => reading.hypotheses.map(({ name }) => name)))
  return [...names].map((name) => ({
    name,
    values: drawn.flatMap(({ draw, reading }) =>
      reading.hypotheses.filter((own) => own.name === name).map(({ advantage }) => ({ draw, lead: advantage })),
    ),
  }))
}

const marks = ({ name, values }: Leads, x: Scale, y: number): readonly Markup[] => {
  const leads = values.map(({ lead }) => lead)
  const mean = leads.reduce((sum, lead) => sum + lead, 0) / leads.length
  const at = y + laneTop + laneHeight / 2
  return [
    element('text', { x: 0, y: y + 22 }, `${name}${leadWords(leads, mean)}`),
    ...(leads.length > 1 ? values.map(({ draw, lead }) => dot(x(lead), at, `${draw}: ${nats(lead)} nats`)) : []),
    element('rect', { x: x(mean) - 2.5, y: at - 9, width: 5, height: 18, fill: colour }),
  ]
}

const leadWords = (leads: readonly number[], mean: number): string => {
  if (leads.every((lead) => lead === 0)) return ', the usual recipe'
  const range = `, ${nats(Math.min(...leads))} to ${nats(Math.max(...leads))}`
  return `: ${nats(mean)} nats${leads.length > 1 ? range : ''}`
}

const dot = (cx: number, cy: number, title: string): Markup =>
  element(
    'circle',
    { cx, cy, r: 3.5, fill: 'var(--paper)', stroke: colour, 'stroke-width': 1.5 },
    element('title', {}, title),
  )
