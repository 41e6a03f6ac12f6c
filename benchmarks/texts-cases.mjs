/** all-MiniLM-L6-v2 with its weights, and what is timed of it on sentences of the Brown corpus. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { openTokenizer, readTextsOf, shortestFirst, stepsOfBatch } from '@ptu/data'
import { readModel } from '@ptu/formats/node'
import { dense } from '@ptu/layers'
import { freeze } from '@ptu/networks'
import { adam } from '@ptu/optim'
import { fineTune, ptu, share, transfer } from '@ptu/strategies'
import { key } from '@ptu/core'
import { disposeParams } from '@ptu/tensor'
import { crossEntropy, start, step } from '@ptu/trainer'
import { cast, oneHot, tensor } from '@tensorflow/tfjs-core'

import { right } from './mobilenet-source.mjs'

/** The folder of the network. */
export const folder = fileURLToPath(new URL('../node_modules/.cache/ptu-weights/all-MiniLM-L6-v2', import.meta.url))

const steps = 32
const [encoded, learnt] = [128, 24]

const sentences = right(await readTextsOf('brown-genres:news,romance#each=500')())

/** A table of so many sentences and their genres. */
export const labelledTexts = (count) => {
  const rows = sentences.texts.map((text, i) => `"${text.replaceAll('"', '""')}",${sentences.labels[i]}`)
  return ['text,label', ...rows.slice(0, count), ''].join('\n')
}

/** Sentences as ids, padded to 32: of every genre, from the shortest to the longest. */
const numbered = (count) => {
  const json = JSON.parse(readFileSync(`${folder}/tokenizer.json`, 'utf8'))
  const tokenizer = right(openTokenizer(json, { steps, padding: 0 }))
  const stride = Math.floor(sentences.texts.length / count)
  const features = new Float32Array(count * steps)
  for (let i = 0; i < count; i++) features.set(tokenizer.number(sentences.texts[i * stride] ?? '').ids, i * steps)
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
  return { shape: [steps], features, labels, classes: ['a', 'b'], padding: 0 }
}

/** Batches of similar length, cut behind the longest of each. */
const batchesOf = (dataset, size) => {
  const order = [...shortestFirst(dataset)]
  return Array.from({ length: Math.ceil(order.length / size) }, (_, i) => {
    const places = order.slice(i * size, (i + 1) * size)
    const length = stepsOfBatch(dataset, places)
    return places.map((place) => [...dataset.features.subarray(place * steps, place * steps + length)])
  })
}

const tokensIn = (batches) => batches.flat(2).filter((id) => id !== 0).length

const training = (source, batch, strategy) => {
  const { blocks } = source
  // Embeddings and four layers stay; two learn; the mean over tokens has nothing to learn.
  const plan = blocks.map((_, i) => (i >= blocks.length - 3 && i < blocks.length - 1 ? strategy : share))
  const objective = {
    model: transfer(source, { blocks: plan, head: dense(2) }),
    loss: crossEntropy,
    optimizer: adam(1e-4),
  }
  const advance = step(objective)
  const ids = tensor(batch, [batch.length, batch[0].length])
  const labels = batch.map((_, i) => i % 2)
  const examples = { x: objective.model.encode(ids), y: cast(oneHot(labels, 2), 'float32') }
  let state = start(objective, key(2), [batch[0].length])
  return () => {
    const next = advance(state, examples, { steps: 100_000 })
    next.loss.dataSync()
    next.loss.dispose()
    state = next.state
  }
}

/** The works that are timed, with the largest ratio of CPU time, this project / PyTorch, that is wanted; and the batches of ids. */
export const minilm = async () => {
  const { source: opened } = right(await readModel(folder)())
  const source = freeze(
    opened.blocks,
    opened.blocks.map(({ params }) => params),
  )
  const batches = { encode: batchesOf(numbered(encoded), 64), train: batchesOf(numbered(learnt), learnt)[0] }
  const tensors = batches.encode.map((batch) => tensor(batch, [batch.length, batch[0].length]))
  const encode = () => {
    for (const ids of tensors) {
      const activations = source.activations(ids)
      activations.at(-1).dataSync()
      disposeParams(activations)
    }
  }
  const tokens = { encode: tokensIn(batches.encode), train: tokensIn([batches.train]) }
  const step = (strategy) => training(source, batches.train, strategy)
  const cases = [
    { name: 'encode', run: encode, tokens: tokens.encode, target: 1.5 },
    { name: 'fine-tune of two layers', run: step(fineTune), tokens: tokens.train, target: 1.5 },
    { name: 'ptu of two layers', run: step(ptu()), tokens: tokens.train, against: 'fine-tune of two layers' },
  ]
  return { cases, batches }
}
