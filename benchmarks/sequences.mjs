/**
 * Measures the cost of training on sequences: a GRU and an LSTM against tf.layers, units against fine-tuning, and a
 * tagger's tokens per second. Ratios of a GRU and an LSTM to PyTorch are in `npm run bench:kernels`.
 *
 * Usage: npm run bench:sequences [-- --backend wasm] [--rounds 9]     writes benchmarks/results/sequences.json
 */
import { mkdirSync, writeFileSync } from 'node:fs'

import { key } from '@ptu/core'
import { hierarchicalGate } from '@ptu/gates'
import { dense, flatten, gru, lastStep, lstm, serial, timeDistributed } from '@ptu/layers'
import { freeze, initBody, tagger, withHead } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { fineTune, ptu, transfer, uniformPlan } from '@ptu/strategies'
import { disposeParams, normal } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { crossEntropy, start, step, stepCrossEntropy } from '@ptu/trainer'
import * as tf from '@tensorflow/tfjs'

import { interleaved, machine } from './interleaved.mjs'
import { readOptions } from './options.mjs'

const options = readOptions({ backend: { type: 'string', default: 'wasm' }, rounds: { type: 'string', default: '9' } })
const started = await useBackend(options.backend)()
if (started._tag === 'Left') throw started.left

const batch = 32
const stepsPerRun = 3
const rounds = Number(options.rounds)
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

/** The same without the kernel that runs units over all steps, as on backends that have none. */
const stepByStep = (run) => () => {
  const name = 'PtuMixedSequence'
  const kernel = tf.getKernel(name, tf.getBackend())
  if (kernel !== undefined) tf.unregisterKernel(name, tf.getBackend())
  try {
    return run()
  } finally {
    if (kernel !== undefined) tf.registerKernel(kernel)
  }
}

/** The most that a contender should cost, in times of fine-tuning; of the tagger's, half its tokens per second. */
const targets = {
  'ptu, affine maps, two branches': 2,
  'ptu, affine maps, three branches': 2.6,
  'ptu, hidden state, two branches': 3.5,
  'ptu, hidden state, three branches': 3.5,
  'ptu, hidden state, three branches, pure path': 3.5,
  'ptu, affine maps': 2,
}

const targetOf = (name, ratio) =>
  targets[name] === undefined ? {} : { target: targets[name], met: ratio <= targets[name] }

const rows = (figures, reference) =>
  Object.entries(figures).map(([name, { cpu, least, most, wall }]) => ({
    name,
    ratio: Number((cpu / figures[reference].cpu).toFixed(2)),
    ...targetOf(name, cpu / figures[reference].cpu),
    cpuMs: Number(cpu.toFixed(2)),
    leastMs: Number(least.toFixed(2)),
    mostMs: Number(most.toFixed(2)),
    wallMs: Number(wall.toFixed(2)),
  }))

// --- rows of images: 28 steps of 28 features, 64 units -----------------------------------------------------------------

const [classes, units, input] = [5, 64, [28, 28]]
const images = { x: normal(key(2), [batch, ...input]), y: labels(batch, classes), input, loss: crossEntropy }

const layersModel = (recurrent) => {
  const model = tf.sequential({
    layers: [recurrent({ units, inputShape: input }), tf.layers.dense({ units: classes, activation: 'softmax' })],
  })
  model.compile({ optimizer: tf.train.adam(4e-3), loss: 'categoricalCrossentropy' })
  return async () => {
    for (let i = 0; i < stepsPerRun; i++) await model.trainOnBatch(images.x, images.y)
    return stepsPerRun
  }
}

const mixes = {
  'ptu, affine maps, two branches': { gate: hierarchicalGate() },
  'ptu, affine maps, three branches': {},
  'ptu, affine maps, three branches, no noise': { gate: hierarchicalGate({ branches: 3, noise: 'none' }) },
  'ptu, hidden state, two branches': { gate: hierarchicalGate(), mix: { hidden: 'mixed' } },
  'ptu, hidden state, three branches': { mix: { hidden: 'mixed' } },
  'ptu, hidden state, three branches, pure path': { mix: { hidden: 'pure' } },
}

const cellRows = async (recurrent, inLayers) => {
  const body = [{ name: 'rows', layer: serial(timeDistributed(flatten), recurrent, lastStep()) }]
  const source = freeze(body, initBody(body, key(1), input))
  const train = (strategy) =>
    training(transfer(source, { blocks: uniformPlan(source, strategy), head: dense(classes) }), images)
  const contenders = {
    'fine-tune': train(fineTune),
    'tf.layers': layersModel(inLayers),
    ...Object.fromEntries(Object.entries(mixes).map(([name, mix]) => [name, train(ptu(mix))])),
    ...Object.fromEntries(
      Object.entries(mixes)
        .filter(([name]) => targets[name] !== undefined)
        .map(([name, mix]) => [`${name}, step by step`, stepByStep(train(ptu(mix)))]),
    ),
  }
  return rows(await interleaved(contenders, { rounds }), 'fine-tune')
}

// --- sentences: 24 tokens, 32 features, 32 units in each direction ----------------------------------------------------

const [length, tags, vocabulary] = [24, 12, 5000]
const tokens = batch * length
const sentences = {
  x: tf.tensor2d(
    Array.from({ length: tokens }, (_, i) => 1 + ((i * 7919) % (vocabulary - 1))),
    [batch, length],
    'int32',
  ),
  y: labels(tokens, tags).reshape([batch, length, tags]),
  input: [length],
  loss: stepCrossEntropy,
}

const taggerRows = async () => {
  const body = tagger({ vocabulary })
  const head = timeDistributed(dense(tags), { masked: true })
  const params = initBody(body, key(1), sentences.input)
  const source = freeze(body, params)
  const network = withHead(body, head)
  const all = network.init(key(1), sentences.input)
  const train = (strategy) => training(transfer(source, { blocks: uniformPlan(source, strategy), head }), sentences)
  const figures = await interleaved(
    {
      inference: () => {
        const scores = network.apply(all, sentences.x, { kind: 'infer' })
        scores.dataSync()
        scores.dispose()
        return 1
      },
      'fine-tune': train(fineTune),
      'ptu, affine maps': train(ptu()),
      'ptu, hidden state': train(ptu({ mix: { hidden: 'mixed' } })),
      'ptu, affine maps, step by step': stepByStep(train(ptu())),
      'ptu, hidden state, step by step': stepByStep(train(ptu({ mix: { hidden: 'mixed' } }))),
    },
    { rounds },
  )
  disposeParams([...params, all])
  return rows(figures, 'fine-tune').map((row) => ({ ...row, tokensPerSecond: Math.round((1000 * tokens) / row.cpuMs) }))
}

const result = {
  what:
    `training step, batch ${batch}, Adam, one thread; gru and lstm: ${input.join(' x ')}, ${units} units; tagger: ${length} tokens, ` +
    `bidirectional GRU of 32; ratio = CPU time / CPU time of fine-tune; gates of units are drawn at every step unless said; ` +
    `step by step: without the kernel PtuMixedSequence, as it was before`,
  backend: { name: started.right.name, notes: started.right.notes },
  machine: machine(),
  rounds,
  gru: await cellRows(gru(units), tf.layers.gru),
  lstm: await cellRows(lstm(units), tf.layers.lstm),
  tagger: await taggerRows(),
}
for (const part of ['gru', 'lstm', 'tagger']) {
  console.log(part)
  console.table(result[part])
}
const folder = new URL('./results/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('sequences.json', folder), `${JSON.stringify(result, null, 2)}\n`)
process.exit(0)
