/** Training on sequences: rows of images into a recurrent layer, and a tagger of sentences; by fine-tuning and by units. */
import { key } from '@ptu/core'
import { hierarchicalGate } from '@ptu/gates'
import { dense, flatten, lastStep, serial, timeDistributed } from '@ptu/layers'
import { freeze, initBody, tagger, withHead } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { transfer, uniformPlan } from '@ptu/strategies'
import { normal } from '@ptu/tensor'
import { crossEntropy, start, step, stepCrossEntropy } from '@ptu/trainer'
import * as tf from '@tensorflow/tfjs'

export const batch = 32
/** Steps of one run. */
export const stepsPerRun = 3
const labels = (count, classes) =>
  tf
    .oneHot(
      Array.from({ length: count }, (_, i) => i % classes),
      classes,
    )
    .toFloat()

/** Training steps on one batch, encoded once if the model is in two stages, as the trainer's cache does. */
const training = (model, { x, y, input, loss }) => {
  const objective = { model, loss, optimizer: adam(4e-3) }
  const advance = step(objective)
  const encoded = model.encode?.(x) ?? x
  let state = start(objective, key(3), input)
  return () => {
    for (let i = 0; i < stepsPerRun; i++) {
      const next = advance(state, { x: encoded, y }, { steps: 100_000 })
      next.loss.dataSync()
      next.loss.dispose()
      state = next.state
    }
    return stepsPerRun
  }
}

// --- rows of images: 28 steps of 28 features, 64 units -----------------------------------------------------------------

export const [classes, units, input] = [5, 64, [28, 28]]
export const images = () => ({
  x: normal(key(2), [batch, ...input]),
  y: labels(batch, classes),
  input,
  loss: crossEntropy,
})

/** The units that are timed, by name. */
export const mixes = {
  'ptu, affine maps, two branches': { gate: hierarchicalGate() },
  'ptu, affine maps, three branches': {},
  'ptu, affine maps, three branches, no noise': { gate: hierarchicalGate({ branches: 3, noise: 'none' }) },
  'ptu, hidden state, two branches': { gate: hierarchicalGate(), mix: { hidden: 'mixed' } },
  'ptu, hidden state, three branches': { mix: { hidden: 'mixed' } },
  'ptu, hidden state, three branches, pure path': { mix: { hidden: 'pure' } },
}

/** Training of a recurrent layer over rows of images, by strategy. */
export const cellTraining = (recurrent) => {
  const body = [{ name: 'rows', layer: serial(timeDistributed(flatten), recurrent, lastStep()) }]
  const source = freeze(body, initBody(body, key(1), input))
  const given = images()
  return (strategy) =>
    training(transfer(source, { blocks: uniformPlan(source, strategy), head: dense(classes) }), given)
}

// --- sentences: 24 tokens, 32 features, 32 units in each direction ----------------------------------------------------

export const [length, tags, vocabulary] = [24, 12, 5000]
export const tokens = batch * length
export const sentences = () => ({
  x: tf.tensor2d(
    Array.from({ length: tokens }, (_, i) => 1 + ((i * 7919) % (vocabulary - 1))),
    [batch, length],
    'int32',
  ),
  y: labels(tokens, tags).reshape([batch, length, tags]),
  input: [length],
  loss: stepCrossEntropy,
})

/** Training of a tagger by strategy, its network with all parameters for inference, and what to dispose of. */
export const taggerTraining = () => {
  const body = tagger({ vocabulary })
  const head = timeDistributed(dense(tags), { masked: true })
  const given = sentences()
  const params = initBody(body, key(1), given.input)
  const source = freeze(body, params)
  const network = withHead(body, head)
  const all = network.init(key(1), given.input)
  const train = (strategy) => training(transfer(source, { blocks: uniformPlan(source, strategy), head }), given)
  return { train, network, all, params, x: given.x }
}
