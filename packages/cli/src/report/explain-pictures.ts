import { encode } from 'fast-png'

import type { HeatMap } from '../explain/explanation.ts'
import { element, type Markup } from './markup.ts'
import type { Thumbnail } from './train-report-pictures.ts'

/** The side of a cell in pixels of the picture of a heat map. */
const cell = 12

/** The colours of cells that a model leans on, and of cells that speak against its answer. */
const colours = { for: [217, 95, 2], against: [31, 120, 180] } as const

/** A heat map as the address of a PNG: orange where covering lowers the probability, blue where it raises it. */
const heatAddress = ({ rows, columns, values }: HeatMap): string => {
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const [height, width] = [rows * cell, columns * cell]
  const data = new Uint8Array(height * width * 4)
  for (let i = 0; i < height * width; i++) {
    const value = values[Math.floor(Math.floor(i / width) / cell) * columns + Math.floor((i % width) / cell)] ?? 0
    const strength = most === 0 ? 0 : Math.round((210 * Math.abs(value)) / most)
    data.set([...(value >= 0 ? colours.for : colours.against), strength], 4 * i)
  }
  const png = encode({ width, height, channels: 4, data })
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`
}

/** The names of the thirds of a side. */
const downs = ['top', 'middle', 'bottom'] as const
const acrosses = ['left', 'centre', 'right'] as const

/** The place of the cell with the largest value, in words. */
export const placeWords = ({ rows, columns, values }: HeatMap): string => {
  const most = values.reduce((best, value, i) => (value > (values[best] ?? 0) ? i : best), 0)
  const down = downs[Math.floor((3 * (Math.floor(most / columns) + 0.5)) / rows)] ?? 'middle'
  const across = acrosses[Math.floor((3 * ((most % columns) + 0.5)) / columns)] ?? 'centre'
  return `${down} ${across}`
}

/** The longest side of a picture on the page. */
const side = 128

/** A picture, and beside it the same in grey under its heat map; `words` are read aloud for both. */
export const heatFigure = ({ address, width, height }: Thumbnail, map: HeatMap, words: string): Markup => {
  const factor = side / Math.max(width, height)
  const size = { width: Math.round(factor * width), height: Math.round(factor * height) }
  return element(
    'div',
    { class: 'pair' },
    element('img', { src: address, alt: words, ...size }),
    element(
      'div',
      { class: 'layers' },
      element('img', { class: 'grey', src: address, alt: '', ...size }),
      element('img', { class: 'heat', src: heatAddress(map), alt: '', ...size }),
    ),
  )
}
