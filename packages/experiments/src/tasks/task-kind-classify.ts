import { classCounts } from '@ptu/data'
import { dense, globalAveragePool, serial, zeros, type Layer } from '@ptu/layers'

import { percent } from '../results/words.ts'
import { softmaxRows } from '../run/softmax-rows.ts'
import { argmax, judge, predictedIn, rowOf } from '../train/judgement.ts'
import type { HeadOptions, TaskKind } from './task-kind.ts'

/** A dense head. */
export const denseHead = (classes: number, { zero = false }: HeadOptions = {}): Layer =>
  dense(classes, zero ? { initializer: zeros } : {})

/** The shortest side that images need for convolutions and poolings. */
const smallest = 8

/** The middle one of some numbers. */
const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0

/** One class for each example. */
export const classify: TaskKind = {
  name: 'classify',
  body: ({ shape: [height = 0, width = 0, ...channels], padding }) => {
    // The numbers of tokens are names: sums of them mean nothing.
    if (padding !== undefined) return 'text-lstm'
    return channels.length === 1 && Math.min(height, width) >= smallest ? 'lenet' : 'mlp'
  },
  head: (classes, features, options) =>
    features.length === 3 ? serial(globalAveragePool, denseHead(classes, options)) : denseHead(classes, options),
  steps: (shots) => {
    if (shots <= 10) return 300
    if (shots <= 50) return 450
    return shots <= 100 ? 700 : 1500
  },
  shots: (shots) => `${shots} ${shots === 1 ? 'label' : 'labels'} per class`,
  tested: (examples) => `${examples} test ${examples === 1 ? 'example' : 'examples'}`,
  counts: ({ labels, classes }) => classCounts(labels, classes.length),
  labelsEach: medianOf,
  prepared: (labelled) => labelled,
  outputs: (logits, { width }) => softmaxRows(logits, width),
  comparing: {
    ...{ name: 'accuracy', mean: 'mean %', sign: ' %', best: 'the most accurate', better: 'more accurate' },
    ...{ unit: 'points', units: 'percentage points', shown: percent },
  },
  fewest: 2,
  least: 0,
  step: (labels) => 1 / labels,
  score: (judged) => judge(judged).accuracy,
  values: (judged) => {
    const hits = new Float64Array(judged.labels.length).fill(NaN)
    for (const place of predictedIn(judged)) hits[place] = Number(argmax(rowOf(judged, place)) === judged.labels[place])
    return hits
  },
}
