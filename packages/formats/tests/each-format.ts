import * as tf from '@tensorflow/tfjs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

const copies = {
  'model.h5': 'keras/k2-nested.h5',
  'model.keras': 'keras/k3-nested.keras',
  'weights/w.h5': 'keras/k3-nested.weights.h5',
  'weights/config.json': 'keras/k3-nested.json',
  'residual.onnx': 'onnx/residual.onnx',
  'external.onnx': 'onnx/external.onnx',
  'external.data': 'onnx/external.data',
  ...Object.fromEntries(['bert', 'modernbert', 'vit'].map((name) => [name, `hugging-face/${name}`])),
}

/** Writes a small file of each format into a folder. */
export const writeEachFormat = async (folder: string): Promise<void> => {
  for (const [to, from] of Object.entries(copies)) await cp(fixture(from), join(folder, to), { recursive: true })
  const { files } = JSON.parse(await readFile(fixture('containers.json'), 'utf8')) as {
    readonly files: Readonly<Record<string, { readonly bytes: string }>>
  }
  await writeFile(join(folder, 'old.pth'), Buffer.from(files['legacy']?.bytes ?? '', 'base64'))
  await writeFile(join(folder, 'new.pth'), Buffer.from(files['zip']?.bytes ?? '', 'base64'))
  await writeLayersModel(join(folder, 'tfjs'))
}

/** Writes a network of images as TensorFlow.js does. */
const writeLayersModel = async (folder: string): Promise<void> => {
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 3], name: 'conv' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', activation: 'relu6', name: 'depthwise' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 4, name: 'classes' }),
    ],
  })
  await mkdir(folder)
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      await writeFile(join(folder, 'weights.bin'), Buffer.from(tf.io.CompositeArrayBuffer.join(weightData)))
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
      await writeFile(join(folder, 'model.json'), JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest })) // prettier-ignore
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
  model.dispose()
}
