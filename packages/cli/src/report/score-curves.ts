import { element, picture, type Markup } from './markup.ts'
import { colourOf } from './style.ts'
import { shown } from './train-report-text.ts'

/** A score at a number of labels or examples, with its interval. */
export interface ScorePoint {
  readonly at: number
  readonly score: number
  readonly interval: { readonly low: number; readonly high: number }
}

/** A line of a picture of scores. */
export interface ScoreLine {
  readonly method: string
  readonly points: readonly ScorePoint[]
}

/** The words of a picture of scores, and its axis. */
export interface ScoreAxis {
  /** Read aloud for the picture. */
  readonly title: string
  readonly across: string
  readonly up: string
  /** The scores that are marked, from the lowest to the highest of the axis. */
  readonly ticks: readonly number[]
  readonly tick: (score: number) => string
}

const [width, height] = [340, 300]
const frame = { left: 44, right: 324, top: 12, bottom: 256 }

interface Places {
  readonly across: (at: number) => number
  readonly up: (score: number) => number
}

/** Scores against the number of labels or examples, from 0 on: a line for each method, a bar for each interval. */
export const scoreCurves = (lines: readonly ScoreLine[], axis: ScoreAxis): Markup => {
  const most = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ at }) => at)))
  const [low = 0, high = 1] = [axis.ticks[0], axis.ticks.at(-1)]
  const places: Places = {
    across: (at) => frame.left + (at / most) * (frame.right - frame.left - 8),
    up: (score) => frame.bottom - ((Math.max(low, score) - low) / (high - low)) * (frame.bottom - frame.top),
  }
  return picture(
    axis.title,
    width,
    height,
    ...axes(lines, axis, places),
    ...lines.flatMap((line) => lineOf(line, places)),
  )
}

const lineOf = ({ method, points }: ScoreLine, { across, up }: Places): readonly Markup[] => {
  const style = `stroke: ${colourOf(method)}`
  const places = points.map(({ at, score }) => `${across(at).toFixed(1)},${up(score).toFixed(1)}`)
  const [x, y] = (places.at(-1) ?? '0,0').split(',')
  return [
    element('polyline', { points: places.join(' '), fill: 'none', style, 'stroke-width': 2 }),
    ...points.map(({ at, interval }) =>
      element('line', { x1: across(at), x2: across(at), y1: up(interval.low), y2: up(interval.high), style }),
    ),
    element(
      'text',
      { x: Number(x) - 6, y: Number(y) + 18, 'text-anchor': 'end', style: `fill: ${colourOf(method)}` },
      shown(method),
    ),
  ]
}

const axes = (lines: readonly ScoreLine[], axis: ScoreAxis, { across, up }: Places): readonly Markup[] => [
  ...axis.ticks.flatMap((tick) => [
    element('line', { class: 'grid', x1: frame.left, x2: frame.right, y1: up(tick), y2: up(tick) }),
    element('text', { class: 'tick', x: frame.left - 6, y: up(tick) + 4, 'text-anchor': 'end' }, axis.tick(tick)),
  ]),
  ...[...new Set(lines.flatMap(({ points }) => points.map(({ at }) => at)))].map((at) =>
    element('text', { class: 'tick', x: across(at), y: frame.bottom + 16, 'text-anchor': 'middle' }, at.toFixed(0)),
  ),
  element('text', { x: (frame.left + frame.right) / 2, y: height - 6, 'text-anchor': 'middle' }, axis.across),
  element('text', { x: 12, y: middle, 'text-anchor': 'middle', transform: `rotate(-90 12 ${middle})` }, axis.up),
]

const middle = (frame.top + frame.bottom) / 2
