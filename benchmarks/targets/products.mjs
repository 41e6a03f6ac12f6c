/** Multiplications and additions in the products of a run, counted by the shapes that kernels are given. */
import * as tf from '@tensorflow/tfjs'

const size = (shape) => shape.reduce((a, b) => a * b, 1)
const taps = ({ shape }) => size(shape.slice(0, 3))
const window = ({ shape }) => shape[0] * shape[1]

/** Multiply-adds of one call of a kernel, from its inputs, attributes and first result. */
const kernels = {
  BatchMatMul: ({ a }, { transposeA }, y) => size(y.shape) * a.shape.at(transposeA ? -2 : -1),
  PtuDense: ({ kernel }, _attrs, y) => size(y.shape) * kernel.shape[0],
  Conv2D: ({ filter }, _attrs, y) => size(y.shape) * taps(filter),
  PtuConv2D: ({ filter }, _attrs, y) => size(y.shape) * taps(filter),
  Conv2DBackpropInput: ({ dy, filter }) => size(dy.shape) * taps(filter),
  Conv2DBackpropFilter: ({ dy }, _attrs, dw) => size(dy.shape) * taps(dw),
  PtuMixedConv2D: ([, source], _attrs, y) => size(y.shape) * taps(source),
  PtuMixedConv2DInputGrad: ([dy, source]) => size(dy.shape) * taps(source),
  PtuMixedConv2DMixtureGrad: ([dy, , source]) => size(dy.shape) * taps(source),
  DepthwiseConv2dNative: ({ filter }, _attrs, y) => size(y.shape) * window(filter),
  PtuDepthwiseConv2D: ({ filter }, _attrs, y) => size(y.shape) * window(filter),
  DepthwiseConv2dNativeBackpropInput: ({ dy, filter }) => size(dy.shape) * window(filter),
  DepthwiseConv2dNativeBackpropFilter: ({ dy }, _attrs, dw) => size(dy.shape) * window(dw),
  PtuGru: ({ u }, _attrs, hs) => size(hs.shape) * u.shape[1],
  PtuGruGrad: ({ u, hs }) => 2 * size(hs.shape) * u.shape[1],
  PtuLstm: ({ u }, _attrs, hs) => size(hs.shape) * u.shape[1],
  PtuLstmGrad: ({ u, hs }) => 2 * size(hs.shape) * u.shape[1],
  PtuAttention: (_inputs, _attrs, y) => attention(y),
  PtuAttentionGrad: ({ dy }) => 2.5 * attention(dy),
}

/** Scores of all steps, and the sums of values by them. */
const attention = ({ shape }) => 2 * shape[1] * size(shape)

/**
 * Counts the floating-point operations in the products of one run. Convolutions count as sums of products, by whatever method they
 * are computed. Undefined for a run with a kernel over sequences of mixed steps, whose products are not counted.
 */
export const productsOf = (run) => {
  let operations = 0
  const replaced = tf.getKernelsForBackend('wasm').filter(({ kernelName }) => /^Ptu|MatMul|Conv/.test(kernelName))
  for (const kernel of replaced) {
    const count = kernels[kernel.kernelName]
    const counted = (call) => {
      const result = kernel.kernelFunc(call)
      const [first] = Array.isArray(result) ? result : [result]
      if (count) operations += 2 * count(call.inputs, call.attrs ?? {}, first)
      else if (kernel.kernelName.startsWith('PtuMixedSequence')) operations = NaN
      return result
    }
    tf.unregisterKernel(kernel.kernelName, 'wasm')
    tf.registerKernel({ ...kernel, kernelFunc: counted })
  }
  try {
    run()
  } finally {
    for (const kernel of replaced) {
      tf.unregisterKernel(kernel.kernelName, 'wasm')
      tf.registerKernel(kernel)
    }
  }
  return Number.isNaN(operations) ? undefined : operations
}
