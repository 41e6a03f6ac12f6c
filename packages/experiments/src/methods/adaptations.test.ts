import { foldIn, key, normals, Tree } from '@ptu/core'
import { moments, toTensors, type Dataset } from '@ptu/data'
import { conv2d, infer, relu, serial } from '@ptu/layers'
import { disposeSource, freeze, initBody, mlp, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { decisiveMargin, gateValues, transfer, type TransferModel } from '@ptu/strategies'
import { disposeParams, mapParams, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { crossEntropy, fitProbe, probeLogits } from '@ptu/trainer'
import { fill } from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { colours } from '../../tests/small-network.ts'
import { RunError } from '../errors.ts'
import { keysOf, type TrainingTask } from '../tasks/few-shot-task.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import { builtInMethods } from './built-in.ts'
import { featuresFor } from './head-view.ts'
import { examplesForEvidence, labelEvidence } from './label-evidence.ts'
import type { LabelledTask, Method } from './method.ts'

const method = (name: string): Method => builtInMethods.find((known) => known.name === name) as Method

const images = [
  { name: 'one', layer: serial(conv2d(5, 3), relu) },
  { name: 'two', layer: serial(conv2d(4, 3), relu) },
]

let source: SourceNetwork<OpenBlock>
let maps: SourceNetwork<OpenBlock>
/** A source whose units never fire: nothing of it can be trained. */
let dead: SourceNetwork<OpenBlock>
beforeAll(() => {
  source = freeze(mlp([7, 5]), initBody(mlp([7, 5]), key(0), [4]))
  dead = freeze(
    mlp([7, 5]),
    mapParams(initBody(mlp([7, 5]), key(0), [4]), (leaf) => fill(leaf.shape, leaf.rank === 1 ? -100 : 0)),
  )
  maps = freeze(images, initBody(images, key(1), [8, 8, 3]))
})
afterAll(() => {
  disposeSource(source)
  disposeSource(maps)
  disposeSource(dead)
})

const taskOf = (labelled: Dataset, from = source, seed = 0): TrainingTask => ({
  ...{
    seed,
    labelled,
    source: from,
    kind: taskKindOf(labelled),
    normalisation: moments(labelled),
    keys: keysOf(seed),
    rescaled: true,
  },
})

const looked = (task: TrainingTask): LabelledTask => ({ ...task, key: task.keys.adaptation })

/** The model that a method trains on a task. */
const modelOf = async (of: Method, task: TrainingTask): Promise<TransferModel> => {
  const features = task.source.blocks.reduce((shape, block) => block.output(shape), task.labelled.shape)
  const plan = {
    blocks: of.plan(task.source, { depth: null, rate: 1 }),
    head: task.kind.head(task.labelled.classes.length, features),
  }
  return transfer(task.source, (await of.adapt?.(plan, looked(task))) ?? plan)
}

/** The logits of a model at its start, and the gradient of the loss by its parameters in training. */
const startOf = async (
  model: TransferModel,
  { labelled, normalisation }: TrainingTask,
): Promise<{ readonly logits: Float32Array; readonly params: number[][]; readonly grads: number[][] }> => {
  const params = model.init(key(5), labelled.shape)
  const { x, y } = toTensors(labelled, normalisation)
  const logits = model.apply(params, x, infer)
  const { value, grads } = valueAndGrad((p: typeof params) =>
    scope(() => crossEntropy(model.apply(p, x, { kind: 'train', key: key(6), progress: 0 }), y)),
  )(params)
  const numbers = (tree: ParamTree): number[][] => Tree.leaves(tree).map((leaf) => Array.from(leaf.dataSync()))
  const found = { logits: (await logits.data()) as Float32Array, params: numbers(params), grads: numbers(grads) }
  disposeParams([params, x, y, logits, value, grads])
  return found
}

/** Numbers around 1,000 that a linear map of the features of the source tells. */
const numbersTask = (): TrainingTask => {
  const labelled = blobs(key(1), 30)
  const { x, y } = toTensors(labelled, moments(labelled))
  const outputs = source.activations(x)
  const [features, width] = [outputs.at(-1)?.dataSync() ?? [], outputs.at(-1)?.shape[1] ?? 1]
  const values = Float64Array.from(labelled.labels, (_, i) =>
    Array.from({ length: width }, (_unused, j) => 100 * (j - 1) * (features[i * width + j] ?? NaN)).reduce(
      (a, b) => a + b,
      1000,
    ),
  )
  disposeParams([x, y, [...outputs]])
  const numbers = {
    ...labelled,
    classes: ['y'],
    labels: new Int32Array(values.length),
    targets: { kind: 'regress' as const, values },
  }
  return taskOf(taskKindOf(numbers).prepared(numbers))
}

describe('lp-ft', () => {
  it.each([
    ['vectors', () => taskOf(blobs(key(1), 8))],
    ['maps, averaged over their positions', () => taskOf(colours(3, 6), maps)],
  ])('starts from the linear probe of what the source gives: %s', async (_what, task) => {
    const own = task()
    const { features, shape, labels, classes } = await featuresFor(looked(own))
    const rows = Float32Array.from(features)
    const options = { size: shape[0] ?? 0, labels, classes: classes.length, key: own.keys.adaptation }
    const wanted = probeLogits(fitProbe({ features: rows, ...options }), rows)
    const { logits } = await startOf(await modelOf(method('lp-ft'), own), own)
    expect(logits).toHaveLength(wanted.length)
    logits.forEach((logit, i) => {
      expect(logit).toBeCloseTo(wanted[i] ?? NaN, 3)
    })
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.5)
  })

  it('starts from a ridge regression of numbers, at the scale of their labels', async () => {
    const task = numbersTask()
    const { logits } = await startOf(await modelOf(method('lp-ft'), task), task)
    const { values = new Float64Array(0), scale = { mean: NaN, deviation: NaN } } = task.labelled.targets ?? {}
    // The numbers are a linear map of the features: little of them is left unexplained.
    const errors = Array.from(values, (y, i) => y - (scale.mean + scale.deviation * (logits[i] ?? NaN)))
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.05 * scale.deviation)
  })

  it('starts from a logistic regression for each label', async () => {
    const classesTask = taskOf(blobs(key(1), 30))
    const { labels } = classesTask.labelled
    const values = Float64Array.from(labels, Number).reduce<number[]>((all, label) => [...all, label, 1 - label], [])
    const labelled = {
      ...classesTask.labelled,
      targets: { kind: 'multi-label' as const, values: Float64Array.from(values) },
    }
    const task = taskOf(labelled)
    const { logits } = await startOf(await modelOf(method('probe'), task), task)
    const right = values.filter((on, at) => (on === 1) === (logits[at] ?? NaN) > 0)
    expect(right.length / values.length).toBeGreaterThan(0.9)
  })

  it('trains every block', async () => {
    const task = taskOf(blobs(key(1), 8))
    const { grads } = await startOf(await modelOf(method('lp-ft'), task), task)
    expect(grads.map((grad) => grad.some((g) => g !== 0))).toEqual([true, true, true, true, true, true])
  })

  it('refuses a single class', async () => {
    const alone = { ...blobs(key(1), 8), labels: new Int32Array(16), classes: ['only'] }
    await expect(modelOf(method('lp-ft'), taskOf(alone))).rejects.toThrow(RunError)
  })
})

describe('l2-sp', () => {
  it('adds to the gradient of fine-tuning a hundredth of the way from the source, of the head from 0', async () => {
    const task = taskOf(blobs(key(1), 8))
    const [held, free] = [
      await startOf(await modelOf(method('l2-sp'), task), task),
      await startOf(await modelOf(method('fine-tune-all'), task), task),
    ]
    expect(held.logits).toEqual(free.logits)
    const anchors = [...source.blocks.flatMap(({ params }) => Tree.leaves(params)).map((leaf) => leaf.dataSync())]
    held.grads.forEach((grad, leaf) => {
      grad.forEach((g, i) => {
        const theta = held.params[leaf]?.[i] ?? NaN
        const added = 0.01 * (theta - (anchors[leaf]?.[i] ?? 0))
        expect(g).toBeCloseTo((free.grads[leaf]?.[i] ?? NaN) + added, 6)
      })
    })
    // At the start the blocks are the source: what is held away from 0 is the head.
    expect(held.grads.at(-2)).not.toEqual(free.grads.at(-2))
  })
})

describe('lora', () => {
  it('starts at the source and learns two factors of rank 4 for each matrix', async () => {
    const task = taskOf(blobs(key(1), 8))
    const [low, shared] = [
      await startOf(await modelOf(method('lora'), task), task),
      await startOf(await modelOf(method('share-all'), task), task),
    ]
    expect(low.logits).toEqual(shared.logits)
    const kernels = [...[4 * 4, 4 * 7], ...[7 * 4, 4 * 5]]
    expect(low.params.map(({ length }) => length)).toEqual([...kernels, 5 * 2, 2])
  })
})

describe('ptu-evidence', () => {
  it('trains the usual recipe where the evidence does not beat it by 5 nats', async () => {
    const own = taskOf(blobs(key(3), 6, { spread: 2 }), dead)
    const { judge, decisive, advantage } = await labelEvidence(looked(own))
    expect([judge, decisive, decisiveMargin]).toEqual(['leave-one-out-sum', false, 5])
    expect(advantage).toBeGreaterThan(0)
    expect(advantage).toBeLessThan(5)
    const model = await modelOf(method('ptu-evidence'), own)
    expect(model.blocks.map(({ strategy }) => strategy)).toEqual(['ptu', 'ptu'])
    const params = model.init(key(0), own.labelled.shape)
    expect((await gateValues(model, params)).map(({ update, fineTune }) => [update, fineTune])).toEqual([
      [[0.75], undefined],
      [[0.75], undefined],
    ])
    disposeParams(params)
  })

  it('follows the evidence where it is decisive: blocks that know nothing are replaced', async () => {
    const own = taskOf(blobs(key(3), 12, { spread: 0.3 }), dead)
    const { decisive, advantage, hypotheses } = await labelEvidence(looked(own))
    expect(hypotheses).toHaveLength(3)
    expect(decisive).toBe(true)
    const [, random, adapted] = hypotheses.map(({ losses }) => losses.reduce((a, b) => a + b))
    expect(advantage).toBeCloseTo((adapted ?? NaN) - (random ?? NaN) - 2, 9)
    const { blocks } = await modelOf(method('ptu-evidence'), own)
    expect(blocks.map(({ strategy }) => strategy)).toEqual(['scratch', 'scratch'])
  })

  it('draws by a key of its own and gives the same evidence twice', async () => {
    const weights = async (seed: number): Promise<unknown> =>
      (await labelEvidence(looked(taskOf(blobs(key(3), 12), source, seed)))).hypotheses.map(({ weight }) => weight)
    expect(await weights(1)).toEqual(await weights(1))
    expect(await weights(1)).not.toEqual(await weights(2))
  })

  it.each([[['only']], [Array.from({ length: 1001 }, (_, i) => `class ${i}`)]])(
    'refuses too few and too many classes',
    async (classes) => {
      const odd = { ...blobs(key(1), 8), labels: new Int32Array(16), classes }
      await expect(labelEvidence(looked(taskOf(odd)))).rejects.toThrow('2 to 1000 classes')
    },
  )

  it('looks at no more than 150 examples, of every class alike, drawn at random; of many classes at two each', () => {
    const many = blobs(key(1), 200, { classes: ['a', 'b', 'c'] })
    const counts = ({ labels, classes }: Dataset): readonly number[] =>
      classes.map((_, label) => labels.filter((one) => one === label).length)
    expect(counts(examplesForEvidence(key(0), many))).toEqual([50, 50, 50])
    const drawn = [0, 1].map((seed) => examplesForEvidence(key(seed), many).features)
    expect(drawn[0]).not.toEqual(drawn[1])
    const rare = { ...many, labels: many.labels.map((label, i) => (i < 590 ? label % 2 : 2)) }
    expect(counts(examplesForEvidence(key(0), rare))).toEqual([50, 50, 10])
    const few = blobs(key(1), 50, { classes: ['a', 'b', 'c'] })
    expect(examplesForEvidence(key(0), few)).toBe(few)
    const classes = Array.from({ length: 100 }, (_, i) => String(i))
    const wide = {
      ...{ shape: [1], features: Float32Array.from(normals(foldIn(key(0), 1), 500)), classes },
      labels: Int32Array.from({ length: 500 }, (_, i) => i % 100),
    }
    expect(new Set(counts(examplesForEvidence(key(0), wide)))).toEqual(new Set([2]))
  })
})
