import { Tree } from '@ptu/core'
import { infer } from '@ptu/layers'
import { scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { mul, setBackend, sum, tensor, transpose, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { disposeModel, type ModelFile, type OpenOptions } from '../src/index.ts'
import { readModel } from '../src/node.ts'

interface Stored {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

interface Expected {
  readonly input: Stored
  readonly blocks: Readonly<Record<string, Stored>>
  readonly head?: Stored
  readonly cotangent: Stored
  readonly gradients: readonly (Stored & { readonly block: string; readonly tensor: string })[]
}

const folderOf = (name: string): string => fileURLToPath(new URL(`../fixtures/hugging-face/${name}`, import.meta.url))

const expectedOf = (name: string): Expected =>
  JSON.parse(readFileSync(`${folderOf(name)}/expected.json`, 'utf8')) as Expected

const opened = async (name: string, options: OpenOptions = {}): Promise<ModelFile> => {
  const model = await readModel(folderOf(name), options)()
  if (E.isLeft(model)) throw model.left
  return model.right
}

const made = ({ shape, values }: Stored): Tensor => tensor([...values], [...shape])

/** The largest difference, relative to the largest number where that is above `least`. */
const difference = (y: Tensor, wanted: Stored, least = 1): number => {
  expect(y.shape).toEqual(wanted.shape)
  const values = y.dataSync()
  const largest = Math.max(least, ...wanted.values.map(Math.abs))
  return Math.max(...wanted.values.map((value, i) => Math.abs(value - (values[i] ?? NaN)))) / largest
}

const folders = [
  { name: 'bert', is: 'BertModel', input: [10], left: ['pooler.dense.bias', 'pooler.dense.weight'] },
  { name: 'bert-classifier', is: 'BertForSequenceClassification', input: [10], left: [] },
  { name: 'roberta', is: 'RobertaForSequenceClassification', input: [8], left: [] },
  { name: 'distilbert', is: 'DistilBertModel', input: [10], left: [] },
  { name: 'modernbert', is: 'ModernBertForMaskedLM', input: [10], left: ['decoder.bias', 'head.dense.weight', 'head.norm.weight'] }, // prettier-ignore
  { name: 'modernbert-classifier', is: 'ModernBertForSequenceClassification', input: [10], left: [] },
  { name: 'modernbert-mean', is: 'ModernBertForSequenceClassification', input: [10], left: [] },
  { name: 'vit', is: 'ViTForImageClassification', input: [12, 12, 3], left: [] },
  { name: 'deit', is: 'DeiTForImageClassification', input: [12, 12, 3], left: [] },
  { name: 'dinov2', is: 'Dinov2Model', input: [12, 12, 3], left: ['embeddings.mask_token'] },
  { name: 'clip', is: 'CLIPModel', input: [12, 12, 3], left: undefined },
  { name: 'resnet-basic', is: 'ResNetForImageClassification', input: [32, 32, 3], left: [] },
  { name: 'resnet-bottleneck', is: 'ResNetForImageClassification', input: [32, 32, 3], left: [] },
  { name: 'convnext', is: 'ConvNextForImageClassification', input: [32, 32, 3], left: [] },
  { name: 'mobilenet-v2', is: 'MobileNetV2ForImageClassification', input: [32, 32, 3], left: [] },
] as const

beforeAll(async () => {
  await useBackend('cpu')()
})
afterAll(() => setBackend('cpu'))

describe.each(folders)('a folder of $name', ({ name, is, input, left }) => {
  const expected = expectedOf(name)
  const options: OpenOptions = name.startsWith('resnet') ? { input: [...input] } : {}

  it('computes in each block and in its head what transformers computes', async () => {
    const model = await opened(name, options)
    expect(model).toMatchObject({ architecture: `transformers ${is}`, input })
    if (left) expect(model.leftOver.toSorted()).toEqual(left)
    expect(model.source.blocks.map(({ name: block }) => block)).toEqual(Object.keys(expected.blocks))
    scope(() => {
      const outputs = model.source.activations(made(expected.input))
      for (const [i, wanted] of Object.values(expected.blocks).entries())
        expect(difference(outputs[i] as Tensor, wanted)).toBeLessThan(1e-4)
      expect(model.head !== undefined).toBe(expected.head !== undefined)
      if (model.head && expected.head) {
        const logits = model.head.layer.apply(model.head.params, outputs.at(-1) as Tensor, infer)
        expect(difference(logits, expected.head)).toBeLessThan(1e-4)
      }
    })
    disposeModel(model)
  })

  const probes = expected.gradients.filter(({ block }) => block !== 'none')
  it.skipIf(probes.length === 0)('has the gradients of weights that PyTorch has', async () => {
    const model = await opened(name, options)
    const { blocks } = model.source
    scope(() => {
      const { grads } = valueAndGrad((params: ParamTree) => {
        const all = params as readonly ParamTree[]
        const last = blocks.reduce((h, { layer }, i) => layer.apply(all[i] ?? [], h, infer), made(expected.input))
        return sum<Scalar>(mul(last, made(expected.cotangent)))
      })(blocks.map(({ params }) => params))
      for (const probe of probes) {
        const at = blocks.findIndex(({ name: block }) => block === probe.block)
        const differences = Tree.leaves((grads as readonly ParamTree[])[at] ?? [])
          .map((leaf) => Math.min(...arrangedLike(leaf, probe).map((one) => difference(one, probe, 0))))
          .toSorted((a, b) => a - b)
        expect(differences[0]).toBeLessThan(1e-4)
        expect(differences[1] ?? 1).toBeGreaterThan(1e-2)
      }
    })
    disposeModel(model)
  })
})

describe('a vision transformer for pictures of another size', () => {
  const cases = JSON.parse(readFileSync(folderOf('interpolated.json'), 'utf8')) as Readonly<
    Record<string, { readonly input: Stored; readonly states: Stored }>
  >

  it.each(Object.keys(cases))('%s interpolates its positions as transformers does', async (name) => {
    const { input, states } = cases[name] as (typeof cases)[string]
    const model = await opened(name.split(' ')[0] ?? '', { input: input.shape.slice(1) })
    scope(() => {
      const last = model.source.activations(made(input)).at(-2) as Tensor
      expect(difference(last, states)).toBeLessThan(1e-4)
    })
    expect(model.facts['patches']).toContain('12 × 12 pixels, and are interpolated')
    disposeModel(model)
  })
})

/** The gradient in PyTorch's order of axes, or in ours, if it has as many numbers. */
const arrangedLike = (leaf: Tensor, { shape }: Stored): readonly Tensor[] => {
  if (leaf.size !== shape.reduce((product, size) => product * size, 1)) return []
  return leaf.rank === 2 && shape.length === 2 && leaf.shape[0] !== shape[0]
    ? [transpose(leaf)]
    : [transpose(leaf).reshape([...shape]), leaf.reshape([...shape])]
}
