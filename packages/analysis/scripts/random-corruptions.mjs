/**
 * Compares the closed-form corruption of a small network with 10,000 random ones of the same set, for several norms.
 *
 * Usage: node packages/analysis/scripts/random-corruptions.mjs [draws]     prints one line for each set; exits with 1 if a draw is worse
 */
import '@tensorflow/tfjs'
import { key, normals } from '@ptu/core'
import { dense, serial, tanh } from '@ptu/layers'
import { vulnerability } from '@ptu/analysis'
import { crossEntropy } from '@ptu/trainer'
import { oneHot, setBackend, tensor2d } from '@tensorflow/tfjs-core'

await setBackend('cpu')
const draws = Number(process.argv[2] ?? 10_000)
const model = serial(dense(8), tanh, dense(4))
const params = model.init(key(1), [6])
const x = tensor2d(normals(key(2), 40 * 6), [40, 6])
const y = oneHot(
  Array.from({ length: 40 }, (_, i) => i % 4),
  4,
).toFloat()
const risk = { model, loss: crossEntropy, batches: [{ x, y }] }
for (const set of [
  { p: 1, epsilon: 1e-2 },
  { p: 1.5, epsilon: 1e-2 },
  { p: 2, epsilon: 1e-2 },
  { p: 2, epsilon: 1e-2, n: 10 },
  { p: 4, epsilon: 1e-2 },
  { p: Infinity, epsilon: 1e-3 },
  { p: Infinity, epsilon: 1e-3, n: 10 },
]) {
  const [found] = await vulnerability(risk, params, { set, random: { key: key(3), draws } })
  const most = Math.max(...found.random)
  console.log(
    `p ${set.p}, n ${set.n ?? found.parameters} of ${found.parameters}, ε ${set.epsilon}: predicted ${found.predicted.toExponential(4)}, ` +
      `change ${found.change.toExponential(4)}, largest of ${draws} random draws ${most.toExponential(4)}`,
  )
  if (!(most < found.change)) process.exitCode = 1
}
