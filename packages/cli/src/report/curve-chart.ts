import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'

import { labelOf, type MethodSummary, type RunResult } from '@ptu/experiments'
import { element, picture, type Markup } from './markup.ts'
import { colourOf } from './style.ts'

const size = { width: 720, height: 320, left: 76, right: 184, top: 12, bottom: 38 } as const

interface Curve {
  readonly method: MethodSummary
  readonly values: readonly number[]
}

/** Losses below this are drawn at it. */
export const lowestLoss = 1e-4

/** The mean over the draws of labels, point by point. */
const meanCurve = (method: MethodSummary, runs: readonly RunResult[]): Curve => {
  const curves = runs.filter((run) => run.method === method.name).map(({ curve }) => curve)
  const length = curves.length === 0 ? 0 : Math.min(...curves.map((curve) => curve.length))
  const values = Array.from(
    { length },
    (_, i) => curves.reduce((sum, curve) => sum + (curve[i] ?? 0), 0) / curves.length,
  )
  return { method, values: values.map((value) => Math.max(value, lowestLoss)) }
}

/** Training loss over the steps, a line per method; the vertical axis is logarithmic. */
export const curveChart = (methods: readonly MethodSummary[], runs: readonly RunResult[], steps: number): Markup => {
  const curves = methods.map((method) => meanCurve(method, runs)).filter(({ values }) => values.length > 0)
  const all = curves.flatMap(({ values }) => values)
  const { width, height, left, right, top, bottom } = size
  const x = scaleLinear([0, steps], [left, width - right])
  const y = scaleLog([Math.min(...all), Math.max(...all)], [height - bottom, top]).nice()
  const grid = [
    ...y
      .ticks()
      .filter(isRound(Math.max(...all) / Math.min(...all)))
      .map((tick) => rule(left, width - right, y(tick), loss(tick))),
    ...x
      .ticks(6)
      .map((tick) =>
        element('text', { class: 'tick', x: x(tick), y: height - 12, 'text-anchor': 'middle' }, String(tick)),
      ),
    element('text', { class: 'tick', x: width - right + 24, y: height - 12 }, 'steps'),
  ]
  return picture(
    'Training loss by step',
    width,
    height,
    ...grid,
    ...curves.map((c) => path(c, x, y, steps)),
    ...ends(curves, y),
  )
}

/** The ticks with enough room between them: 1, 2 and 5 of each power of ten; with many powers, only 1. */
const isRound =
  (range: number) =>
  (value: number): boolean =>
    (range < 200 ? ['1', '2', '5'] : ['1']).includes(value.toExponential(0).charAt(0))

const loss = (value: number): string => String(Number(value.toPrecision(1)))

const rule = (x1: number, x2: number, y: number, label: string): Markup =>
  element(
    'g',
    {},
    element('line', { class: 'grid', x1, x2, y1: y, y2: y }),
    element('text', { class: 'tick', x: x1 - 6, y: y + 4, 'text-anchor': 'end' }, label),
  )

type Scale = (value: number) => number

const path = ({ method, values }: Curve, x: Scale, y: Scale, steps: number): Markup => {
  const d = line<number>(
    (_, i) => x(((i + 0.5) / values.length) * steps),
    (value) => y(value),
  )([...values])
  return element('path', { d: d ?? '', fill: 'none', stroke: colourOf(method.name), 'stroke-width': 2 })
}

/** The distance between two names, in units of the picture. */
const lineHeight = 22

/** The names at the ends of the lines: from the lowest up, each is moved above the one before if they would overlap. */
const ends = (curves: readonly Curve[], y: Scale): readonly Markup[] => {
  const lowestFirst = curves
    .map(({ method, values }) => ({ method, at: y(values.at(-1) ?? 1) }))
    .sort((a, b) => b.at - a.at)
  let free = size.height - size.bottom
  return lowestFirst.map(({ method, at }) => {
    const place = Math.min(at, free)
    free = place - lineHeight
    const attributes = { x: size.width - size.right + 8, y: place + 4, style: `fill: ${colourOf(method.name)}` }
    return element('text', attributes, labelOf({ method: method.name, role: method.role }))
  })
}
