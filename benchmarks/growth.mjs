/**
 * Measures how the cost of training grows with image size, blocks, classes and labels: CPU time at four sizes each, and the
 * exponent of the power that fits best.
 *
 * Usage: npm run bench:growth [-- --rounds 5]     writes benchmarks/results/growth.json and the tables of docs/performance.md
 */
import { writeFileSync } from 'node:fs'

import { key, normals } from '@ptu/core'
import { moments } from '@ptu/data'
import { conv2d, dense, globalAveragePool, maxPool, relu, serial } from '@ptu/layers'
import { taskKindOf, trainedHere } from '@ptu/experiments'
import { freeze, initBody } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { ptu, share, transfer } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { crossEntropy, encodeDataset, fit, start, step } from '@ptu/trainer'
import * as tf from '@tensorflow/tfjs'

import { growth } from './growth-of.mjs'
import { machine } from './interleaved.mjs'
import { readOptions } from './options.mjs'
import { writeTables } from './performance-page.mjs'

const rounds = Number(readOptions({ rounds: { type: 'string', default: '5' } }).rounds)
const started = await useBackend('wasm')()
if (started._tag === 'Left') throw started.left
const batch = 32

const examplesOf = (count, shape, classes) => ({
  shape,
  features: normals(key(0), count * shape.reduce((product, n) => product * n, 1)),
  labels: Int32Array.from({ length: count }, (_, i) => i % classes),
  classes: Array.from({ length: classes }, (_, i) => String(i)),
})

const blocks = 8

/** Eight convolutions of 16 channels, the last `learnt` of which learn; the others are frozen. */
const modelOf = (shape, { learnt, classes, strategy }) => {
  const body = Array.from({ length: blocks }, (_, i) => ({
    name: `block ${i}`,
    layer: i === 0 ? serial(conv2d(16, 3), relu, maxPool(2)) : serial(conv2d(16, 3), relu),
  }))
  const source = freeze(body, initBody(body, key(1), shape))
  return transfer(source, {
    blocks: body.map((_, i) => (i < blocks - learnt ? share : strategy)),
    head: serial(globalAveragePool, dense(classes)),
  })
}

/** Steps on one batch whose frozen part was computed before. */
const steps = async ({ side = 28, learnt = 2, classes = 5, strategy = ptu() }) => {
  const shape = [side, side, 1]
  const model = modelOf(shape, { learnt, classes, strategy })
  const examples = examplesOf(batch, shape, classes)
  const data = await encodeDataset(model, examples, moments(examples))
  const [indices, times] = [Int32Array.from({ length: batch }, (_, i) => i), side > 28 ? 1 : 3]
  const advance = step({ model, loss: crossEntropy, optimizer: adam(1e-3) })
  let state = start({ model, loss: crossEntropy, optimizer: adam(1e-3) }, key(2), shape)
  return () => {
    for (let i = 0; i < times; i++) {
      const { x, y } = data.batch(indices)
      const next = advance(state, { x, y }, { steps: 100_000 })
      next.loss.dataSync()
      disposeParams([next.loss, x, y])
      state = next.state
    }
    return times
  }
}

/** A whole training by the recipe for so many labels per class, encoding included. */
const training = (shots) => {
  const shape = [14, 14, 1]
  const examples = examplesOf(2 * shots, shape, 2)
  const count = trainedHere(taskKindOf(examples)).steps(shots)
  const model = modelOf(shape, { learnt: 2, classes: 2, strategy: ptu() })
  const objective = { model, loss: crossEntropy, optimizer: adam(1e-3), average: { decay: 0.98 } }
  return async () => {
    const data = await encodeDataset(model, examples, moments(examples))
    const options = { data, key: key(3), steps: count, batchSize: batch }
    const trained = await fit(objective, options)(start(objective, key(2), shape))()
    if (trained._tag === 'Left') throw trained.left
    disposeParams(trained.right.params)
    data.dispose()
    return 1
  }
}

const effort = { rounds, warmUp: 2 }
const rows = [
  await growth('image size', 'a step; pixels a side', [14, 28, 56, 112], (side) => steps({ side }), effort),
  await growth('blocks that learn', 'a step; of eight blocks', [1, 2, 4, 8], (learnt) => steps({ learnt }), effort),
  await growth('classes', 'a step', [2, 20, 200, 2000], (classes) => steps({ classes }), effort),
  await growth('labels', 'a training; labels per class', [5, 20, 80, 320], training, { rounds: 1, warmUp: 0 }),
]
const result = {
  what: 'CPU time of ptu on eight convolutions of 16 channels, 28×28, two blocks learn, 5 classes, batch 32, unless said otherwise',
  machine: machine(),
  rounds,
  rows,
}
writeFileSync(new URL('./results/growth.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
writeTables()
process.exit(0)
