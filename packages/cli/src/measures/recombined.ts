import { key } from '@ptu/core'
import { amplitudesSwapped } from '@ptu/data'
import type { Measure } from '@ptu/experiments'
import { evaluate } from '@ptu/trainer'

import { picturesProblem } from './pictures.ts'
import { someExamples } from './some-examples.ts'

/** The most pictures that are recombined: one of 224×224 takes 80 ms. */
const most = 100

/**
 * Accuracy on pictures that keep their phases, so their shapes, and take the amplitudes, so the textures and colours, of
 * others; beside the same pictures as they are.
 */
export const recombinedMeasure: Measure = {
  name: 'recombined',
  columns: [
    { name: 'accuracy', title: 'amplitudes swapped %', unit: 'part', beside: 'same' },
    { name: 'same', title: 'same unswapped %', unit: 'part' },
  ],
  problem: (test) =>
    picturesProblem('recombined', test) ??
    (test.labels.length < 2 ? 'expected at least 2 test pictures to recombine; leave recombined out' : undefined),
  changed: (test) => {
    const some = someExamples(test, most)
    return [amplitudesSwapped(key(0xa9b), some), some]
  },
  measure: async ({ network, params, changed, normalisation }) => {
    const accuracies: number[] = []
    for (const set of changed) accuracies.push((await evaluate(network, params, set, normalisation)).accuracy)
    return accuracies
  },
}
