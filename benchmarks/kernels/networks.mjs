import { dense, infer } from '@ptu/layers'
import { batchNormInTraining, gruSequence, lstmSequence } from '@ptu/wasm-kernels'
import * as tf from '@tensorflow/tfjs'

const weights = (shape, deviation, seed) => tf.variable(tf.randomNormal(shape, 0, deviation, 'float32', seed))
const zeros = (shape) => tf.variable(tf.zeros(shape))
const ones = (shape) => tf.variable(tf.ones(shape))
const labels = (batch) =>
  tf.oneHot(
    tf.tensor1d(
      Array.from({ length: batch }, (_, i) => i % 10),
      'int32',
    ),
    10,
  )

const images = () => tf.randomUniform([128, 28, 28, 1], 0, 1, 'float32', 1)
const pool = (x) => tf.maxPool(x, 2, 2, 'same')
const affine = (x, kernel, bias) => dense(bias.size).apply({ kernel, bias }, x, infer)
const flat = (x) => tf.reshape(x, [x.shape[0], -1])
const crossEntropy = (y, logits) => tf.mean(tf.neg(tf.sum(tf.mul(y, tf.logSoftmax(logits)), 1)))

/** Two convolutions of 32 and 64 channels, a dense layer of 128; batch 128. */
const cnn = () => {
  const [x, y] = [images(), labels(128)]
  const w1 = weights([3, 3, 1, 32], 0.1, 1)
  const w2 = weights([3, 3, 32, 64], 0.05, 2)
  const [d1, d2] = [weights([7 * 7 * 64, 128], 0.02, 3), weights([128, 10], 0.1, 4)]
  const [b1, b2, b3, b4] = [[32], [64], [128], [10]].map(zeros)
  return () => {
    const h1 = pool(tf.relu(tf.add(tf.conv2d(x, w1, 1, 'same'), b1)))
    const h2 = pool(tf.relu(tf.add(tf.conv2d(h1, w2, 1, 'same'), b2)))
    return crossEntropy(y, affine(tf.relu(affine(flat(h2), d1, b3)), d2, b4))
  }
}

/** The same with batch normalisation after each convolution. */
const cnnBatchNorm = () => {
  const [x, y] = [images(), labels(128)]
  const w1 = weights([3, 3, 1, 32], 0.1, 1)
  const w2 = weights([3, 3, 32, 64], 0.05, 2)
  const [d1, d2] = [weights([7 * 7 * 64, 128], 0.02, 3), weights([128, 10], 0.1, 4)]
  const [s1, s2] = [[32], [64]].map(ones)
  const [b1, b2, b3, b4] = [[32], [64], [128], [10]].map(zeros)
  return () => {
    const h1 = pool(tf.relu(batchNormInTraining(tf.conv2d(x, w1, 1, 'same'), s1, b1).y))
    const h2 = pool(tf.relu(batchNormInTraining(tf.conv2d(h1, w2, 1, 'same'), s2, b2).y))
    return crossEntropy(y, affine(tf.relu(affine(flat(h2), d1, b3)), d2, b4))
  }
}

/** A convolution of 32 channels and two depthwise-separable ones of 64 and 128. */
const separable = () => {
  const [x, y] = [images(), labels(128)]
  const w1 = weights([3, 3, 1, 32], 0.1, 1)
  const [k2, w2] = [weights([3, 3, 32, 1], 0.2, 2), weights([1, 1, 32, 64], 0.1, 3)]
  const [k3, w3] = [weights([3, 3, 64, 1], 0.2, 4), weights([1, 1, 64, 128], 0.1, 5)]
  const [d, b] = [weights([7 * 7 * 128, 10], 0.02, 6), zeros([10])]
  return () => {
    const h1 = pool(tf.relu(tf.conv2d(x, w1, 1, 'same')))
    const h2 = pool(tf.relu(tf.conv2d(tf.depthwiseConv2d(h1, k2, 1, 'same'), w2, 1, 'same')))
    const h3 = tf.relu(tf.conv2d(tf.depthwiseConv2d(h2, k3, 1, 'same'), w3, 1, 'same'))
    return crossEntropy(y, affine(flat(h3), d, b))
  }
}

/** 28 steps of 28 numbers into 128 hidden units, the last state into 10 classes; batch 64. */
const recurrent = (gates, sequence, biases) => () => {
  const [batch, steps, width, hidden] = [64, 28, 28, 128]
  const x = tf.transpose(tf.randomUniform([batch, steps, width], 0, 1, 'float32', 7), [1, 0, 2])
  const y = labels(batch)
  const [w, u] = [weights([width, gates * hidden], 0.1, 1), weights([hidden, gates * hidden], 0.08, 2)]
  const [b, bu] = [weights([gates * hidden], 0.1, 3), weights([gates * hidden], 0.1, 4)]
  const [d, bd] = [weights([hidden, 10], 0.1, 5), zeros([10])]
  return () => {
    const [inputBias, stateBias] = biases(b, bu)
    const projected = tf.reshape(affine(tf.reshape(x, [-1, width]), w, inputBias), [steps, batch, gates * hidden])
    const states = sequence(projected, u, stateBias, tf.zeros([batch, hidden]))
    return crossEntropy(y, affine(tf.reshape(tf.slice(states, [steps - 1, 0, 0], [1, -1, -1]), [batch, hidden]), d, bd))
  }
}

const gru = recurrent(
  3,
  (projected, weight, recurrentBias, initial) => gruSequence({ projected, recurrent: weight, recurrentBias, initial }),
  (b, bu) => [b, bu],
)
/** An LSTM adds its two biases alone, as oneDNN does for PyTorch. */
const lstm = recurrent(
  4,
  (projected, weight, _bias, initial) =>
    lstmSequence({ projected, recurrent: weight, initialHidden: initial, initialCell: initial }),
  (b, bu) => [tf.add(b, bu), undefined],
)

/** The loss of one step of each network, by name. */
export const networks = { cnn, cnnBatchNorm, separable, gru, lstm }
