import type { Shape } from '@ptu/tensor'
import * as tf from '@tensorflow/tfjs'

type Layer = tf.layers.Layer
type Symbolic = tf.SymbolicTensor

/** A model of tfjs-layers by what is special about it; how many tokens its input has, where it reads tokens. */
export type Case = readonly [what: string, model: () => tf.LayersModel, tokens?: number]

const { layers: l } = tf

const sequence = (shape: Shape, ...inner: readonly Layer[]): (() => tf.LayersModel) => {
  return () => {
    const input = tf.input({ shape: [...shape] })
    const output = inner.reduce<Symbolic>((x, layer) => layer.apply(x) as Symbolic, input)
    return tf.model({ inputs: input, outputs: output })
  }
}

const map: Shape = [7, 7, 4]
const steps: Shape = [6, 3]
const of = (layer: Layer, x: Symbolic | Symbolic[]): Symbolic => layer.apply(x) as Symbolic

/** A model with a path beside the main one. */
const branched = (join: (a: Symbolic, b: Symbolic) => Symbolic): (() => tf.LayersModel) => {
  return () => {
    const input = tf.input({ shape: [...map] })
    const stem = of(l.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }), input)
    const main = of(l.conv2d({ filters: 4, kernelSize: 1 }), of(l.batchNormalization(), stem))
    return tf.model({ inputs: input, outputs: of(l.flatten(), join(stem, main)) })
  }
}

const activations = ['linear', 'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'hardSigmoid', 'softmax', 'softplus'] as const
const moreActivations = ['softsign', 'swish', 'tanh'] as const

/** Every layer that can be opened, with the options that change what it computes. */
export const everyKerasLayer: readonly Case[] = [
  ...[...activations, ...moreActivations].map((activation): Case => [
    `Activation ${activation}`,
    sequence([5], l.activation({ activation })),
  ]),
  ['ReLU', sequence(map, l.reLU())],
  ['ReLU up to 6', sequence(map, l.reLU({ maxValue: 6 }))],
  ['ReLU up to 0.5', sequence(map, l.reLU({ maxValue: 0.5 }))],
  ['LeakyReLU', sequence(map, l.leakyReLU({ alpha: 0.2 }))],
  ['ELU', sequence(map, l.elu())],
  ['PReLU', sequence(map, l.prelu())],
  ['PReLU with shared axes', sequence(map, l.prelu({ sharedAxes: [1, 2] }))],
  ['Softmax', sequence([5], l.softmax())],
  ['Conv1D', sequence(steps, l.conv1d({ filters: 4, kernelSize: 3, activation: 'tanh' }))],
  ['Conv1D dilated', sequence(steps, l.conv1d({ filters: 4, kernelSize: 2, dilationRate: 2 }))],
  [
    'Conv1D strided',
    sequence(steps, l.conv1d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same', useBias: false })),
  ],
  ['Conv2D', sequence(map, l.conv2d({ filters: 3, kernelSize: 3, activation: 'relu' }))],
  [
    'Conv2D same, strided',
    sequence(map, l.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same', useBias: false })),
  ],
  ['Conv2D dilated', sequence(map, l.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2 }))],
  [
    'SeparableConv2D',
    sequence(map, l.separableConv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu' })),
  ],
  [
    'SeparableConv2D strided',
    sequence(map, l.separableConv2d({ filters: 3, kernelSize: 2, strides: 2, useBias: false })),
  ],
  ['DepthwiseConv2D', sequence(map, l.depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'relu6' }))],
  [
    'DepthwiseConv2D strided',
    sequence(map, l.depthwiseConv2d({ kernelSize: 3, strides: 2, depthMultiplier: 2, useBias: false })),
  ],
  ['Dense', sequence([5], l.dense({ units: 3, activation: 'sigmoid' }))],
  ['Dense without bias', sequence([5], l.dense({ units: 3, useBias: false }))],
  ['Dense over steps', sequence(steps, l.dense({ units: 2 }))],
  ['Dense over maps', sequence(map, l.dense({ units: 2 }))],
  ['BatchNormalization', sequence(map, l.batchNormalization())],
  ['BatchNormalization bare', sequence([5], l.batchNormalization({ scale: false, center: false, epsilon: 0.01 }))],
  ['LayerNormalization', sequence(map, l.layerNormalization())],
  ['LayerNormalization bare', sequence([5], l.layerNormalization({ scale: false, center: false, epsilon: 0.01 }))],
  ['MaxPooling2D', sequence(map, l.maxPooling2d({ poolSize: 2 }))],
  ['MaxPooling2D same', sequence(map, l.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }))],
  ['AveragePooling2D', sequence(map, l.averagePooling2d({ poolSize: 3, strides: 1 }))],
  ['AveragePooling2D same', sequence(map, l.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }))],
  ['MaxPooling1D', sequence(steps, l.maxPooling1d({ poolSize: 2 }))],
  ['AveragePooling1D same', sequence([7, 3], l.averagePooling1d({ poolSize: 3, strides: 2, padding: 'same' }))],
  ['GlobalAveragePooling1D', sequence(steps, l.globalAveragePooling1d({}))],
  ['GlobalAveragePooling2D', sequence(map, l.globalAveragePooling2d({}))],
  ['GlobalMaxPooling1D', sequence(steps, l.globalMaxPooling1d({}))],
  ['GlobalMaxPooling2D', sequence(map, l.globalMaxPooling2d({}))],
  ['ZeroPadding2D', sequence(map, l.zeroPadding2d({ padding: [[0, 1], [2, 0]] }))], // prettier-ignore
  ['Flatten', sequence(map, l.flatten())],
  ['Reshape', sequence(map, l.reshape({ targetShape: [14, -1] }))],
  ['Dropout', sequence(map, l.dropout({ rate: 0.4 }))],
  ['SpatialDropout1D', sequence(steps, l.spatialDropout1d({ rate: 0.4 }))],
  ['GaussianNoise', sequence(steps, l.gaussianNoise({ stddev: 0.4 }))],
  ['Embedding', sequence([6], l.embedding({ inputDim: 9, outputDim: 3 })), 9],
  ['SimpleRNN', sequence(steps, l.simpleRNN({ units: 4 }))],
  ['SimpleRNN relu', sequence(steps, l.simpleRNN({ units: 4, activation: 'relu', returnSequences: true }))],
  ['GRU', sequence(steps, l.gru({ units: 4 }))],
  [
    'GRU with logistic gates',
    sequence(steps, l.gru({ units: 4, recurrentActivation: 'sigmoid', returnSequences: true })),
  ],
  ['LSTM', sequence(steps, l.lstm({ units: 4, useBias: false }))],
  [
    'LSTM with logistic gates',
    sequence(steps, l.lstm({ units: 4, recurrentActivation: 'sigmoid', returnSequences: true })),
  ],
  ['LSTM backwards', sequence(steps, l.lstm({ units: 4, goBackwards: true, returnSequences: true }))],
  ['Bidirectional', sequence(steps, l.bidirectional({ layer: l.lstm({ units: 4 }), mergeMode: 'concat' }))],
  [
    'Bidirectional, all steps',
    sequence(steps, l.bidirectional({ layer: l.gru({ units: 4, returnSequences: true }), mergeMode: 'concat' })),
  ],
  ['TimeDistributed dense', sequence(steps, l.timeDistributed({ layer: l.dense({ units: 2, activation: 'relu' }) }))],
  [
    'TimeDistributed convolution',
    sequence([3, 5, 5, 2], l.timeDistributed({ layer: l.conv2d({ filters: 2, kernelSize: 3 }) })),
  ],
  ['Add', branched((a, b) => of(l.add(), [a, b]))],
  ['Add of three', branched((a, b) => of(l.add(), [a, b, of(l.activation({ activation: 'tanh' }), a)]))],
  ['Maximum', branched((a, b) => of(l.maximum(), [a, b]))],
  ['Minimum of three', branched((a, b) => of(l.minimum(), [a, b, of(l.activation({ activation: 'tanh' }), a)]))],
  ['Concatenate', branched((a, b) => of(l.concatenate(), [a, b, a]))],
  [
    'Add of a sum and a path',
    branched((a, b) =>
      of(l.add(), [a, of(l.concatenate({ axis: 3 }), [of(l.dense({ units: 2 }), b), of(l.dense({ units: 2 }), b)])]),
    ),
  ],
  [
    'a Sequential',
    () =>
      tf.sequential({
        layers: [l.conv2d({ filters: 2, kernelSize: 3, inputShape: [...map] }), l.flatten(), l.dense({ units: 3 })],
      }),
  ],
  [
    'a Sequential in a Sequential',
    () =>
      tf.sequential({
        layers: [
          tf.sequential({ layers: [l.dense({ units: 4, inputShape: [5] }), l.dense({ units: 3 })] }),
          l.dense({ units: 2 }),
        ],
      }),
  ],
  [
    'a model in a model',
    () => {
      const inner = branched((a, b) => of(l.add(), [a, b]))()
      const input = tf.input({ shape: [...map] })
      return tf.model({ inputs: input, outputs: of(l.dense({ units: 2 }), inner.apply(input) as Symbolic) })
    },
  ],
]
