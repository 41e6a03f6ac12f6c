/** This project's contenders of `npm run bench`, by name; each is made when it is first run. */
import { key } from '@ptu/core'
import { hierarchicalGate } from '@ptu/gates'
import { dense, globalAveragePool, gru, infer, lstm, serial } from '@ptu/layers'
import { freeze, initBody, lenet } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { fineTune, ptu, transfer } from '@ptu/strategies'
import { normal, scope } from '@ptu/tensor'
import { crossEntropy, start, step } from '@ptu/trainer'
import * as tf from '@tensorflow/tfjs'

import { invertedNetwork, networks } from '../inverted-networks.mjs'
import { networks as small } from '../kernels/networks.mjs'
import { cellTraining, stepsPerRun, taggerTraining, units } from '../sequence-training.mjs'
import { cases, transformer } from '../transformer-cases.mjs'

/** Images of a batch. */
export const batch = 16

/** A training step of some blocks under one strategy on one batch that was encoded once. */
const training = (blocks, strategy, x, classes, head) => {
  const source = freeze(
    blocks,
    blocks.map(({ params }) => params),
  )
  const model = transfer(source, { blocks: blocks.map(() => strategy), head })
  const objective = { model, loss: crossEntropy, optimizer: adam(1e-4) }
  const labels = Array.from({ length: x.shape[0] }, (_, i) => i % classes)
  const batchOf = { x: model.encode(x), y: tf.oneHot(labels, classes).toFloat() }
  let state = start(objective, key(2), x.shape.slice(1))
  return () => {
    const next = step(objective)(state, batchOf, { steps: 100_000 })
    next.loss.dataSync()
    next.loss.dispose()
    state = next.state
  }
}

const run = (blocks, x) => blocks.reduce((h, { layer, params }) => layer.apply(params, h, infer), x)

/** Encoding and training of one network of inverted residuals, which is built once. */
const ofNetwork = ([name, [stages, side, counts]]) => {
  let network
  const built = () => (network ??= { ...invertedNetwork(stages, side), photos: normal(key(3), [batch, side, side, 3]) })
  const encode = () => {
    const { blocks, photos } = built()
    return () => {
      scope(() => run(blocks, photos)).dispose()
    }
  }
  const last = (count, strategy) => () => {
    const { blocks, photos } = built()
    const first = blocks.length - 1 - count
    const features = scope(() => run(blocks.slice(0, first), photos))
    return training(blocks.slice(first, -1), strategy, features, 9, serial(globalAveragePool, dense(9)))
  }
  return [
    [`${name} encode`, encode],
    ...counts.flatMap((count) => [
      [`${name} fine-tune ${count}`, last(count, fineTune)],
      [`${name} PTU ${count}`, last(count, ptu())],
    ]),
  ]
}

const threeBranches = () => ptu({ gate: hierarchicalGate({ branches: 3 }) })

/** The convolutional network of `bench:strategies`: fine-tuning, and units of two and of three branches. */
const ofLenet = () => {
  const made = (strategy) => () => {
    const body = lenet([16, 32, 64])
    const { blocks } = freeze(body, initBody(body, key(1), [28, 28, 1]))
    return training(blocks, strategy(), normal(key(4), [32, 28, 28, 1]), 5, dense(5))
  }
  const strategies = { 'fine-tune': () => fineTune, 'PTU 2': ptu, 'PTU 3': threeBranches }
  return Object.entries(strategies).map(([name, strategy]) => [`LeNet ${name}`, made(strategy)])
}

const minimised = (name) => [
  name,
  () => {
    const [loss, optimizer] = [small[name](), tf.train.sgd(0.01)]
    return () => {
      const value = optimizer.minimize(loss, true)
      value.dataSync()
      value.dispose()
    }
  },
]

const mixes = {
  'fine-tune': () => fineTune,
  'PTU two branches': () => ptu({ gate: hierarchicalGate() }),
  'PTU three branches': () => ptu(),
  'PTU hidden state, two branches': () => ptu({ gate: hierarchicalGate(), mix: { hidden: 'mixed' } }),
  'PTU hidden state, three branches': () => ptu({ mix: { hidden: 'mixed' } }),
}

const ofCell = ([name, layer]) =>
  Object.entries(mixes).map(([mix, strategy]) => [`${name} ${mix}`, () => cellTraining(layer(units))(strategy())])

export const own = Object.fromEntries([
  ...Object.keys(small).map(minimised),
  ...Object.entries(networks).flatMap(ofNetwork),
  ...cases.map((one) => [`transformer ${one.name}`, () => transformer(one)]),
  ...Object.entries({ GRU: gru, LSTM: lstm }).flatMap(ofCell),
  ['tagger fine-tune', () => taggerTraining().train(fineTune)],
  ['tagger PTU', () => taggerTraining().train(ptu())],
  ...ofLenet(),
])

/** Steps that one run of a contender takes. */
export const stepsOf = (name) => (/^(GRU|LSTM|tagger) /.test(name) ? stepsPerRun : 1)
