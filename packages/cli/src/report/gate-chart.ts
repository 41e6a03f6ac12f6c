import { scaleLinear } from 'd3-scale'

import type { RunResult, GateReading } from '@ptu/experiments'
import { element, fragment, picture, type Markup } from './markup.ts'
import { colourOf } from './style.ts'

const [width, height] = [200, 84] as const

/** Tells whether a run has gates that differ from channel to channel: fixed ones do not, and make no picture. */
export const hasLearntGates = ({ gates }: RunResult): boolean => gates.some(({ update }) => update.length > 1)

/** A picture per block of each run that learnt gates: a bar per channel, whose height is the openness of its gate. */
export const gateCharts = (runs: readonly RunResult[]): Markup =>
  fragment(
    runs
      .filter(hasLearntGates)
      .map((run) =>
        element(
          'section',
          {},
          element('h3', {}, `${run.method}, seed ${run.seed}`),
          element('div', { class: 'gates' }, ...run.gates.flatMap((gate) => gatePictures(gate, colourOf(run.method)))),
        ),
      ),
  )

const gatePictures = ({ block, unit, update, fineTune }: GateReading, colour: string): readonly Markup[] => {
  const name = unit === 0 ? block : `${block}, unit ${unit + 1}`
  return [
    gatePicture(`${name}: update`, update, colour),
    ...(fineTune === null ? [] : [gatePicture(`${name}: fine-tune`, fineTune, colour)]),
  ]
}

const gatePicture = (name: string, values: readonly number[], colour: string): Markup => {
  const y = scaleLinear([0, 1], [height - 4, 4])
  const step = width / values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const caption = `${name}, mean ${mean.toFixed(2)}`
  return element(
    'figure',
    {},
    picture(
      caption,
      width,
      height,
      element('rect', { x: 0, y: y(1), width, height: y(0) - y(1), fill: 'var(--wash)' }),
      ...values.map((value, i) =>
        element('rect', {
          x: i * step,
          y: y(value),
          width: Math.max(0.5, step - (step > 3 ? 1 : 0)),
          height: y(0) - y(value),
          fill: colour,
        }),
      ),
      element('line', { class: 'grid', x1: 0, x2: width, y1: y(0.5), y2: y(0.5), 'stroke-dasharray': '3 3' }),
    ),
    element('figcaption', {}, caption),
  )
}
