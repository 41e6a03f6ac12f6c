// Someone who has tfjs and a folder with model.json and weights.bin, and has never heard of ptu.
import { readFileSync } from 'node:fs'

import * as tf from '@tensorflow/tfjs'

const [, , folder] = process.argv
const { modelTopology, weightsManifest, userDefinedMetadata } = JSON.parse(readFileSync(`${folder}/model.json`, 'utf8'))
const bytes = readFileSync(`${folder}/${weightsManifest[0].paths[0]}`)
const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
const weightSpecs = weightsManifest[0].weights
tf.env().set('PROD', true)
const model = await tf.loadLayersModel(
  tf.io.fromMemory({ modelTopology, weightSpecs, weightData, userDefinedMetadata }),
)
const output = await model.predict(tf.ones([1, ...model.inputs[0].shape.slice(1)])).data()
console.log(JSON.stringify({ classes: model.layers.map((layer) => layer.getClassName()), output: [...output] }))
