/** Trains a small network by ptu for the steps that are given and writes the CPU seconds of the process. */
import { key } from '@ptu/core'
import { dense } from '@ptu/layers'
import { freeze, initBody, mlp } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { ptu, transfer, uniformPlan } from '@ptu/strategies'
import { normal } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { crossEntropy, start, step } from '@ptu/trainer'
import { cast, oneHot } from '@tensorflow/tfjs-core'

const started = await useBackend('wasm')()
if (started._tag === 'Left') throw started.left

const steps = Number(process.argv[2])
const body = mlp([32, 32])
const source = freeze(body, initBody(body, key(1), [6]))
const model = transfer(source, { blocks: uniformPlan(source, ptu()), head: dense(2) })
const objective = { model, loss: crossEntropy, optimizer: adam(4e-3) }
const labels = Array.from({ length: 12 }, (_, i) => i % 2)
const examples = { x: model.encode(normal(key(2), [12, 6])), y: cast(oneHot(labels, 2), 'float32') }
const advance = step(objective)
let state = start(objective, key(3), [6])
for (let i = 0; i < steps; i++) {
  const next = advance(state, examples, { steps })
  next.loss.dataSync()
  next.loss.dispose()
  state = next.state
}
const { user, system } = process.cpuUsage()
console.log((user + system) / 1e6)
process.exit(0)
