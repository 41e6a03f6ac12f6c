import type { Shape } from '@ptu/tensor'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'

import {
  averagePool,
  bidirectional,
  conv1d,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  elu,
  embedding,
  flatten,
  frozenBatchNorm,
  gelu,
  globalAveragePool,
  globalMaxPool,
  groupNorm,
  gru,
  identity,
  lastStep,
  layerNorm,
  leakyRelu,
  lstm,
  maxPool,
  meanOverTime,
  pointwiseConv2d,
  relu,
  relu6,
  residual,
  serial,
  sigmoid,
  silu,
  simpleRnn,
  softmax,
  tanh,
  timeDistributed,
  zeroPad2d,
  type Layer,
} from '../src/index.ts'

/** A layer, an input shape it takes, the name it is exported under, and inputs where not any numbers will do. */
export type Entry = readonly [exported: string, layer: Layer, input: Shape, examples?: () => Tensor]

/** Three sequences of four tokens of seven, the later ones padded with 0. */
const tokenNumbers = [
  [3, 1, 6, 2],
  [5, 5, 4, 0],
  [1, 0, 0, 0],
]

const tokens = (): Tensor => tensor(tokenNumbers, [3, 4], 'int32')

/** Three sequences of four steps, with zeros where they are padded. */
const padded = (features: number) => (): Tensor =>
  tensor(
    tokenNumbers
      .flat()
      .flatMap((token, t) =>
        Array.from({ length: features }, (_, i) => (token === 0 ? 0 : (((t * 7 + i * 5) % 11) - 5.3) / 4)),
      ),
    [3, 4, features],
  )

/** Every layer there is, with the settings that change what it computes. The laws run over all of them. */
export const everyLayer: readonly Entry[] = [
  ['averagePool', averagePool(2), [4, 5, 3]],
  ['averagePool', averagePool(3, { stride: 2, padding: 'same' }), [4, 5, 3]],
  ['bidirectional', bidirectional(gru(2), simpleRnn(3)), [4, 3]],
  ['bidirectional', bidirectional(lstm(2, { masked: true })), [4, 3], padded(3)],
  ['conv1d', conv1d(3, 3), [5, 2]],
  ['conv1d', conv1d(2, 2, { padding: 'causal', dilation: 2, bias: false }), [5, 3]],
  ['conv1d', conv1d(2, 3, { padding: [2, 0], stride: 2 }), [6, 2]],
  ['conv2d', conv2d(3, 3), [4, 5, 2]],
  [
    'conv2d',
    conv2d(3, 3, {
      stride: 2,
      padding: [
        [0, 1],
        [2, 0],
      ],
      bias: false,
    }),
    [4, 5, 2],
  ],
  ['conv2d', conv2d(3, 3, { dilation: 2, stride: 2, padding: 2 }), [5, 6, 2]],
  ['dense', dense(3), [5]],
  ['depthwiseConv2d', depthwiseConv2d(3), [4, 5, 3]],
  ['depthwiseConv2d', depthwiseConv2d(2, { multiplier: 2, dilation: 2, padding: 'valid' }), [5, 5, 3]],
  ['dropout', dropout(0.4), [4, 3]],
  ['elu', elu, [7]],
  ['embedding', embedding(7, 3), [4], tokens],
  ['embedding', embedding(7, 2, { masked: true }), [4], tokens],
  ['flatten', flatten, [2, 3, 2]],
  ['frozenBatchNorm', frozenBatchNorm, [3, 2, 4]],
  ['gelu', gelu, [7]],
  ['globalAveragePool', globalAveragePool, [3, 4, 2]],
  ['globalMaxPool', globalMaxPool, [3, 4, 2]],
  ['groupNorm', groupNorm(2), [3, 2, 4]],
  ['gru', gru(3), [4, 2]],
  ['gru', gru(2, { masked: true }), [4, 3], padded(3)],
  ['identity', identity, [5]],
  ['lastStep', lastStep(), [4, 3]],
  ['lastStep', lastStep({ masked: true }), [4, 3], padded(3)],
  ['layerNorm', layerNorm(), [3, 2, 4]],
  ['leakyRelu', leakyRelu(0.1), [7]],
  ['lstm', lstm(3), [4, 2]],
  ['lstm', lstm(2, { masked: true }), [4, 3], padded(3)],
  ['maxPool', maxPool(2), [4, 5, 3]],
  ['maxPool', maxPool(3, { stride: 2, padding: 'same' }), [4, 5, 3]],
  ['meanOverTime', meanOverTime(), [4, 3]],
  ['meanOverTime', meanOverTime({ masked: true }), [4, 3], padded(3)],
  ['pointwiseConv2d', pointwiseConv2d(4), [3, 2, 3]],
  ['relu', relu, [7]],
  ['relu6', relu6, [7]],
  ['residual', residual(serial(conv2d(2, 3), tanh)), [4, 3, 2]],
  ['residual', residual(conv2d(3, 3, { stride: 2 }), conv2d(3, 1, { stride: 2 })), [4, 3, 2]],
  ['serial', serial(), [4]],
  ['serial', serial(conv2d(3, 3), tanh, averagePool(2), dropout(0.3), flatten, dense(2)), [4, 4, 2]],
  ['sigmoid', sigmoid, [7]],
  ['silu', silu, [7]],
  ['simpleRnn', simpleRnn(3), [4, 2]],
  ['simpleRnn', simpleRnn(2, { masked: true }), [4, 3], padded(3)],
  ['softmax', softmax, [5]],
  ['tanh', tanh, [7]],
  ['timeDistributed', timeDistributed(dense(3)), [4, 2]],
  ['timeDistributed', timeDistributed(dense(2), { masked: true }), [4, 3], padded(3)],
  ['timeDistributed', timeDistributed(maxPool(2)), [2, 4, 4, 1]],
  [
    'zeroPad2d',
    zeroPad2d([
      [0, 1],
      [2, 0],
    ]),
    [2, 3, 2],
  ],
]
