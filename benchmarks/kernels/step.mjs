/**
 * Trains one network by SGD for some steps and prints the CPU and wall milliseconds of a step as JSON.
 *
 * Usage: node step.mjs <network> <own|composed|cpu> <steps>
 */
import { registerTrainingKernels } from '@ptu/wasm-kernels'
import * as tf from '@tensorflow/tfjs'
import '@tensorflow/tfjs-backend-wasm'

import { networks } from './networks.mjs'

const [network, contender, count] = process.argv.slice(2)

/** Stock kernels and plain loops, on the SIMD backend. */
const registerComposed = async () => {
  const { composedKernels } = await import('@ptu/wasm-kernels/composed')
  for (const [kernelName, kernel] of Object.entries(composedKernels)) {
    const stock = tf.getKernel(kernelName, 'wasm')
    if (stock) tf.unregisterKernel(kernelName, 'wasm')
    tf.registerKernel({ ...stock, kernelName, backendName: 'wasm', kernelFunc: kernel(stock?.kernelFunc) })
  }
  return 'composed'
}

await tf.setBackend(contender === 'cpu' ? 'cpu' : 'wasm')
const mode =
  contender === 'own' ? registerTrainingKernels().mode : contender === 'cpu' ? 'cpu' : await registerComposed()

const loss = networks[network]()
const optimizer = tf.train.sgd(0.01)
const step = () => {
  const value = optimizer.minimize(loss, true)
  const [number] = value.dataSync()
  value.dispose()
  return number
}
const steps = Number(count)
for (let i = 0; i < Math.min(3, steps - 1); i++) step()
const [cpu, wall] = [process.cpuUsage(), performance.now()]
let last
for (let i = 0; i < steps; i++) last = step()
const { user, system } = process.cpuUsage(cpu)
console.log(
  JSON.stringify({ mode, cpu: (user + system) / 1000 / steps, wall: (performance.now() - wall) / steps, loss: last }),
)
