// Runs in a real browser: a folded model without ptu, then a transferred one after one import; posts what it found.
const { tf } = globalThis

const ones = (model) => tf.ones([2, ...model.inputs[0].shape.slice(1)])
const predicted = (model) => [...model.predict(ones(model)).dataSync()]

const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))

const saved = async (model) => {
  let found
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      found = artifacts
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) }
    }),
  )
  const { weightData, ...rest } = found
  return { ...rest, weightData: base64(weightData) }
}

const report = async () => {
  await tf.setBackend('cpu')
  const plain = await tf.loadLayersModel('/model/plain/model.json')
  const unknown = await tf.loadLayersModel('/model/transferred/model.json').catch((error) => String(error))
  const { freeze, assertFrozen } = await import('@ptu/tfjs-layers')
  const model = await tf.loadLayersModel('/model/transferred/model.json')
  const before = predicted(model)
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'categoricalCrossentropy' })
  await model.fit(ones(model), tf.oneHot([0, 1], 3), { epochs: 1, shuffle: false })
  assertFrozen(freeze(plain))
  return { plain: predicted(plain), unknown, before, after: predicted(model), saved: await saved(model) }
}

const found = await report().catch((error) => ({ error: String(error.stack ?? error) }))
await fetch('/done', { method: 'POST', body: JSON.stringify(found) })
