/** The numbers of the study's page as text. */
import { meanInterval } from '@ptu/experiments'

import { mean } from './statistics.mjs'

export { table } from '../gates/words.mjs'

const signed = (text, isSigned) => (isSigned && !text.startsWith('-') && Number(text) !== 0 ? `+${text}` : text).replace('-', '−') // prettier-ignore

/** The mean of values with its 95 % interval, where there are three or more; `scale` 100 gives percent or points. */
export const withInterval = (values, { scale = 100, digits = 1, isSigned = false, resolution = 0, least = -Infinity, most = Infinity } = {}) => {
  if (values.length === 0) return ''
  const shown = (value) => signed((scale * value).toFixed(digits), isSigned)
  const interval = meanInterval(values, { resolution })
  if (interval === null) return shown(mean(values))
  return `${shown(mean(values))} [${shown(Math.max(least, interval.low))}, ${shown(Math.min(most, interval.high))}]`
} // prettier-ignore

/** A part of one in percent. */
export const part = (values, resolution = 0) => withInterval(values, { resolution, least: 0, most: 1 })

/** A difference of parts in percentage points. */
export const points = (values, resolution = 0) => withInterval(values, { isSigned: true, resolution })

/** A number as it is. */
export const number = (values, digits = 2) => withInterval(values, { scale: 1, digits })

/** A correlation. */
export const correlation = (values) => withInterval(values, { scale: 1, digits: 2, isSigned: true, least: -1, most: 1 })

/** A likeness from 0 to 1. */
export const likeness = (values) => withInterval(values, { scale: 1, digits: 2, least: 0, most: 1 })

/** Tells whether changes over draws stay above a bound: it is shown where their whole interval does, and only there. */
export const shownWords = (values, { above, claim, against, resolution = 0 }) => {
  const interval = meanInterval(values, { resolution })
  const found = `${points(values, resolution)} points over ${values.length} draws`
  if (interval === null) return `${found}: no interval (too few, or all equal), ${claim} is not shown`
  if (interval.low > above) return `${found}: ${claim} is shown`
  return interval.high < above ? `${found}: ${against} is shown` : `${found}: ${claim} is not shown`
}
