import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import * as tf from '@tensorflow/tfjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openSandbox, type Sandbox } from './sandbox.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const fixture = (name: string): string => join(root, 'packages/formats/fixtures', name)

const page = await readFile(join(root, 'docs/bring-your-model.md'), 'utf8')

/** The rows of the page: the arguments of `ptu`, and what its answer holds. */
const rows = [...page.matchAll(/^\|[^|]+\| `npx (ptu [^`]+)` *\| (.+?) *\|$/gm)].map(
  ([, line = '', says = '']) => [line, says] as const,
)

let box: Sandbox
beforeAll(async () => {
  box = await openSandbox()
  const at = (name: string): string => join(box.folder, name)
  const copies = {
    'model.keras': 'keras/k3-efficient.keras',
    'model.h5': 'keras/k3-branches.h5',
    'keras/w.h5': 'keras/k3-nested.weights.h5',
    'keras/config.json': 'keras/k3-nested.json',
    'model.onnx': 'onnx/residual.onnx',
    'external.onnx': 'onnx/external.onnx',
    'external.data': 'onnx/external.data',
    'model.safetensors': 'hugging-face/vit/model.safetensors',
    vit: 'hugging-face/vit',
    bert: 'hugging-face/bert',
  }
  for (const [to, from] of Object.entries(copies)) await cp(fixture(from), at(to), { recursive: true })
  const { files } = JSON.parse(await readFile(fixture('containers.json'), 'utf8')) as {
    readonly files: Readonly<Record<string, { readonly bytes: string }>>
  }
  await writeFile(at('weights.pth'), Buffer.from(files['zip']?.bytes ?? '', 'base64'))
  await writeFile(at('old.pth'), Buffer.from(files['legacy, a checkpoint']?.bytes ?? '', 'base64'))
  await mkdir(at('tfjs'))
  const conv = tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 3], name: 'conv' })
  const model = tf.sequential({ layers: [conv] })
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weights = Buffer.from(tf.io.CompositeArrayBuffer.join(weightData))
      await writeFile(at('tfjs/weights.bin'), weights)
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }]
      await writeFile(at('tfjs/model.json'), JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }))
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
  model.dispose()
})
afterAll(async () => box.remove())

describe('each format of the page on models', () => {
  it('has a row', () => {
    expect(rows).toHaveLength(11)
  })

  it.each(rows)('%s says %s', async (line, says) => {
    const { code, stdout, stderr } = await box.ptu(`${line.replace(/^ptu /, '')} --backend cpu`)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toContain(says)
  })
})
