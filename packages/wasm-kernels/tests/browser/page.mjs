// Runs in a real browser: kernels on the WASM backend against cpu, and ten steps of training; posts what it found.
import { adamStep, gruSequence, mixBranches, registerTrainingKernels } from '../../src/index.ts'

const { tf } = globalThis

const noise = (shape, seed) => {
  let state = (Math.imul(seed, 2654435761) + 1) >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) / 2 ** 23 - 1
  }
  return tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, next), shape)
}

const grads = (f, ...inputs) => tf.grads((...xs) => tf.sum(tf.square(f(...xs))))(inputs)

const cases = {
  matMul: () =>
    [false, true].flatMap((a) =>
      [false, true].map((b) =>
        tf.matMul(noise(a ? [300, 37] : [37, 300], 1), noise(b ? [21, 300] : [300, 21], 2), a, b),
      ),
    ),
  conv: () =>
    [1, 2].flatMap((s) => grads((x, w) => tf.conv2d(x, w, s, 'same'), noise([3, 9, 8, 5], 3), noise([3, 2, 5, 7], 4))),
  depthwise: () => grads((x, w) => tf.depthwiseConv2d(x, w, 1, 'same'), noise([2, 7, 7, 6], 5), noise([3, 3, 6, 2], 6)),
  pools: () => grads((x) => tf.avgPool(tf.maxPool(x, 3, 2, 'same'), 2, 2, 'valid'), noise([2, 12, 12, 6], 7)),
  moves: () => [
    tf.concat(tf.split(noise([5, 12], 8), 3, 1).reverse(), 1),
    tf.transpose(noise([33, 17], 9)),
    tf.sum(noise([500, 9], 10), 0),
  ],
  segments: () => [
    tf.unsortedSegmentSum(
      noise([40, 6], 11),
      tf.tensor1d(
        Array.from({ length: 40 }, (_, i) => i % 7),
        'int32',
      ),
      7,
    ),
  ],
  gru: () =>
    grads(
      (projected, recurrent) =>
        gruSequence({ projected, recurrent, recurrentBias: tf.zeros([15]), initial: tf.zeros([3, 5]) }),
      noise([4, 3, 15], 12),
      noise([5, 15], 13),
    ),
  mix: () =>
    grads(
      (source, fineTuned, update) => mixBranches({ source, fineTuned }, { update }),
      noise([2, 3, 3, 5], 14),
      noise([2, 3, 3, 5], 15),
      noise([5], 16),
    ),
  adam: () =>
    adamStep(
      { param: noise([9], 17), grad: noise([9], 18), mean: noise([9], 19), variance: tf.square(noise([9], 20)) },
      { rate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-7 },
    ),
}

const results = async (backend, compute) => {
  await tf.setBackend(backend)
  const values = []
  tf.tidy(() => compute().forEach((tensor) => values.push(tensor.dataSync())))
  return values
}

const difference = (a, b) =>
  a.reduce((most, values, i) => {
    const scale = values.reduce((top, value) => Math.max(top, Math.abs(value)), 1)
    return values.reduce((top, value, j) => Math.max(top, Math.abs(value - b[i][j]) / scale), most)
  }, 0)

const tenSteps = () => {
  const weights = [noise([3, 3, 2, 8], 1), noise([3 * 3 * 8, 4], 2)].map((w) => tf.variable(tf.mul(w, 0.3)))
  const [x, y] = [noise([8, 6, 6, 2], 3), tf.oneHot([0, 1, 2, 3, 0, 1, 2, 3], 4)]
  const optimizer = tf.train.adam(0.01)
  const loss = () => {
    const h = tf.maxPool(tf.relu(tf.conv2d(x, weights[0], 1, 'same')), 2, 2, 'same')
    return tf.losses.softmaxCrossEntropy(y, tf.matMul(tf.reshape(h, [8, -1]), weights[1]))
  }
  return Array.from({ length: 10 }, () => tf.reshape(optimizer.minimize(loss, true, weights), [1]))
}

const report = async () => {
  tf.wasm.setWasmPaths('/wasm/')
  await tf.setBackend('wasm')
  const { mode, warnings } = registerTrainingKernels()
  const differences = {}
  for (const [name, compute] of Object.entries({ ...cases, tenSteps })) {
    differences[name] = difference(await results('cpu', compute), await results('wasm', compute))
  }
  const { wasm } = tf.engine().findBackend('wasm')
  const shared = typeof SharedArrayBuffer !== 'undefined' && wasm.HEAPU8.buffer instanceof SharedArrayBuffer
  return { mode, warnings, isolated: globalThis.crossOriginIsolated, shared, differences }
}

const found = await report().catch((error) => ({ error: String(error.stack ?? error) }))
await fetch('/done', { method: 'POST', body: JSON.stringify(found) })
