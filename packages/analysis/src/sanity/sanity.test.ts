import { key, normals, uniforms } from '@ptu/core'
import { dense, relu, serial, type Layer } from '@ptu/layers'
import { initBody } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { crossEntropy, start, step } from '@ptu/trainer'
import { tensor2d } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { integratedGradients } from '../attribution/conductance.ts'
import { openBlocks } from '../attribution/network-blocks.ts'
import { attributionSimilarity } from './attribution-similarity.ts'
import { cascadingRandomisation } from './randomisation.ts'
import { rankCorrelation } from './rank-correlation.ts'

describe('rankCorrelation', () => {
  it('is that of SciPy, ties included', () => {
    // scipy.stats.spearmanr([1, 2, 2, 3, 5, 0], [2, 1, 4, 4, 4, -1]).statistic
    expect(rankCorrelation([1, 2, 2, 3, 5, 0], [2, 1, 4, 4, 4, -1])).toBeCloseTo(0.8008534347238067, 12)
    expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12)
    expect(rankCorrelation([1, 1, 1], [3, 2, 1])).toBeNaN()
    expect(() => rankCorrelation([1], [1, 2])).toThrow(/one length, got 1 and 2/)
  })
})

describe('attributionSimilarity', () => {
  const of = (...values: number[]) => ({ shape: [1, values.length], values: Float32Array.from(values) })

  it('tells signs from sizes, and zeros that are shared from those of one', () => {
    const [a, b] = [of(3, -2, 1, 0, 0), of(-3, 2, 1, 0, 0.5)]
    expect(attributionSimilarity(a, b).cosine).toBeCloseTo((-9 - 4 + 1) / Math.sqrt(14 * 14.25))
    expect(attributionSimilarity(a, b, { absolute: true }).rank).toBeCloseTo(
      rankCorrelation([3, 2, 1, 0, 0], [3, 2, 1, 0, 0.5]),
    )
    expect(attributionSimilarity(a, b).signs).toBeCloseTo(1 / 3)
    expect(attributionSimilarity(a, b, { withoutZeros: true }).rank).toBeCloseTo(
      rankCorrelation([3, -2, 1, 0], [-3, 2, 1, 0.5]),
    )
  })

  it('is the mean over examples, without those of one value', () => {
    const a = { shape: [3, 2], values: Float32Array.of(1, 2, 1, 2, 0, 0) }
    const b = { shape: [3, 2], values: Float32Array.of(1, 2, 2, 1, 1, 2) }
    expect(attributionSimilarity(a, b)).toMatchObject({ rank: 0, examples: 2 })
    expect(attributionSimilarity(a, a).rank).toBeCloseTo(1)
    expect(() => attributionSimilarity(a, of(1))).toThrow(/one shape, got \[3, 2\] and \[1, 1\]/)
  })
})

const partsOf = ({ structure }: Layer): readonly Layer[] => (structure.kind === 'composite' ? structure.parts : [])

describe('cascadingRandomisation', () => {
  it('finds signed integrated gradients of a random network uncorrelated, where sizes and shared zeros are not', async () => {
    const [size, examples] = [30, 40]
    // half of the inputs are 0, as the background of a digit is
    const raw = uniforms(key(1), examples * size).map((u) => Math.max(0, 2 * u - 1))
    const weights = normals(key(2), size)
    const score = (i: number): number =>
      raw.subarray(i * size, (i + 1) * size).reduce((sum, x, j) => sum + x * (weights[j] as number), 0)
    const labels = Array.from({ length: examples }, (_, i) => (score(i) > 0 ? 1 : 0))
    const x = tensor2d(raw, [examples, size])
    const y = tensor2d(labels.map((label) => [1 - label, label]))
    const model = serial(serial(dense(32), relu), serial(dense(32), relu), dense(2))
    const objective = { model, loss: crossEntropy, optimizer: adam(0.01) }
    let state = start(objective, key(3), [size])
    for (let i = 0; i < 100; i++) {
      const next = step(objective)(state, { x, y })
      next.loss.dispose()
      state = next.state
    }
    const names = ['first', 'second', 'head']
    const layers = partsOf(model)
    const blocks = openBlocks(
      names.map((name, i) => ({ name, layer: layers[i] as never })),
      state.params as readonly ParamTree[],
    )
    const found = await cascadingRandomisation(blocks, {
      input: [size],
      key: key(4),
      attribute: (network) => integratedGradients(network, { x, target: labels, nodes: 10 }),
    })
    expect(found.map(({ block }) => block)).toEqual(['head', 'second', 'first'])
    const all = found.at(-1)
    expect(Math.abs(all?.signedWithoutZeros.rank ?? NaN)).toBeLessThan(0.15)
    expect(Math.abs((all?.signedWithoutZeros.signs ?? NaN) - 0.5)).toBeLessThan(0.1)
    expect(all?.absolute.rank).toBeGreaterThan(0.7)
    expect(all?.absoluteWithoutZeros.rank).toBeLessThan(all?.absolute.rank ?? NaN)
    disposeParams([state.params, state.optimizer, state.average, x, y])
  })

  it('randomises from the output down, leaves the network as it is, and refuses one without parameters', async () => {
    const body = [{ name: 'plain', layer: relu }]
    await expect(
      cascadingRandomisation(openBlocks(body, [[]]), {
        input: [2],
        key: key(0),
        attribute: () => Promise.reject(new Error('not called')),
      }),
    ).rejects.toThrow(/with parameters, got none/)
    const two = [
      { name: 'a', layer: dense(3) },
      { name: 'b', layer: relu },
      { name: 'c', layer: dense(2) },
    ]
    const params = initBody(two, key(0), [2])
    const failing = cascadingRandomisation(openBlocks(two, params), {
      input: [2],
      key: key(1),
      attribute: () => Promise.reject(new Error('no')),
    })
    await expect(failing).rejects.toThrow('no')
    const trained: boolean[][] = []
    await cascadingRandomisation(openBlocks(two, params), {
      input: [2],
      key: key(1),
      attribute: (blocks) => {
        trained.push(blocks.map((block, i) => block.params === params[i]))
        return Promise.resolve({ shape: [1, 2], values: Float32Array.of(1, 2) })
      },
    })
    expect(trained).toEqual([
      [true, true, true],
      [true, true, false],
      [false, false, false],
    ])
    disposeParams(params)
  })
})
