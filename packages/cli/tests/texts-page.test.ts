import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { chromiumPath, hasChromium, reportFromPage } from '@ptu/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openEncoderBox } from './encoder-box.ts'
import type { Sandbox } from './sandbox.ts'

const ours = createRequire(import.meta.url)

const folders = {
  ort: dirname(ours.resolve('onnxruntime-web')),
  tokenizers: dirname(createRequire(ours.resolve('@ptu/data')).resolve('@huggingface/tokenizers')),
}

/** A page that reads an exported folder and texts, numbers each text by the tokenizer and runs the graph. */
const page = `<!doctype html><script type="module">
  const post = (report) => fetch('/', { method: 'POST', body: JSON.stringify(report) })
  const json = async (path) => (await fetch(path)).json()
  try {
    const ort = await import('/ort/ort.wasm.min.mjs')
    const { Tokenizer } = await import('/tokenizers/tokenizers.mjs')
    ort.env.wasm.numThreads = 1
    ort.env.wasm.wasmPaths = '/ort/'
    const [config, own] = [await json('/web/config.json'), await json('/web/tokenizer_config.json')]
    const tokenizer = new Tokenizer(await json('/web/tokenizer.json'), own)
    const graph = await (await fetch('/web/onnx/model.onnx')).arrayBuffer()
    const session = await ort.InferenceSession.create(new Uint8Array(graph))
    const found = []
    for (const text of await json('/texts')) {
      const ids = tokenizer.encode(text).ids
      const fed = new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length])
      const { logits } = await session.run({ input_ids: fed })
      found.push([...logits.data])
    }
    await post({ labels: config.id2label, logits: found })
  } catch (cause) {
    await post({ error: String(cause) })
  }
</script>`

const types: Readonly<Record<string, string>> = {
  ...{ mjs: 'text/javascript', wasm: 'application/wasm', json: 'application/json' },
}

const typeOf = (name: string): string => types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'

interface Report {
  readonly error?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly logits?: readonly (readonly number[])[]
}

/** The logits that the page finds for texts, by the folder of an export. */
const inPage = (folder: string, texts: readonly string[]): Promise<Report> =>
  reportFromPage(async (path) => {
    if (path === '/') return ['text/html', page]
    if (path === '/texts') return ['application/json', JSON.stringify(texts)]
    const [, place = '', name = ''] = /^\/(ort|tokenizers|web)\/([\w./-]+)$/.exec(path) ?? []
    const root = new Map(Object.entries({ ...folders, web: folder })).get(place)
    return root === undefined ? undefined : [typeOf(name), await readFile(join(root, name))]
  })

/** Logits as logarithms of probabilities, which do not depend on what is added to all of them. */
const logProbabilities = (logits: readonly number[]): readonly number[] => {
  const most = Math.max(...logits)
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0)
  return logits.map((logit) => logit - most - Math.log(sum))
}

let box: Sandbox
beforeAll(async () => {
  box = await openEncoderBox()
  if (!hasChromium) return
  const line = 'train @reviews.csv --text body --label stars --model @encoder --tokens 8 --method probe --backend cpu'
  expect(await box.ptu(`${line} --steps 2 --minutes 0.01 --out @model`)).toMatchObject({ code: 0 })
})
afterAll(() => box.remove())

describe.skipIf(!hasChromium)(`an exported classifier of texts in Chromium (skipped without ${chromiumPath})`, () => {
  it('gives the logits of ptu from the texts themselves, short ones, unknown words and other scripts', async () => {
    const exported = await box.ptu('export @model --to transformers.js --out @web --backend cpu')
    expect(exported).toMatchObject({ code: 0 })
    const texts = ['a fine film', 'a dull book and so', 'Fine!', 'dull', 'ein 本 é 👩‍💻']
    await writeFile(join(box.folder, 'new.jsonl'), texts.map((body) => JSON.stringify({ body })).join('\n'))
    const told = JSON.parse((await box.ptu('predict @model @new.jsonl --json --backend cpu')).stdout) as {
      readonly texts: readonly {
        readonly classes: readonly { readonly name: string; readonly probability: number }[]
      }[]
    }
    const { error, labels = {}, logits = [] } = await inPage(join(box.folder, 'web'), texts)
    expect(error).toBeUndefined()
    expect(logits.length).toBe(texts.length)
    logits.map(logProbabilities).forEach((found, i) => {
      found.forEach((value, place) => {
        const known = told.texts[i]?.classes.find(({ name }) => name === labels[String(place)])?.probability ?? NaN
        expect(Math.abs(value - Math.log(known)), `${texts[i] ?? ''} ${labels[place] ?? ''}`).toBeLessThan(1e-4)
      })
    })
    const spread = logits.map(([a = 0, b = 0]) => a - b)
    expect(Math.max(...spread) - Math.min(...spread)).toBeGreaterThan(0.1)
  })
})
