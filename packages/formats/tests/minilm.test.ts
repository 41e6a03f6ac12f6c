import { scope } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { reshape, setBackend, slice, tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { disposeModel } from '../src/index.ts'
import { readModel } from '../src/node.ts'

interface Golden {
  readonly tokens: readonly (readonly number[])[]
  /** Every 997th number of the state after each block. */
  readonly blocks: readonly { readonly values: readonly number[] }[]
  readonly pooled: { readonly values: readonly number[] }
}

const golden = JSON.parse(readFileSync(new URL('../fixtures/minilm.json', import.meta.url), 'utf8')) as Golden
const folder = fileURLToPath(new URL('../../../node_modules/.cache/ptu-weights/all-MiniLM-L6-v2', import.meta.url))

const difference = (values: ArrayLike<number>, wanted: readonly number[]): number =>
  Math.max(...wanted.map((value, i) => Math.abs(value - (values[i] ?? NaN))))

describe('all-MiniLM-L6-v2 of its folder (skipped where npm run fetch-weights did not bring it)', () => {
  beforeAll(async () => {
    await useBackend('wasm')()
  })
  afterAll(() => setBackend('cpu'))

  it.skipIf(!existsSync(folder))('computes in each block, over padding, what transformers computes', async () => {
    const opened = await readModel(folder)()
    if (E.isLeft(opened)) throw opened.left
    const model = opened.right
    expect(model).toMatchObject({
      architecture: 'transformers BertModel',
      format: 'Hugging Face folder (safetensors)',
      input: [256],
      tokens: { vocabulary: 30522, padding: 0, longest: 256 },
      leftOver: ['embeddings.position_ids', 'pooler.dense.bias', 'pooler.dense.weight'],
      facts: {
        activation: 'gelu',
        'layer normalisation': 'epsilon 1e-12, after each sum',
        'text as a vector': 'the mean of its tokens',
      },
    })
    scope(() => {
      const tokens = tensor(golden.tokens.flat(), [4, 64], 'int32')
      const outputs = model.source.activations(tokens)
      const pooled = outputs.at(-1) as Tensor
      for (const [i, { values }] of golden.blocks.entries()) {
        const all = reshape(outputs[i] as Tensor, [-1]).dataSync()
        expect(
          difference(
            values.map((_, at) => all[at * 997] ?? NaN),
            values,
          ),
        ).toBeLessThan(1e-4)
      }
      expect(difference(pooled.dataSync(), golden.pooled.values)).toBeLessThan(1e-4)
      const [short] = model.source.activations(slice(tokens, [0, 0], [1, 3])).slice(-1)
      expect(difference(short?.dataSync() ?? [], golden.pooled.values.slice(0, 384))).toBeLessThan(1e-4)
    })
    disposeModel(model)
  })
})
