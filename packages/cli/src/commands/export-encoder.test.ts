import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { InferenceSession, Tensor, env } from 'onnxruntime-web'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openEncoderBox, tokenizer, words } from '../../tests/encoder-box.ts'
import type { Sandbox } from '../../tests/sandbox.ts'

let box: Sandbox

beforeAll(async () => {
  env.wasm.numThreads = 1
  box = await openEncoderBox()
  const line = 'train @reviews.csv --text body --label stars --model @encoder --tokens 8 --method probe --backend cpu'
  expect(await box.ptu(`${line} --steps 5 --out @model`)).toMatchObject({ code: 0 })
})
afterAll(() => box.remove())

const json = async (path: string): Promise<unknown> => JSON.parse(await readFile(join(box.folder, path), 'utf8'))

describe('ptu export --to transformers.js', () => {
  it('writes the layout of a classifier of texts, whose graph gives the probabilities of ptu', async () => {
    const { code, stdout } = await box.ptu('export @model --to transformers.js --out @web --backend cpu')
    expect([code, stdout]).toEqual([0, expect.stringContaining('onnx/model.onnx')])
    expect(await json('web/config.json')).toMatchObject({
      ...{ model_type: 'bert', id2label: { 0: 'bad', 1: 'good' }, label2id: { bad: 0, good: 1 }, pad_token_id: 0 },
    })
    expect(await json('web/tokenizer.json')).toEqual(JSON.parse(tokenizer(words)))
    expect(await json('web/tokenizer_config.json')).toMatchObject({ model_max_length: 8, pad_token: '[PAD]' })
    const session = await InferenceSession.create(await readFile(join(box.folder, 'web/onnx/model.onnx')))
    await writeFile(join(box.folder, 'one.csv'), 'body\na fine film\n')
    const told = JSON.parse((await box.ptu('predict @model @one.csv --json --backend cpu')).stdout) as {
      readonly texts: readonly [
        { readonly classes: readonly { readonly name: string; readonly probability: number }[] },
      ]
    }
    const good = told.texts[0].classes.find(({ name }) => name === 'good')?.probability ?? NaN
    // [CLS] a fine film [SEP], alone and padded.
    for (const ids of [
      [2, 4, 5, 7, 3],
      [2, 4, 5, 7, 3, 0, 0],
    ]) {
      const fed = { input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]) }
      const { probabilities } = await session.run(fed)
      expect((probabilities?.data as Float32Array)[1]).toBeCloseTo(good, 5)
    }
    await session.release()
  })

  it('replaces its own folder where that is asked for, and nothing else', async () => {
    expect(await box.ptu('export @model --to transformers.js --out @web --backend cpu')).toMatchObject({ code: 2 })
    expect(await box.ptu('export @model --to transformers.js --out @web --replace --backend cpu')).toMatchObject({
      code: 0,
    })
  })

  it('is refused for a model that reads no texts by a tokenizer', async () => {
    const line = 'train @reviews.csv --text body --label stars --method probe --backend cpu --steps 5 --out @counts'
    expect(await box.ptu(line)).toMatchObject({ code: 0 })
    const { code, stderr } = await box.ptu('export @counts --to transformers.js --out @none --backend cpu')
    expect([code, stderr]).toEqual([1, expect.stringContaining('expected a model that reads texts by the tokenizer')])
  })
})

describe('ptu export --to hugging-face', () => {
  it('writes the folder that an encoder was opened from, with the new classes', async () => {
    const from = fileURLToPath(new URL('../../../formats/fixtures/hugging-face/bert-classifier', import.meta.url))
    await cp(from, join(box.folder, 'classifier'), { recursive: true })
    await writeFile(join(box.folder, 'classifier/tokenizer.json'), tokenizer(words))
    const line =
      'train @reviews.csv --text body --label stars --model @classifier --tokens 8 --method probe --backend cpu'
    expect(await box.ptu(`${line} --steps 5 --out @first`)).toMatchObject({ code: 0 })
    const { code, stdout } = await box.ptu('export @first --to hugging-face --out @again --backend cpu')
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('BertForSequenceClassification, 41 tensors, for bad, good'),
    ])
    const config = {
      architectures: ['BertForSequenceClassification'],
      hidden_size: 12,
      id2label: { 0: 'bad', 1: 'good' },
    }
    expect(await json('again/config.json')).toMatchObject(config)
    expect(await json('again/tokenizer.json')).toEqual(JSON.parse(tokenizer(words)))
    const told = await readFile(join(box.folder, 'again/README.txt'), 'utf8')
    expect(told).toContain('The layer bert.pooler.dense, which the trained network does not have')
    expect(told).not.toContain('ormalisations')
    const seen = await box.ptu('inspect @again')
    expect([seen.code, seen.stdout]).toEqual([0, expect.stringContaining('transformers BertForSequenceClassification')])
  })

  it('has its names and its config in a state_dict too, of the body alone where transformers has no such classifier', async () => {
    for (const to of ['pytorch', 'safetensors']) {
      const { code, stdout } = await box.ptu(`export @first --to ${to} --out @first-${to} --backend cpu`)
      expect([code, stdout]).toEqual([0, expect.stringContaining('the state_dict of transformers BertForSequenceClassification, for from_pretrained')]) // prettier-ignore
      expect(await json(`first-${to}/config.json`)).toMatchObject({ id2label: { 0: 'bad', 1: 'good' } })
    }
    expect(await readFile(join(box.folder, 'first-pytorch/README.txt'), 'utf8')).toContain(
      [
        '  import torch, transformers',
        "  config = transformers.AutoConfig.from_pretrained('config.json')",
        '  kind = transformers.BertForSequenceClassification',
        "  model = kind.from_pretrained(None, config=config, state_dict=torch.load('model.pth', weights_only=True))",
      ].join('\n'),
    )
    const told = await readFile(join(box.folder, 'first-pytorch/README.txt'), 'utf8')
    expect(told).not.toContain('ormalisations')
    expect(told).toContain('The layer bert.pooler.dense, which the trained network does not have')
    const { code, stdout } = await box.ptu('export @model --to safetensors --out @body --backend cpu')
    expect([code, stdout]).toEqual([0, expect.stringContaining('AutoModel but for the head, which is another one: from_pretrained leaves it out')]) // prettier-ignore
    expect(await readFile(join(box.folder, 'body/README.txt'), 'utf8')).toContain(
      'kind = type(transformers.AutoModel.from_config(config))',
    )
  })

  it('writes a ModernBERT whose tokens are averaged', async () => {
    const from = fileURLToPath(new URL('../../../formats/fixtures/hugging-face/modernbert', import.meta.url))
    await cp(from, join(box.folder, 'modern'), { recursive: true })
    await writeFile(join(box.folder, 'modern/tokenizer.json'), tokenizer(words))
    const line = 'train @reviews.csv --text body --label stars --model @modern --tokens 8 --method probe --backend cpu'
    expect(await box.ptu(`${line} --steps 5 --out @averaged`)).toMatchObject({ code: 0 })
    const { code, stdout } = await box.ptu('export @averaged --to hugging-face --out @modern-again --backend cpu')
    expect([code, stdout]).toEqual([0, expect.stringContaining('ModernBertForSequenceClassification')])
    expect(await json('modern-again/config.json')).toMatchObject({ classifier_pooling: 'mean', norm_bias: true })
    const seen = await box.ptu('inspect @modern-again')
    expect([seen.code, seen.stdout]).toEqual([0, expect.stringContaining('every tensor of the file is used')])
  })

  it('is refused by name where transformers has no such classifier, or the model came from no such folder', async () => {
    const averaged = await box.ptu('export @model --to hugging-face --out @none --backend cpu')
    expect([averaged.code, averaged.stderr]).toEqual([1, expect.stringContaining('expected the layers of a bert')])
    const line = 'train @reviews.csv --text body --label stars --method probe --backend cpu --steps 5 --out @words'
    expect(await box.ptu(line)).toMatchObject({ code: 0 })
    const counted = await box.ptu('export @words --to hugging-face --out @none --backend cpu')
    expect([counted.code, counted.stderr]).toEqual([1, expect.stringContaining('trained on a Hugging Face folder')])
  })
})
