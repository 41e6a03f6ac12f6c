/**
 * Measures the cost of a training step of each strategy, as a ratio to fine-tuning's, in one interleaved run.
 *
 * Usage: npm run bench:strategies [-- --backend wasm] [--rounds 11]     writes benchmarks/results/strategies-<backend>.json
 */
import { mkdirSync, writeFileSync } from 'node:fs'

import { foldIn, key } from '@ptu/core'
import { hierarchicalGate } from '@ptu/gates'
import { dense } from '@ptu/layers'
import { freeze, initBody, lenet } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { fineTune, ptu, scratch, sharePlan, transfer, uniformPlan } from '@ptu/strategies'
import { disposeParams, normal } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { crossEntropy, start, step } from '@ptu/trainer'
import * as tf from '@tensorflow/tfjs'

import { interleaved, machine } from './interleaved.mjs'
import { readOptions } from './options.mjs'

const options = readOptions({ backend: { type: 'string', default: 'wasm' }, rounds: { type: 'string', default: '11' } })
const started = await useBackend(options.backend)()
if (started._tag === 'Left') throw started.left

const batch = 32
const classes = 5
const input = [28, 28, 1]
const stepsPerRun = 5
const body = lenet([16, 32, 64])
const source = freeze(body, initBody(body, key(1), input))
const x = normal(key(2), [batch, ...input])
const y = tf
  .oneHot(
    Array.from({ length: batch }, (_, i) => i % classes),
    classes,
  )
  .toFloat()

/** Steps on one batch, encoded once (as the trainer's cache does) or at every step. */
const contender = (blocks, { cached = true } = {}) => {
  const model = transfer(source, { blocks, head: dense(classes) })
  const objective = { model, loss: crossEntropy, optimizer: adam(4e-3) }
  const advance = step(objective)
  const kept = cached ? model.encode(x) : undefined
  let state = start(objective, key(3), input)
  return () => {
    for (let i = 0; i < stepsPerRun; i++) {
      const encoded = kept ?? model.encode(x)
      const next = advance(state, { x: encoded, y }, { steps: 100_000 })
      next.loss.dataSync()
      next.loss.dispose()
      if (!kept) disposeParams(encoded)
      state = next.state
    }
    return stepsPerRun
  }
}

/** The same network in tf.layers, trained by its own fit. */
const layersModel = () => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: input, filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 32, kernelSize: 3, padding: 'same', activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 64, activation: 'relu' }),
      tf.layers.dense({ units: classes, activation: 'softmax' }),
    ],
  })
  model.compile({ optimizer: tf.train.adam(4e-3), loss: 'categoricalCrossentropy' })
  return async () => {
    for (let i = 0; i < stepsPerRun; i++) await model.trainOnBatch(x, y)
    return stepsPerRun
  }
}

const figures = await interleaved(
  {
    scratch: contender(uniformPlan(source, scratch)),
    'fine-tune': contender(uniformPlan(source, fineTune)),
    'share-1': contender(sharePlan(source, 1)),
    'share-2': contender(sharePlan(source, 2)),
    'share-3': contender(sharePlan(source, 3)),
    'share-3, not cached': contender(sharePlan(source, 3), { cached: false }),
    'ptu, two branches': contender(uniformPlan(source, ptu())),
    'ptu, two branches, not cached': contender(uniformPlan(source, ptu()), { cached: false }),
    'ptu, three branches': contender(uniformPlan(source, ptu({ gate: hierarchicalGate({ branches: 3 }) }))),
    'tf.layers': layersModel(),
  },
  { rounds: Number(options.rounds) },
)
const reference = figures['fine-tune'].cpu
const rows = Object.entries(figures).map(([name, { cpu, least, most, wall }]) => ({
  name,
  ratio: Number((cpu / reference).toFixed(3)),
  cpuMs: Number(cpu.toFixed(2)),
  leastMs: Number(least.toFixed(2)),
  mostMs: Number(most.toFixed(2)),
  wallMs: Number(wall.toFixed(2)),
}))
console.table(rows)
const folder = new URL('./results/', import.meta.url)
mkdirSync(folder, { recursive: true })
const result = {
  what: `training step, lenet of 16, 32, 64 on 28x28x1, batch ${batch}, Adam; ratio = CPU time / CPU time of fine-tune`,
  backend: { name: started.right.name, notes: started.right.notes },
  machine: machine(),
  rounds: Number(options.rounds),
  targets: { 'ptu, two branches': 1.5, 'ptu, three branches': 2.2 },
  rows,
}
writeFileSync(new URL(`strategies-${started.right.name}.json`, folder), `${JSON.stringify(result, null, 2)}\n`)

process.exit(0)
