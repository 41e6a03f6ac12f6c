import { key } from '@ptu/core'
import { predictExamples, type LoadedModel, type ModelFacts } from '@ptu/experiments'
import { listTensors } from '@ptu/formats'
import { conv2d, dense, globalAveragePool, serial } from '@ptu/layers'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { env, InferenceSession, Tensor } from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'

import type { Exported, ExportedFiles } from './export-format.ts'
import { exportFormats } from './table.ts'

const layer = serial(serial(conv2d(4, 3, { padding: 1 }), globalAveragePool), dense(2))

const facts: ModelFacts = {
  ...{ format: 'ptu-model/2', spec: layer.spec, blocks: ['conv', 'head'], shape: [8, 6, 3], vocabulary: null },
  classes: ['cat', 'small\ndog'],
  image: { size: [8, 6], channels: 3, fit: 'crop', shorter: 9 },
  normalisation: { mean: 127.5, deviation: [120, 121, 122] },
  ...{ method: 'ptu', rate: 1e-3, seed: 0, steps: 5, sourceData: null, targetData: '', accuracy: null, gates: [] },
}

const model = (changes: Partial<ModelFacts> = {}): LoadedModel => ({
  ...{ facts: { ...facts, ...changes }, layer },
  params: layer.init(key(0), [8, 6, 3]),
})

const made = async (to: string, models: readonly LoadedModel[], layout: Exported['layout'] = 'nhwc') => {
  const task = exportFormats[to]?.files({ models: models as unknown as Exported['models'], layout })
  const found = await task?.()
  disposeParams(models.map(({ params }) => params))
  if (found === undefined) throw new Error(`${to} is not known`)
  return found
}

const filesOf = async (...asked: Parameters<typeof made>): Promise<ExportedFiles['files']> => {
  const found = await made(...asked)
  if (E.isLeft(found)) throw found.left
  return found.right.files
}

describe('an export of a model of pictures', () => {
  const ofPictures = Object.entries(exportFormats).filter(([to]) => to !== 'transformers.js' && to !== 'hugging-face')

  it.each(ofPictures)('to %s holds no files but those it names', async (to, { names }) => {
    for (const name of (await filesOf(to, [model(), model()])).keys()) expect(names).toContain(name)
  })

  it('says how a picture becomes the input', async () => {
    const readme = (await filesOf('onnx', [model()], 'nchw')).get('README.txt')
    expect(readme).toContain('pixels [batch, 3, 8, 6], float32 from 0 to 255: the graph scales them')
    expect(readme).toContain('the middle cut out (the shorter side first becomes 9)')
    expect((await filesOf('pytorch', [model()])).get('README.txt')).toContain(
      '(x - mean) / deviation with mean 127.5 and deviation [120,121,122]',
    )
  })

  it('computes in ONNX Runtime what the network computes of normalised pixels', async () => {
    const own = model()
    const pixels = Float32Array.from({ length: 8 * 6 * 3 }, (_, i) => (i * 31) % 256)
    const wanted = await predictExamples(own, {
      ...{ shape: [8, 6, 3], classes: facts.classes, features: Uint8Array.from(pixels), labels: Int32Array.of(0) },
    })
    const bytes = (await filesOf('onnx', [own])).get('model.onnx')
    if (!(bytes instanceof Uint8Array)) throw new Error('it is a file of bytes')
    env.wasm.numThreads = 1
    const session = await InferenceSession.create(bytes)
    const { probabilities } = await session.run({ pixels: new Tensor('float32', pixels, [1, 8, 6, 3]) })
    await session.release()
    const found = probabilities?.data
    if (!(found instanceof Float32Array)) throw new Error('it gives probabilities')
    expect(found.length).toBe(2)
    for (const [i, p] of found.entries()) expect(p).toBeCloseTo(wanted[i] ?? NaN, 5)
  })

  it('has a line for each class', async () => {
    expect((await filesOf('onnx', [model()])).get('labels.txt')).toBe('cat\nsmall dog\n')
  })

  it('has classes and preprocessing in the metadata of safetensors', async () => {
    const bytes = (await filesOf('safetensors', [model()])).get('model.safetensors')
    if (!(bytes instanceof Uint8Array)) throw new Error('it is a file of bytes')
    const header = new TextDecoder().decode(
      bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))),
    )
    expect(JSON.parse(header)).toMatchObject({
      __metadata__: {
        labels: '["cat","small\\ndog"]',
        image: JSON.stringify(facts.image),
        normalisation: JSON.stringify(facts.normalisation),
      },
    })
    const listed = listTensors({ name: 'model.safetensors', bytes })
    expect(E.isRight(listed) && listed.right.tensors.map(({ name }) => name)).toEqual([
      ...['conv.0.weight', 'conv.0.bias', 'head.weight', 'head.bias'],
    ])
  })

  it('is refused in one file for two networks that read different inputs', async () => {
    const found = await made('onnx', [model(), model({ normalisation: { mean: 0, deviation: 1 } })])
    expect(E.isLeft(found) && found.left.message).toContain('to read the same inputs')
  })
})
