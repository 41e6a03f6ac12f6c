import { inScenes, sceneGrid } from '@ptu/analysis'
import { foldIn, key } from '@ptu/core'
import type { Measure } from '@ptu/experiments'
import { evaluate } from '@ptu/trainer'

import { picturesProblem } from './pictures.ts'
import { someExamples } from './some-examples.ts'

/** The most examples that are put into scenes. */
const most = 100

/** The scene that others are compared with: the object upright, in the middle, half as large as the picture. */
const middle = { area: 0.5, location: [0.5, 0.5], rotation: 0 } as const

/** Sizes, locations and rotations, one factor at a time. */
const grid = sceneGrid({
  area: middle.area,
  areas: [0.1, 0.25, 1],
  locations: [0.3, 0.7],
  rotations: [-60, -30, 30, 60],
})

const factors = ['size', 'location', 'rotation'] as const

/**
 * Accuracy on the objects of the pictures in scenes: on backgrounds that they were not seen on, of other sizes, at other
 * places, turned; beside the same objects in the middle.
 *
 * References:
 *   Djolonga et al., "On robustness and transferability of convolutional neural networks", CVPR 2021, §4 (SI-Score), https://arxiv.org/abs/2007.08558
 */
export const scenesMeasure: Measure = {
  name: 'scenes',
  columns: [
    ...factors.map((factor) => ({
      ...{ name: factor, title: `scenes: ${factor} %`, unit: 'part' as const, beside: 'middle' },
    })),
    { name: 'middle', title: 'scenes: in the middle %', unit: 'part' },
  ],
  problem: (test) => picturesProblem('scenes', test),
  changed: (test) => {
    const some = someExamples(test, most)
    return [middle, ...grid.map(({ placement }) => placement)].map((placement, place) =>
      inScenes(foldIn(key(0x5ce7e), place), some, placement),
    )
  },
  measure: async ({ network, params, changed, normalisation }) => {
    const accuracies: number[] = []
    for (const set of changed) accuracies.push((await evaluate(network, params, set, normalisation)).accuracy)
    const [inTheMiddle = NaN, ...others] = accuracies
    const means = factors.map((factor) => {
      const own = others.filter((_, i) => grid[i]?.factor === factor)
      return own.reduce((sum, accuracy) => sum + accuracy, 0) / own.length
    })
    return [...means, inTheMiddle]
  },
}
