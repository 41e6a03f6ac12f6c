import type { Dataset } from '@ptu/data'
import { dense, globalAveragePool, serial, timeDistributed, zeros, type Layer } from '@ptu/layers'
import type { Shape } from '@ptu/tensor'

/** A kind of task: the head that fits its labels, its length of training, and its words. */
export interface TaskKind {
  readonly name: string
  /** The name of the ready-made body that fits data of a shape, unless one is named. */
  body(shape: Shape): string
  /** A new head for features of a shape. */
  head(classes: number, features: Shape, options?: HeadOptions): Layer
  /** The training steps that a number of labels asks for. */
  steps(shots: number): number
  /** The labels to learn from, in words: `10 labels per class`. */
  shots(shots: number): string
  /** The labels to test on, in words: `4861 test examples`. */
  tested(examples: number, labels: number): string
}

/** The options of a head. */
export interface HeadOptions {
  /** True if the head starts at zero: until it has learnt something, every class is equally likely. */
  readonly zero?: boolean
}

const denseHead = (classes: number, { zero = false }: HeadOptions = {}): Layer =>
  dense(classes, zero ? { initializer: zeros } : {})

/** The shortest side that images need for convolutions and poolings. */
const smallest = 8

/** One class for each example. */
const classify: TaskKind = {
  name: 'classify',
  body: (shape) => (shape.length === 3 && Math.min(shape[0] ?? 0, shape[1] ?? 0) >= smallest ? 'lenet' : 'mlp'),
  head: (classes, features, options) =>
    features.length === 3 ? serial(globalAveragePool, denseHead(classes, options)) : denseHead(classes, options),
  steps: (shots) => {
    if (shots <= 10) return 300
    if (shots <= 50) return 450
    return shots <= 100 ? 700 : 1500
  },
  shots: (shots) => `${shots} ${shots === 1 ? 'label' : 'labels'} per class`,
  tested: (examples) => `${examples} test ${examples === 1 ? 'example' : 'examples'}`,
}

/** The task of finding a class for each step of a sequence; a labelled text holds some twenty labels. */
const tag: TaskKind = {
  name: 'tag',
  body: () => 'tagger',
  head: (classes, _features, options) => timeDistributed(denseHead(classes, options), { masked: true }),
  steps: (shots) => (shots <= 50 ? 150 : 300),
  shots: (shots) => `${shots} labelled ${shots === 1 ? 'text' : 'texts'}`,
  tested: (examples, labels) => `${labels} tokens of ${examples} test texts`,
}

/** The kinds of task by their names. */
export const taskKinds: Readonly<Record<string, TaskKind>> = { classify, tag }

/** The kind of task that a data set poses. */
export const taskKindOf = ({ tagged }: Pick<Dataset, 'tagged'>): TaskKind => (tagged === true ? tag : classify)
