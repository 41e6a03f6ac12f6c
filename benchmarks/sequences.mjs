/**
 * Measures the cost of training on sequences: a GRU and an LSTM against tf.layers, units against fine-tuning, and a
 * tagger's tokens per second. Ratios of a GRU and an LSTM to PyTorch are in `npm run bench:kernels`.
 *
 * Usage: npm run bench:sequences [-- --backend wasm] [--rounds 9]     writes benchmarks/results/sequences.json
 */
import { mkdirSync, writeFileSync } from 'node:fs'

import { gru, lstm } from '@ptu/layers'
import { fineTune, ptu } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import * as tf from '@tensorflow/tfjs'

import { interleaved, machine } from './interleaved.mjs'
import { readOptions } from './options.mjs'
import {
  batch,
  cellTraining,
  classes,
  images,
  input,
  length,
  mixes,
  stepsPerRun,
  taggerTraining,
  tokens,
  units,
} from './sequence-training.mjs'

const options = readOptions({ backend: { type: 'string', default: 'wasm' }, rounds: { type: 'string', default: '9' } })
const started = await useBackend(options.backend)()
if (started._tag === 'Left') throw started.left

const rounds = Number(options.rounds)
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

const layersModel = (recurrent) => {
  const model = tf.sequential({
    layers: [recurrent({ units, inputShape: input }), tf.layers.dense({ units: classes, activation: 'softmax' })],
  })
  model.compile({ optimizer: tf.train.adam(4e-3), loss: 'categoricalCrossentropy' })
  const { x, y } = images()
  return async () => {
    for (let i = 0; i < stepsPerRun; i++) await model.trainOnBatch(x, y)
    return stepsPerRun
  }
}

const cellRows = async (recurrent, inLayers) => {
  const train = cellTraining(recurrent)
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

const taggerRows = async () => {
  const { train, network, all, params, x } = taggerTraining()
  const figures = await interleaved(
    {
      inference: () => {
        const scores = network.apply(all, x, { kind: 'infer' })
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
