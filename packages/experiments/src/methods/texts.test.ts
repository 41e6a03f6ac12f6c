import { key, Tree } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { dense, infer, meanOverTime, serial, tanh, transformerBlock } from '@ptu/layers'
import { disposeSource, freeze, initBody, mlp, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { fold, transfer } from '@ptu/strategies'
import { disposeParams, valueAndGrad } from '@ptu/tensor'
import { scalar, tensor, type Rank } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/texts.json' with { type: 'json' }
import { blobs } from '../../tests/blobs.ts'
import { RunError } from '../errors.ts'
import { builtInMethods } from './built-in.ts'
import { contrasted, cosineLoss } from './contrast.ts'
import { contrastivePairs } from './contrastive-pairs.ts'
import { featuresFor } from './head-view.ts'
import { layerWiseRates } from './layer-wise.ts'
import type { LabelledTask, Method } from './method.ts'
import { optimizerOf } from './schedule.ts'

const method = (name: string): Method => builtInMethods.find((known) => known.name === name) as Method
const asIs = { mean: 0, deviation: 1 }

const close = (found: ArrayLike<number>, wanted: readonly number[], digits = 5): void => {
  expect(found).toHaveLength(wanted.length)
  wanted.forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, digits)
  })
}

const taskOf = (source: SourceNetwork<OpenBlock>, labelled: Dataset): LabelledTask => ({
  ...{ source, rescaled: false, labelled, normalisation: asIs, key: key(7) },
})

describe('pairs of examples', () => {
  const three = blobs(key(1), 4, { classes: ['a', 'b', 'c'] })

  it('are of one class and of two, as many of each for every class, never an example with itself', () => {
    const pairs = contrastivePairs(key(2), three, 20)
    const classOf = (place: number): number => three.labels[place] ?? -1
    for (const { first, second, alike } of pairs) {
      expect(classOf(first) === classOf(second)).toBe(alike === 1)
      expect(first).not.toBe(second)
    }
    const counts = [0, 1, 2].map((label) =>
      [0, 1].map((alike) => pairs.filter((pair) => classOf(pair.first) === label && pair.alike === alike).length),
    )
    expect(counts).toEqual([
      [20, 20],
      [20, 20],
      [20, 20],
    ])
    expect(new Set(pairs.map(({ first }) => first)).size).toBe(12)
    expect(contrastivePairs(key(2), three, 20)).toEqual(pairs)
    expect(contrastivePairs(key(3), three, 20)).not.toEqual(pairs)
  })

  it('pair a class of one example with itself', () => {
    const alone = blobs(key(1), 1, { classes: ['a', 'b'] })
    for (const { first, second, alike } of contrastivePairs(key(0), alone, 3))
      expect(first === second).toBe(alike === 1)
  })

  it('have the loss of CosineSimilarityLoss and its gradient, as PyTorch has them', () => {
    const { vectors, alike, loss, gradient } = golden.contrast
    const params = { vectors: tensor<Rank>(vectors.values, vectors.shape) }
    const labels = tensor(alike)
    const { value, grads } = valueAndGrad((p: typeof params) => cosineLoss(p.vectors, labels))(params)
    close(value.dataSync(), [loss])
    close(grads.vectors.dataSync(), gradient.values)
    disposeParams([params, labels, value, grads])
  })

  it('have a finite loss and gradient where a vector is 0', () => {
    const params = { vectors: tensor<Rank>([0, 0, 1, 2], [2, 2]) }
    const { value, grads } = valueAndGrad((p: typeof params) => cosineLoss(p.vectors, scalar(1)))(params)
    expect([...value.dataSync(), ...grads.vectors.dataSync()].every(Number.isFinite)).toBe(true)
    disposeParams([params, value, grads])
  })

  it('train a block as Adam of PyTorch does, 16 pairs a step', async () => {
    const { features, start, end, pairs, rate } = golden.contrast
    const params = { kernel: tensor(start.kernel.values, start.kernel.shape), bias: tensor(start.bias.values) }
    const source = freeze([{ name: 'block', layer: serial(dense(3), tanh) }], [[params, []]])
    const labelled = {
      ...{ shape: [4], features: Float32Array.from(features.values), labels: new Int32Array(6), classes: ['a'] },
    }
    const drawn = pairs.map(
      ([first = 0, second = 0, alike]) => ({ first, second, alike: alike === 1 ? 1 : 0 }) as const,
    )
    const trained = await contrasted({ source, labelled, normalisation: asIs }, drawn, rate)
    const [kernel, bias] = Tree.leaves(trained[0] ?? [])
    const found = [kernel, bias].toSorted((a, b) => (b?.size ?? 0) - (a?.size ?? 0))
    close(found[0]?.dataSync() ?? [], end.kernel.values, 4)
    close(found[1]?.dataSync() ?? [], end.bias.values, 4)
    disposeParams(trained)
    disposeSource(source)
  })
})

describe('setfit', () => {
  const body = mlp([6, 5])

  it('has blocks trained on pairs, of which nothing is learnt after them, and the probe of what they give', async () => {
    const source = freeze(body, initBody(body, key(0), [4]))
    const labelled = blobs(key(1), 6, { spread: 1 })
    const task = taskOf(source, labelled)
    const plan = await method('setfit').adapt?.({ blocks: [], head: dense(2) }, task)
    if (plan === undefined) throw new Error('expected a plan')
    const model = transfer(source, plan)
    expect(model.blocks.map(({ learns }) => learns)).toEqual([false, false])
    const params = model.init(key(3), [4])
    const { body: plainBody, params: plain } = fold(model, params)
    const tuned = freeze(plainBody, plain.slice(0, -1))
    const before = Tree.leaves(source.blocks.map((block) => block.params)).flatMap((leaf) => [...leaf.dataSync()])
    const after = Tree.leaves(plain.slice(0, -1)).flatMap((leaf) => [...leaf.dataSync()])
    expect(after).toHaveLength(before.length)
    expect(after).not.toEqual(before)
    // Pairs of one class point one way more than before.
    const agreement = async (from: SourceNetwork<OpenBlock>): Promise<number> => {
      const { features } = await featuresFor({ ...task, source: from })
      const row = (i: number): number[] => [...features.subarray(5 * i, 5 * i + 5)]
      const cosine = (i: number, j: number): number => {
        const [a, b] = [row(i), row(j)]
        const dot = a.reduce((sum, value, k) => sum + value * (b[k] ?? 0), 0)
        return dot / Math.max(1e-9, Math.hypot(...a) * Math.hypot(...b))
      }
      const pairs = contrastivePairs(key(9), labelled, 40)
      return (
        pairs.reduce((sum, { first, second, alike }) => sum + (cosine(first, second) - alike) ** 2, 0) / pairs.length
      )
    }
    expect(await agreement(tuned)).toBeLessThan(await agreement(source))
    disposeParams([params, plain] as never)
    disposeSource(source)
  })

  it('refuses a single class', async () => {
    const source = freeze(body, initBody(body, key(0), [4]))
    const alone = { ...blobs(key(1), 8), labels: new Int32Array(16), classes: ['only'] }
    await expect(method('setfit').adapt?.({ blocks: [], head: dense(1) }, taskOf(source, alone))).rejects.toThrow(
      RunError,
    )
    disposeSource(source)
  })
})

describe('layer-wise rates', () => {
  it('are 2.6 times slower from block to block, counted from the head, past blocks without parameters', () => {
    const body = [...mlp([6, 5]), { name: 'end', layer: tanh }]
    const source = freeze(body, initBody(body, key(0), [4]))
    close(layerWiseRates(source), [2.6 ** -2, 2.6 ** -1, 1, 1])
    expect(method('probe').rateParts?.(source)).toEqual([0, 0, 0, 0])
    disposeSource(source)
  })

  it('move weights as Adam of PyTorch with a rate for each group does', () => {
    const { rate, steps, grads, parts, weights } = golden.layerWise
    const optimizer = optimizerOf(rate, steps, parts)
    const leaves = (values: readonly number[]) => ({
      blocks: values.slice(0, -1).map((value) => ({ kernel: scalar(value) })),
      head: { kernel: scalar(values.at(-1) ?? NaN) },
    })
    let params = leaves(parts.map(() => 1))
    let state = optimizer.init(params)
    grads.forEach((grad, step) => {
      const given = leaves(parts.map(() => grad))
      const next = optimizer.update(given, state, params, step)
      disposeParams([given, state, params])
      params = next.params as typeof params
      state = next.state
      close(
        Tree.leaves(params).map((leaf) => leaf.dataSync()[0] ?? NaN),
        weights[step] ?? [],
        6,
      )
    })
    disposeParams([params, state])
  })
})

describe('lora of queries and values', () => {
  const texts = [
    { name: 'layer', layer: transformerBlock(4, 2, { norm: 'after', hidden: 6, masked: true }) },
    { name: 'pooling', layer: meanOverTime({ masked: true }) },
  ]

  it('adapts two matrices of an attention and folds', () => {
    const source = freeze(texts, initBody(texts, key(0), [5, 4]))
    const model = transfer(source, { blocks: method('lora-qv').plan(source, { depth: null, rate: 1 }), head: dense(2) })
    expect(model.blocks.map(({ learns }) => learns)).toEqual([true, false])
    const params = model.init(key(1), [5, 4])
    expect(params.blocks[0]).toHaveLength(2)
    const x = tensor(
      Array.from({ length: 20 }, (_, i) => Math.sin(i)),
      [1, 5, 4],
    )
    const y = model.apply(params, x, infer)
    expect(y.shape).toEqual([1, 2])
    disposeParams([params, x, y] as never)
    disposeSource(source)
  })

  it('is refused where no block that may learn has an attention', () => {
    const source = freeze(mlp([6]), initBody(mlp([6]), key(0), [4]))
    expect(() => method('lora-qv').plan(source, { depth: null, rate: 1 })).toThrow('expected a block with attention')
    disposeSource(source)
  })
})
