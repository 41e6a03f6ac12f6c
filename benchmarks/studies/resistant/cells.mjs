/** One cell of the study: a training of a strategy on a draw of labels, and the accuracy of the model as it is and attacked. */
import { corruptParams, eachBlock, eachLayer, wholeNetwork } from '@ptu/analysis'
import { key, permutation } from '@ptu/core'
import { take } from '@ptu/data'
import { closeTask, fewShotTask, loadTask, prepareSource } from '@ptu/experiments'
import { nodeTools } from '@ptu/experiments/node'
import { withHead } from '@ptu/networks'
import { fold } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import { lossOf } from '@ptu/trainer'

import { right } from '../../mobilenet-source.mjs'
import { accuracyOf, batchesOf, first, rounded } from '../analysis/measure.mjs'
import { trained } from '../analysis/train.mjs'
import { pretrainedSource } from '../gates/sources.mjs'

const groupings = { network: wholeNetwork, block: eachBlock, layer: eachLayer }

/** Opens a source and reads its data; blocks that stay as they are are computed once for every example. */
export const materialsOf = async ({ spec, target }, { folder, weights, targets }) => {
  const quiet = { warn: () => undefined }
  const tools = right(await nodeTools({ folder, cache: `${folder}/.cache`, ...quiet })())
  const context = { ...tools, kinds: [...tools.kinds, pretrainedSource(weights)] }
  const prepared = right(await prepareSource(spec, context)())
  const reading = { image: prepared.input.image, ...quiet }
  const data = right(await loadTask(targets[target] ?? target, prepared.data, reading)())
  const [worker] = tools.executor({ ...tools, backend: 'wasm', modules: [] })
  right(await worker.start()())
  const { network } = right(await prepared.open(worker, () => undefined)())
  const { regime, frozen } = prepared
  const whole = { network, regime, digest: data.digest, train: data.train, test: data.test }
  if (frozen === 0) return whole
  const request = { network, count: frozen, datasets: [data.train, data.test] }
  const { rest, datasets } = right(await worker.freeze(request, () => undefined)())
  return { ...whole, network: rest, train: datasets[0], test: datasets[1] }
}

/** The training data in two parts that have no example in common: to draw labels from, and to judge on. */
export const forDevelopment = (materials, { judged }) => {
  const order = permutation(key(0xde7), materials.train.labels.length)
  return {
    ...materials,
    train: take(materials.train, order.slice(judged)),
    test: take(materials.train, order.slice(0, judged)),
  }
}

const attackedAll = async (attacks, risk, params, examples, normalisation) => {
  const found = []
  for (const { groups, epsilon } of attacks) {
    const options = { set: { p: 2, relative: true, epsilon }, steps: 3, groups: groupings[groups] }
    const { params: moved, change } = await corruptParams(risk, params, options)
    found.push({ accuracy: rounded(await accuracyOf(risk.model, moved, examples, normalisation)), rise: rounded(change) }) // prettier-ignore
    disposeParams(moved)
  }
  return found
}

/** Trains and measures: the accuracy of all examples as the model is, and of some under each attack of the plan. */
export const measuredCell = async ({ network, train, test, digest, regime }, source, { strategy, draw, way }) => {
  const { shots, attacked, seen, ways, attacks } = source
  const target = { train, test, digest }
  const task = right(await fewShotTask({ network, target, shots, rescales: regime.rescales }, draw)())
  const { epsilon, groups } = ways[way]
  const resistance = { groups: groupings[groups] }
  const { model, params } = await trained(task, strategy, { regime, shots, epsilon, resistance })
  const plain = fold(model, params)
  const body = withHead(plain.body, plain.head)
  const all = task.test.open()
  const some = first(take(all, permutation(key(0x7e5d), all.labels.length)), attacked)
  const finding = first(some, seen)
  const risk = { model: body, loss: lossOf(finding), batches: batchesOf(finding, task.normalisation) }
  const found = {
    tested: all.labels.length,
    accuracy: rounded(await accuracyOf(body, plain.params, all, task.normalisation)),
    some: rounded(await accuracyOf(body, plain.params, some, task.normalisation)),
    attacked: await attackedAll(attacks, risk, plain.params, some, task.normalisation),
  }
  disposeParams([params, plain.params, risk.batches])
  closeTask(task)
  return found
}
