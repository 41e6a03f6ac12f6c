/**
 * Trains a small network with learnt gates for 10,000 steps and asserts that neither tensors nor memory grow.
 *
 * Usage: npm run bench:heap [-- --steps 10000]     writes benchmarks/results/heap.json; exits with 1 where something grew
 */
import { writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { key, normals } from '@ptu/core'
import { dense } from '@ptu/layers'
import { freeze, initBody, lenet } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { ptu, transfer, uniformPlan } from '@ptu/strategies'
import { useBackend } from '@ptu/tensor/backend'
import { crossEntropy, encodeDataset, start, step } from '@ptu/trainer'
import * as tf from '@tensorflow/tfjs'

import { machine } from './interleaved.mjs'
import { readOptions } from './options.mjs'

const steps = Number(readOptions({ steps: { type: 'string', default: '10000' } }).steps)
const started = await useBackend('wasm')()
if (started._tag === 'Left') throw started.left
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

const shape = [8, 8, 1]
const count = 64
const examples = {
  shape,
  features: normals(key(0), count * 64),
  labels: Int32Array.from({ length: count }, (_, i) => i % 4),
  classes: ['a', 'b', 'c', 'd'],
}
const body = lenet([4, 8, 16])
const source = freeze(body, initBody(body, key(1), shape))
const model = transfer(source, { blocks: uniformPlan(source, ptu()), head: dense(4) })
const objective = { model, loss: crossEntropy, optimizer: adam(1e-3), average: { decay: 0.98 } }
const data = await encodeDataset(model, examples, { mean: 0, deviation: 1 })
const advance = step(objective)

/** The bytes and tensors that are held, after what is unused was collected. */
const held = () => {
  collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  const { numTensors, numDataBuffers, numBytes } = tf.memory()
  return { heapUsed, outside: external + arrayBuffers, tensors: numTensors, buffers: numDataBuffers, bytes: numBytes }
}

const seen = []
let state = start(objective, key(2), shape)
for (let done = 0; done < steps; done++) {
  if (done % (steps / 10) === 0 && done > 0) seen.push({ step: done, ...held() })
  const batch = data.batch(Int32Array.from({ length: 8 }, (_, i) => (8 * done + i) % count))
  const next = advance(state, batch, { steps })
  next.loss.dataSync()
  next.loss.dispose()
  tf.dispose([batch.x, batch.y])
  state = next.state
}
seen.push({ step: steps, ...held() })
console.table(seen)

const [first] = seen
const last = seen.at(-1)
/** Compiled code and statistics of the engine may still grow by this, which is 30 bytes a step. */
const slack = 30 * steps
const grown = [
  ...['tensors', 'buffers', 'bytes'].filter((name) => last[name] !== first[name]),
  ...['heapUsed', 'outside'].filter((name) => last[name] - first[name] > slack),
]
const result = {
  what: 'ptu on lenet of 4, 8, 16 at 8×8, batch 8, Adam, moving average',
  machine: machine(),
  steps,
  seen,
  grown,
}
if (steps === 10_000)
  writeFileSync(new URL('./results/heap.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
console.log(grown.length === 0 ? 'nothing grew' : `grew: ${grown.join(', ')}`)
process.exit(grown.length === 0 ? 0 : 1)
