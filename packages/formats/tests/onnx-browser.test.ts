import { key } from '@ptu/core'
import {
  conv2d,
  dense,
  depthwiseConv2d,
  globalAveragePool,
  hardSwish,
  infer,
  maxPool,
  relu,
  residual,
  serial,
  transformerBlock,
  meanOverTime,
  type Layer,
} from '@ptu/layers'
import { disposeParams, normal, scope, type Shape } from '@ptu/tensor'
import { chromiumPath, hasChromium, reportFromPage } from '@ptu/testing'
import type { Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { encodeOnnx } from '../src/index.ts'

const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'))

const page = `<!doctype html><script type="module">
  const post = (report) => fetch('/', { method: 'POST', body: JSON.stringify(report) })
  try {
    const ort = await import('/ort.wasm.min.mjs')
    ort.env.wasm.numThreads = 1
    ort.env.wasm.wasmPaths = '/'
    const session = await ort.InferenceSession.create(new Uint8Array(await (await fetch('/model')).arrayBuffer()))
    const { data, dims } = await (await fetch('/input')).json()
    const { logits } = await session.run({ x: new ort.Tensor('float32', Float32Array.from(data), dims) })
    await post({ logits: [...logits.data] })
  } catch (cause) {
    await post({ error: String(cause) })
  }
</script>`

const types: Readonly<Record<string, string>> = { mjs: 'text/javascript', wasm: 'application/wasm' }

/** The outputs of a model for one input, by ONNX Runtime in a page. */
const inPage = (
  model: Uint8Array,
  x: Tensor,
): Promise<{ readonly error?: string; readonly logits?: readonly number[] }> =>
  reportFromPage(async (path) => {
    if (path === '/') return ['text/html', page]
    if (path === '/model') return ['application/octet-stream', Buffer.from(model)]
    if (path === '/input') return ['application/json', JSON.stringify({ data: [...x.dataSync()], dims: x.shape })]
    const [, name, kind = ''] = /^\/(ort[\w.-]*\.(mjs|wasm))$/.exec(path) ?? []
    return name === undefined ? undefined : [types[kind] ?? 'text/plain', await readFile(join(runtime, name))]
  })

const networks: readonly (readonly [string, Layer, Shape])[] = [
  [
    'pictures',
    serial(
      conv2d(8, 3, { stride: 2, padding: 1 }),
      relu,
      residual(serial(conv2d(8, [1, 3], { groups: 4 }), hardSwish, depthwiseConv2d(3))),
      maxPool([2, 1]),
      globalAveragePool,
      dense(3),
    ),
    [12, 10, 3],
  ],
  ['steps', serial(transformerBlock(8, 2), meanOverTime(), dense(3)), [5, 8]],
]

describe.skipIf(!hasChromium)(`an exported file in Chromium (skipped where ${chromiumPath} is not installed)`, () => {
  it.each(networks)('of a network of %s computes the same in onnxruntime-web', async (_name, layer, input) => {
    const params = layer.init(key(1), input)
    const x = normal(key(2), [2, ...input])
    const written = await encodeOnnx([{ layer, params }], { input: { name: 'x', shape: input } })()
    if (E.isLeft(written)) throw written.left
    const report = await inPage(written.right, x)
    expect(report.error).toBeUndefined()
    scope(() => {
      expect(layer.apply(params, x, infer)).toBeAllClose([...(report.logits ?? [])], { absolute: 1e-4 })
    })
    disposeParams([x, params])
  })
})
