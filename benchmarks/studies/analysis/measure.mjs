/** Measures a trained model on the test examples, which are opened once. */
import { atTemperature, blockFeatures, calibrationInterval, compareBlocks, corruptParams, eachBlock, equalWidth, fitTemperature, foldedBlocks, negativeLogLikelihood, openBlocks, softmaxOf, vulnerability } from '@ptu/analysis' // prettier-ignore
import { foldIn, key } from '@ptu/core'
import { take, toTensors } from '@ptu/data'
import { withHead } from '@ptu/networks'
import { fold } from '@ptu/strategies'
import { disposeParams } from '@ptu/tensor'
import { accuracy, argmaxRows, encodeEachBatch, lossOf, predict } from '@ptu/trainer'

import { channelsOf } from './channels.mjs'
import { attacks, blockwise, looked } from './plan.mjs'

export const rounded = (value, digits = 5) => Number(value.toFixed(digits))

const first = (examples, count) =>
  take(
    examples,
    Array.from({ length: Math.min(count, examples.labels.length) }, (_, i) => i),
  )

const predicted = (network, params, examples, normalisation) =>
  predict(network, params, encodeEachBatch(network, examples, normalisation), { batchSize: 128 })

export const accuracyOf = async (network, params, examples, normalisation) => {
  const { logits, labels, classes } = await predicted(network, params, examples, normalisation)
  return accuracy(argmaxRows(logits, classes), labels)
}

/** Examples as batches of tensors, which the caller owns. */
const batchesOf = (examples, normalisation, size = 128) =>
  Array.from({ length: Math.ceil(examples.labels.length / size) }, (_, i) => {
    const places = Array.from({ length: Math.min(size, examples.labels.length - i * size) }, (_, j) => i * size + j)
    return toTensors(examples, normalisation, places)
  })

const rowsOf = ({ logits, labels, classes }, places) => ({
  logits: Float64Array.from(places.flatMap((place) => [...logits.subarray(place * classes, (place + 1) * classes)])),
  labels: Int32Array.from(places, (place) => labels[place]),
  classes,
})

/** Five parts of the examples; the temperature that divides the logits of one is fitted to the others. */
const parts = 5

const cooled = (scored) => {
  const logits = new Float64Array(scored.logits.length)
  const all = Array.from(scored.labels.keys())
  for (let part = 0; part < parts; part++) {
    const own = all.filter((i) => i % parts === part)
    const temperature = fitTemperature(rowsOf(scored, all.filter((i) => i % parts !== part))) // prettier-ignore
    const { logits: found } = atTemperature(rowsOf(scored, own), temperature)
    own.forEach((place, i) => logits.set(found.subarray(i * scored.classes, (i + 1) * scored.classes), place * scored.classes)) // prettier-ignore
  }
  return { ...scored, logits }
}

const errorOf = (scored) => {
  const { error, chance } = calibrationInterval(key(0), softmaxOf(scored), { binning: equalWidth(10), resamples: 400 })
  return { error: rounded(error), chance: rounded(chance) }
}

const calibrationOf = (scored) => {
  const after = cooled(scored)
  return {
    before: { ...errorOf(scored), loss: rounded(negativeLogLikelihood(softmaxOf(scored))) },
    after: { ...errorOf(after), loss: rounded(negativeLogLikelihood(softmaxOf(after))) },
    temperature: rounded(fitTemperature(scored), 3),
  }
}

const corruptionOf = async (risk, params, names, examples, normalisation) => {
  const set = { p: 2, relative: true }
  const rows = await vulnerability(risk, params, {
    ...{ set: { ...set, epsilon: blockwise.epsilon }, groups: eachBlock },
    random: { key: key(0xc0de), draws: blockwise.random },
  })
  const attacked = {}
  for (const epsilon of attacks) {
    const { params: moved, change } = await corruptParams(risk, params, { set: { ...set, epsilon }, steps: 3 })
    attacked[epsilon] = { accuracy: rounded(await accuracyOf(risk.model, moved, examples, normalisation)), rise: rounded(change) } // prettier-ignore
    disposeParams(moved)
  }
  const blocks = rows.map(({ group, predicted: expected, change, random }) => ({
    ...{ block: names[Number(group)], predicted: rounded(expected), rise: rounded(change) },
    random: rounded(random.reduce((a, b) => Math.max(a, b))),
  }))
  return { clean: rounded(await accuracyOf(risk.model, params, examples, normalisation)), attacked, blocks }
}

const similarityOf = async (task, plain, examples) => {
  const { x, y } = toTensors(first(examples, looked.cka), task.normalisation)
  const source = openBlocks(
    task.source.blocks,
    task.source.blocks.map(({ params }) => params),
  )
  const found = compareBlocks(await blockFeatures(source, x), await blockFeatures(foldedBlocks(plain), x))
  disposeParams([x, y])
  return found.map(({ block, cka }) => ({ block, cka: rounded(cka) }))
}

/** Measures a trained model; its gates too, channel by channel, if it has any and is asked for. */
export const measured = async (task, { model, params }, sets, isPlain) => {
  const { normalisation } = task
  const plain = fold(model, params)
  const network = withHead(plain.body, plain.head)
  const test = task.test.open()
  const scored = await predicted(network, plain.params, test, normalisation)
  const some = first(test, blockwise.examples)
  const risk = { model: network, loss: lossOf(test), batches: batchesOf(some, normalisation) }
  const names = [...plain.body.map(({ name }) => name), 'head']
  const shifts = []
  for (const { shift, severity, examples } of sets)
    shifts.push({ shift, severity, accuracy: rounded(await accuracyOf(network, plain.params, examples, normalisation)) }) // prettier-ignore
  const found = {
    accuracy: rounded(accuracy(argmaxRows(scored.logits, scored.classes), scored.labels)),
    tested: scored.labels.length,
    inside: rounded(
      await accuracyOf(network, plain.params, first(test, sets[0].examples.labels.length), normalisation),
    ),
    calibration: calibrationOf(scored),
    corruption: await corruptionOf(risk, plain.params, names, some, normalisation),
    cka: await similarityOf(task, plain, test),
    shifts,
    ...(isPlain && { channels: await channelsOf(model, params, plain, risk, first(test, looked.conductance), normalisation) }), // prettier-ignore
  }
  disposeParams([plain.params, risk.batches])
  return found
}

export { batchesOf, first, foldIn }
