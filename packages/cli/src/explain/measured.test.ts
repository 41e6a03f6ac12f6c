import { meanInterval, wilson } from '@ptu/experiments'
import { expect, it } from 'vitest'

import { measuredMean, measuredPart } from './measured.ts'

it('a mean has the interval of comparisons, within the range of its values', () => {
  const values = [0.4, 0.5, 0.42, 0.48, 0.5]
  expect(measuredMean(values).value).toBeCloseTo(0.46, 12)
  expect(measuredMean(values).interval).toEqual(meanInterval(values, { resolution: 0 }))
  expect(measuredMean(values, { resolution: 0.1 }).interval).toEqual(meanInterval(values, { resolution: 0.1 }))
  expect(measuredMean([1, -1, 1, -1, 1]).interval).toEqual({ low: -1, high: 1 })
  expect(measuredMean([1, 0, 1, 0, 1], { least: 0 }).interval).toEqual({ low: 0, high: 1 })
  expect(measuredMean([0.5])).toEqual({ value: 0.5, interval: null })
})

it('a part has the interval of Wilson', () => {
  expect(measuredPart(3, 4)).toEqual({ value: 0.75, interval: wilson(3, 4) })
})
