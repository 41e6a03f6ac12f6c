/**
 * Matrix products in four layouts: own kernels against XNNPACK's plain product, alternately in one process.
 * Prints the GFLOP/s of each, by CPU time, as JSON.
 *
 * Usage: node products.mjs <rounds>
 */
import { registerTrainingKernels } from '@ptu/wasm-kernels'
import * as tf from '@tensorflow/tfjs'
import '@tensorflow/tfjs-backend-wasm'

import { median } from '../interleaved.mjs'

await tf.setBackend('wasm')
const stock = tf.getKernel('BatchMatMul', 'wasm').kernelFunc
const { mode } = registerTrainingKernels()
const own = tf.getKernel('BatchMatMul', 'wasm').kernelFunc
const backend = tf.backend()

const gigaflops = (kernel, a, b, attrs, flops) => {
  const times = Math.max(1, Math.round(2e9 / flops))
  const before = process.cpuUsage()
  for (let i = 0; i < times; i++) backend.disposeData(kernel({ inputs: { a, b }, attrs, backend }).dataId)
  const { user, system } = process.cpuUsage(before)
  return (times * flops) / (user + system) / 1000
}

const sizes = [
  [512, 512, 512],
  [128, 3136, 128],
  [64, 128, 384],
  [6272, 288, 64],
  [25088, 64, 32],
]
const layouts = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
]
const results = []
for (const [m, k, n] of sizes) {
  const plain = [tf.randomNormal([m, k]), tf.randomNormal([k, n])]
  for (const [transposeA, transposeB] of layouts) {
    const [a, b] = [tf.randomNormal(transposeA ? [k, m] : [m, k]), tf.randomNormal(transposeB ? [n, k] : [k, n])]
    const taken = Array.from({ length: Number(process.argv[2]) + 1 }, () => [
      gigaflops(own, a, b, { transposeA, transposeB }, 2 * m * k * n),
      gigaflops(stock, ...plain, { transposeA: false, transposeB: false }, 2 * m * k * n),
    ]).slice(1)
    const [ours, xnnpack] = [0, 1].map((i) => median(taken.map((pair) => pair[i])))
    results.push({ m, k, n, transposeA, transposeB, own: ours, xnnpackPlain: xnnpack, ratio: ours / xnnpack })
    tf.dispose([a, b])
  }
  tf.dispose(plain)
}
console.log(JSON.stringify({ mode, results }))
