import { foldIn, key } from '@ptu/core'
import { normal, scope } from '@ptu/tensor'
import { numbersOf } from '@ptu/testing'
import { concat, mean, slice, stack, zeros, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { dotProductAttention, selfAttention } from './attention.ts'
import { embedding } from './embedding.ts'
import { infer, type Layer } from './layer.ts'
import { positionEmbedding, typeEmbedding } from './position-embedding.ts'
import { residual } from './residual.ts'
import { classToken } from './class-token.ts'
import { relu } from './elementwise.ts'
import { patchEmbedding } from './patch-embedding.ts'
import { serial } from './serial.ts'
import { transformerBlock } from './transformer-block.ts'

const steps = (x: Tensor, count: number): Tensor => slice(x, [0, 0, 0], [-1, count, -1])

const encoder = (norm: 'before' | 'after'): Layer =>
  serial(
    residual(positionEmbedding(9, { masked: true })),
    residual(typeEmbedding(2, { masked: true })),
    transformerBlock(6, 2, { norm, masked: true }),
    transformerBlock(6, 3, { norm, masked: true, scaled: true }),
  )

describe('a transformer over padded sequences', () => {
  it.each(['before', 'after'] as const)('computes its real steps as if there were no padding, norm %s', (norm) => {
    scope(() => {
      const layer = encoder(norm)
      const params = layer.init(key(1), [3, 6])
      const x = normal(key(2), [2, 3, 6])
      const padded = layer.apply(params, concat([x, zeros([2, 4, 6])], 1), infer)
      expect(steps(padded, 3)).toBeAllClose(layer.apply(params, x, infer), { absolute: 1e-6 })
      expect(numbersOf(slice(padded, [0, 3, 0])).every((number) => number === 0)).toBe(true)
    })
  })

  it('gives zeros, not NaN, for a sequence of padding alone', () => {
    scope(() => {
      const layer = encoder('after')
      const y = layer.apply(layer.init(key(1), [3, 6]), zeros([1, 3, 6]), infer)
      expect(numbersOf(y)).toEqual(Array.from({ length: 18 }, () => 0))
    })
  })

  it('has another token of padding where it is named', () => {
    scope(() => {
      const layer = embedding(4, 2, { masked: true, padding: 3 })
      const table = normal(key(1), [4, 2])
      const blank = numbersOf(layer.apply({ table }, zeros([1, 2]), infer))
      expect(blank.every((number) => number !== 0)).toBe(true)
    })
  })
})

describe('attention', () => {
  it('drops weights in training and keeps their mean', () => {
    scope(() => {
      const layer = dotProductAttention(2, { dropout: 0.3 })
      const x = normal(key(1), [1, 4, 12])
      const plain = layer.apply([], x, infer)
      const runs = Array.from({ length: 600 }, (_, i) =>
        scope(() => layer.apply([], x, { kind: 'train', key: foldIn(key(2), i) })),
      )
      expect(new Set(runs.map((run) => numbersOf(run).join())).size).toBeGreaterThan(500)
      expect(mean(stack(runs), 0)).toBeAllClose(plain, { absolute: 0.1 })
    })
  })

  it('has a map of its own for queries, keys and values, from keys of their own', () => {
    scope(() => {
      const [maps = []] = selfAttention(4, 2).init(key(1), [3, 4]) as readonly (readonly { kernel: Tensor }[])[]
      const kernels = maps.map(({ kernel }) => numbersOf(kernel).join())
      expect(new Set(kernels).size).toBe(3)
    })
  })
})

describe('a transformer is made as its options say', () => {
  const typesOf = (layer: Layer): readonly string[] =>
    layer.structure.kind === 'composite' ? layer.structure.parts.flatMap(typesOf) : [layer.spec.type]
  const shown = (layer: Layer): string => JSON.stringify(layer.spec)

  it('with normalisations before, four times the features inside and no noise unless told otherwise', () => {
    const plain = transformerBlock(4, 2)
    const step = 'timeDistributed'
    const attention = [step, step, step, 'dotProductAttention', step]
    expect(typesOf(plain)).toEqual([step, ...attention, 'identity', step, step, 'gelu', step, 'identity'])
    expect(shown(plain)).toBe(shown(transformerBlock(4, 2, { hidden: 16, epsilon: 1e-5, norm: 'before', dropout: 0 })))
    expect(shown(plain)).toContain('"dropout":0,')
  })

  it('with layer scale and dropout at the end of each path, another activation and epsilon', () => {
    const block = transformerBlock(4, 2, { scaled: true, dropout: 0.25, activation: relu, epsilon: 1e-3, hidden: 7 })
    const ends = ['layerScale', 'dropout', 'identity']
    const types = typesOf(block)
    expect(types.slice(6, 9)).toEqual(ends)
    expect(types.slice(-3)).toEqual(ends)
    expect(types).toContain('relu')
    expect(shown(block).match(/"epsilon":0.001/g)).toHaveLength(2)
    expect(shown(block)).toContain('"heads":2,"dropout":0.25')
  })

  it('of patches that fit, row by row, after a class token', () => {
    scope(() => {
      const [patches, token] = [patchEmbedding(2, 2), classToken()]
      expect(patches.output([5, 7, 1])).toEqual([6, 2])
      const [, [table = {}] = []] = token.init(key(1), [6, 2]) as readonly (readonly { table?: Tensor }[])[]
      const y = token.apply([[], [table, []]], zeros([1, 6, 2]), infer)
      expect(numbersOf(y).slice(0, 2)).toEqual(numbersOf(table.table ?? zeros([0])))
      expect(numbersOf(y).slice(2)).toEqual(Array.from({ length: 12 }, () => 0))
      expect(Math.max(...numbersOf(y).map(Math.abs))).toBeLessThan(0.1)
    })
  })
})
