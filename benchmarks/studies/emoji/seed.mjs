/** A thread that trains every candidate on the labels of one seed at a time. */
import { parentPort, workerData } from 'node:worker_threads'

import { foldIn, key } from '@ptu/core'
import { fewShot, moments } from '@ptu/data'
import { freeze } from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { bestByValidation, evaluate, runCandidate } from '@ptu/trainer'

import { mobilenet, right } from '../../mobilenet-source.mjs'
import { candidatesOn, pixelsCandidate } from './candidates.mjs'

const { features, pixels, shots, steps, batchSize, frozen } = workerData

right(await useBackend('wasm')())
const { blocks } = await mobilenet()
const transferred = blocks.slice(frozen)
const source = freeze(
  transferred,
  transferred.map(({ params }) => params),
)

/** One candidate on the labels of a seed: chosen, trained, and its accuracy on each set to test on. */
const result = async (candidate, { train, ...tests }, normalisation, seed) => {
  const options = { train, normalisation, key: foldIn(key(seed), 1), steps, batchSize }
  const { chosen, trials, model, params, seconds } = right(await runCandidate(candidate, options)())
  const accuracies = {}
  for (const [name, test] of Object.entries(tests))
    accuracies[name] = (await evaluate(model, params, test, normalisation)).accuracy
  disposeParams(params)
  return { name: candidate.name, chosen, trials, accuracies, seconds: seconds.search + seconds.train }
}

/** The best by validation over several candidates. */
const best = (results) => {
  const { of, label } = bestByValidation(results.flatMap((of) => of.trials.map((trial) => ({ ...trial, of }))))
  return { ...of, name: 'any*', chosen: `${of.name}: ${label}` }
}

const labelled = (sets, seed) => ({ ...sets, train: right(fewShot(foldIn(key(seed), 0), sets.train, shots)) })

const runSeed = async (seed) => {
  const classes = features.train.classes.length
  const [few, small] = [labelled(features, seed), labelled(pixels, seed)]
  const results = [await result(pixelsCandidate(classes), small, moments(small.train), seed)]
  parentPort.postMessage({ seed, done: results.at(-1) })
  for (const candidate of candidatesOn(source, classes)) {
    results.push(await result(candidate, few, { mean: 0, deviation: 1 }, seed))
    parentPort.postMessage({ seed, done: results.at(-1) })
  }
  const [linear, ...others] = results
  const searched = others.filter(({ trials }) => trials.length > 0)
  const single = others.filter(({ trials }) => trials.length === 0)
  parentPort.postMessage({ seed, results: [linear, ...searched, best(searched), ...single] })
}

parentPort.on('message', (seed) => {
  if (seed === undefined) process.exit(0)
  void runSeed(seed)
})
