import { key } from '@ptu/core'
import type { LayerSpec } from '@ptu/layers'
import { describe, expect, it } from 'vitest'

import { lenet, mlp, resnet, vgg } from './bodies.ts'
import { initBody } from './body.ts'
import { disposeSource, freeze, parameterCounts } from './freeze.ts'
import { rowReader, tagger } from './sequence-bodies.ts'
import type { Body } from './source.ts'

/** A layer in words: `conv 8 of 3, relu, pool 2`. */
const words = (spec: LayerSpec): string => {
  const within = (name: string): string => words(spec[name] as LayerSpec)
  const number = (name: string): string => JSON.stringify(spec[name])
  const { type } = spec
  if (type === 'serial') return (spec['layers'] as readonly LayerSpec[]).map(words).join(', ')
  if (type === 'residual') return `(${within('main')} + ${within('shortcut')})`
  const stride = spec['stride'] === 1 ? '' : ` by ${number('stride')}`
  if (type === 'conv2d') return `conv ${number('filters')} of ${number('size')}${stride}`
  if (type === 'maxPool') return `pool ${number('size')}`
  if (type === 'timeDistributed') return `each ${within('layer')}`
  if (type === 'bidirectional') return `both ${within('forward')}`
  const size = ['out', 'units', 'features'].find((name) => spec[name] !== undefined)
  return size === undefined ? type : `${type} ${number(size)}`
}

const described = (body: Body): Readonly<Record<string, string>> =>
  Object.fromEntries(body.map(({ name, layer }) => [name, words(layer.spec)]))

describe('the ready-made bodies', () => {
  it('are made of the layers of their papers, at small widths', () => {
    expect(described(mlp())).toEqual({ dense1: 'flatten, dense 128, relu', dense2: 'dense 64, relu' })
    expect(described(lenet())).toEqual({
      conv1: 'conv 8 of 3, relu, pool 2',
      conv2: 'conv 16 of 3, relu, pool 2',
      dense: 'flatten, dense 64, relu',
    })
    const pair = (width: number): string => `conv ${width} of 3, relu, conv ${width} of 3, relu, pool 2`
    expect(described(vgg())).toEqual({
      ...{ stage1: pair(16), stage2: pair(32), stage3: pair(64) },
      dense: 'flatten, dense 64, relu',
    })
    expect(described(resnet())).toEqual({
      stem: 'conv 16 of 3, relu',
      stage1: '(conv 16 of 3, relu, conv 16 of 3 + conv 16 of 1), relu',
      stage2: '(conv 32 of 3 by 2, relu, conv 32 of 3 + conv 32 of 1 by 2), relu',
      stage3: '(conv 64 of 3 by 2, relu, conv 64 of 3 + conv 64 of 1 by 2), relu, globalAveragePool',
    })
  })

  it('for sequences have 64 units, or 32 in each direction', () => {
    expect(described(rowReader())).toEqual({ rows: 'each flatten, gru 64, lastStep' })
    expect(described(tagger({ vocabulary: 9 }))).toEqual({ embedding: 'embedding 32', context: 'both gru 32' })
    expect(described(tagger({ vocabulary: 9, cell: 'lstm' }))).toMatchObject({ context: 'both lstm 32' })
  })

  it('have widths of their own where they are given', () => {
    expect(described(mlp([3]))).toEqual({ dense1: 'flatten, dense 3, relu' })
    expect(Object.values(described(lenet([1, 2, 3]))).join(' ')).toMatch(/conv 1 .* conv 2 .* dense 3/)
    expect(described(vgg([5], 7))).toMatchObject({ dense: 'flatten, dense 7, relu' })
    expect(described(resnet([4]))).toMatchObject({ stem: 'conv 4 of 3, relu' })
  })
})

describe('the numbers of a source', () => {
  it('are counted block by block', () => {
    const body = lenet([2, 3, 5])
    const source = freeze(body, initBody(body, key(0), [8, 8, 1]))
    expect(parameterCounts(source)).toEqual([9 * 2 + 2, 9 * 2 * 3 + 3, 2 * 2 * 3 * 5 + 5])
    disposeSource(source)
  })
})
