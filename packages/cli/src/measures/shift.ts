import { imageShifts, shifted } from '@ptu/analysis'
import { foldIn, key } from '@ptu/core'
import type { Measure } from '@ptu/experiments'
import { evaluate } from '@ptu/trainer'

import { picturesProblem } from './pictures.ts'
import { someExamples } from './some-examples.ts'

/** The severity of each shift, and the most examples that are changed: more of either cost time, once for a comparison. */
const [severity, most] = [3, 200] as const

/**
 * Accuracy outside of the distribution of the training: the mean over eleven changes of the pictures (noise, blur,
 * rotation, …) at severity 3, beside the accuracy of the same pictures as they are.
 */
export const shiftMeasure: Measure = {
  name: 'ood',
  columns: [
    { name: 'accuracy', title: 'shifted %', unit: 'part', beside: 'same' },
    { name: 'same', title: 'same unshifted %', unit: 'part' },
  ],
  problem: (test) => picturesProblem('ood', test),
  changed: (test) => {
    const some = someExamples(test, most)
    return [some, ...imageShifts.map((shift, place) => shifted(foldIn(key(0x3e0d), place), some, shift, severity))]
  },
  measure: async ({ network, params, changed, normalisation }) => {
    const accuracies: number[] = []
    for (const set of changed) accuracies.push((await evaluate(network, params, set, normalisation)).accuracy)
    const [same = NaN, ...others] = accuracies
    return [others.reduce((sum, accuracy) => sum + accuracy, 0) / others.length, same]
  },
}
