import { scope } from '@ptu/tensor'
import { tensor, zeros } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import {
  averagePool,
  bidirectional,
  concatenate,
  conv1d,
  conv2d,
  dense,
  depthwiseConv2d,
  dotProductAttention,
  embedding,
  fixedAffine,
  flatten,
  globalAveragePool,
  groupNorm,
  gru,
  infer,
  lastStep,
  layerNorm,
  leadingTokens,
  maxPool,
  positionEmbedding,
  permute,
  maximum,
  product,
  residual,
  rotaryPositions,
  serial,
  slice,
  timeDistributed,
  upSample2d,
  zeroPad1d,
  zeroPad2d,
} from './index.ts'

describe('a layer takes', () => {
  it('a text of one token', () => {
    expect(embedding(9, 4).output([1])).toEqual([1, 4])
  })
})

describe('a layer refuses', () => {
  it.each([
    ['no tokens', () => embedding(9, 4).output([0]), 'expected tokens [batch, steps], got [batch, 0]'],
    [
      'one path among several whose map is of another size',
      () => concatenate(conv2d(3, 1), conv2d(4, 1), conv2d(4, 1, { stride: 2 })).output([4, 4, 2]),
      'expected paths of one shape but for the channels, got [4, 4, 3] and [4, 4, 4] and [2, 2, 4]',
    ],
    [
      'paths of shapes that do not multiply',
      () => product(conv2d(3, 1), conv2d(4, 1)).output([4, 4, 2]),
      'or of size 1 where they differ, got [4, 4, 3] and [4, 4, 4]',
    ],
    [
      'paths of shapes of which none is the larger',
      () => maximum(conv2d(1, 1), conv2d(4, 1)).output([4, 4, 2]),
      'maximum: expected two paths of one shape, got [4, 4, 1] and [4, 4, 4]',
    ],
    [
      'a scale of other channels',
      () => fixedAffine({ scale: [1, 2] }).output([4, 3]),
      'expected an input of 2 channels, got 3',
    ],
    ['a shift that is no number', () => fixedAffine({ shift: [NaN] }), 'expected finite numbers'],
    ['a scale of no numbers', () => fixedAffine({ scale: [] }), 'expected finite numbers'],
    ['to repeat rows no time', () => upSample2d([0, 2]), 'upSample2d'],
    [
      'a map for a dense layer',
      () => dense(10).output([4, 4, 2]),
      'dense(10): expected [batch, in], got [batch, 4, 4, 2]; flatten first',
    ],
    ['no outputs', () => dense(0), 'dense(0): expected out to be an integer of at least 1, got 0'],
    [
      'a vector for a pool',
      () => maxPool(2).output([10]),
      'maxPool(2): expected [batch, height, width, channels], got [batch, 10]',
    ],
    [
      'a map smaller than the window',
      () => maxPool(3).output([2, 5, 1]),
      'a window that spans 3 does not fit in [batch, 2, 5, 1]',
    ],
    [
      'a pool in which a window is all padding',
      () => averagePool(2, { padding: 2 }),
      'averagePool(2): expected a padding below the size, got 2',
    ],
    [
      'a vector for a global pool',
      () => globalAveragePool.output([7]),
      'globalAveragePool: expected [batch, height, width, channels]',
    ],
    [
      'half a multiplier',
      () => depthwiseConv2d(3, { multiplier: 0.5 }),
      'expected multiplier to be an integer of at least 1, got 0.5',
    ],
    [
      'groups that do not divide',
      () => groupNorm(3).output([2, 2, 8]),
      'groupNorm(3): expected channels that 3 divides, got [batch, 2, 2, 8]',
    ],
    ['an epsilon of 0', () => layerNorm({ epsilon: 0 }), 'layerNorm: expected epsilon to be above 0, got 0'],
    [
      'paths of two shapes',
      () => residual(conv2d(4, 3)).output([5, 5, 2]),
      'residual: expected two paths of one shape, got [5, 5, 4] and [5, 5, 2]',
    ],
    [
      'a chain that does not fit',
      () => serial(flatten, conv2d(4, 3)).output([5, 5, 2]),
      'conv2d(4, 3): expected [batch, height, width, channels], got [batch, 50]',
    ],
    [
      'a picture for a GRU',
      () => gru(3).output([4, 4, 1]),
      'gru(3): expected [batch, steps, features], got [batch, 4, 4, 1]',
    ],
    [
      'a sequence without steps',
      () => lastStep().output([0, 3]),
      'lastStep: expected at least one step, got [batch, 0, 3]',
    ],
    [
      'features for an embedding',
      () => embedding(9, 4).output([5, 2]),
      'embedding(9, 4): expected tokens [batch, steps]',
    ],
    [
      'directions that do not keep the steps',
      () => bidirectional(conv1d(2, 3, { stride: 2 })).output([6, 1]),
      'bidirectional: expected layers that keep the 6 steps, got [3, 2] and [3, 2]',
    ],
    [
      'a sequence shorter than the window',
      () => conv1d(2, 4, { padding: 'valid' }).output([3, 1]),
      'conv1d(2, 4): a window that spans 4 does not fit in [batch, 3, 1]',
    ],
    [
      'channels that heads cannot share',
      () => dotProductAttention(4).output([5, 3 * 6]),
      'dotProductAttention(4): expected queries, keys and values of channels that 4 divides, got [batch, 5, 18]',
    ],
    ['no heads', () => dotProductAttention(0), 'expected heads to be an integer of at least 1, got 0'],
    [
      'an attention to no neighbour',
      () => dotProductAttention(2, { window: 0 }),
      'expected window to be an integer of at least 1, got 0',
    ],
    [
      'channels that do not come in pairs',
      () => rotaryPositions(2).output([5, 3 * 6]),
      'rotaryPositions(2): expected queries, keys and values of pairs of channels that 2 divides, got [batch, 5, 18]',
    ],
    ['turns by no base', () => rotaryPositions(2, { base: 0 }), 'expected base to be above 0, got 0'],
    [
      'a sequence longer than its positions',
      () => positionEmbedding(4).output([5, 3]),
      'positionEmbedding(4): expected at most 4 steps, got 5; cut the sequence',
    ],
    [
      'a sequence shorter than its vectors',
      () => leadingTokens(3).output([2, 3]),
      'leadingTokens(3): expected at least 3 steps, got 2',
    ],
    ['a picture to pad over steps', () => zeroPad1d([1, 0]).output([4, 4, 1]), 'zeroPad1d: expected [batch, steps'],
    [
      'places beyond an axis',
      () => slice(0, 3, 2).output([4, 2]),
      'slice(0, 3, 2): expected an input with 5 places on axis 0, got [batch, 4, 2]',
    ],
    [
      'places of an axis that is not there',
      () => slice(2, 0, 1).output([4, 2]),
      'expected an input with 1 places on axis 2',
    ],
    ['a place before the first', () => slice(0, -1, 2), 'expected the first place to be an integer of at least 0'],
    ['no place', () => slice(0, 0, 0), 'expected the size to be'],
    [
      'an order that names an axis twice',
      () => permute([0, 0]),
      'permute([0, 0]): expected each axis from 0 to 1 once',
    ],
    [
      'an order of too many axes',
      () => permute([1, 0, 2]).output([4, 2]),
      'permute([1, 0, 2]): expected 3 axes, got [batch, 4, 2]',
    ],
    [
      'to take rows away by padding',
      () =>
        zeroPad2d([
          [0, -1],
          [0, 0],
        ]),
      'zeroPad2d: expected padding to be an integer of at least 0, got -1',
    ],
    ['to take steps away by padding', () => zeroPad1d([-1, 0]), 'expected padding to be an integer of at least 0'],
    [
      'nothing at each step',
      () => timeDistributed(dense(2)).output([4]),
      'timeDistributed(dense): expected [batch, steps, ...], got [batch, 4]',
    ],
  ])('%s', (_what, act, message) => {
    expect(act).toThrow(message)
  })
})

describe('an embedding refuses', () => {
  it.each([
    ['a token beyond its vocabulary', 7, 'got 7'],
    ['a token below 0', -1, 'got -1'],
    ['half a token', 0.5, 'got 0.5'],
    ['what is not a number', NaN, 'got NaN'],
  ])('%s', (_what, token, message) => {
    const layer = embedding(7, 2)
    scope(() => {
      const table = zeros([7, 2])
      expect(() => layer.apply({ table }, tensor([[1, token]]), infer)).toThrow(
        `embedding(7, 2): expected tokens from 0 to 6, ${message}; map tokens that are not in the vocabulary`,
      )
    })
  })
})
