import { key, Tree } from '@ptu/core'
import { dense, globalAveragePool, infer, relu, serial, type Layer } from '@ptu/layers'
import { disposeParams, scope, type ParamTree } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { setBackend, tensor, type Tensor } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  disposeModel,
  encodeSafetensors,
  huggingFaceOf,
  openHuggingFace,
  stateDictOf,
  type ModelFile,
  type TrainedNetwork,
  type WrittenFolder,
  type WrittenStateDict,
} from '../src/index.ts'
import { readModel, readTensors } from '../src/node.ts'

const folderOf = (name: string): string => fileURLToPath(new URL(`../fixtures/hugging-face/${name}`, import.meta.url))
const classes = ['cat', 'dog', 'eel', 'fox']

beforeAll(async () => {
  await useBackend('cpu')()
})
afterAll(() => setBackend('cpu'))

const opened = async (name: string): Promise<ModelFile> => {
  const model = await readModel(folderOf(name), name.startsWith('resnet') ? { input: [32, 32, 3] } : {})()
  if (E.isLeft(model)) throw model.left
  return model.right
}

/** The body of a folder with a head of four classes; the caller owns the parameters of the head. */
const trained = ({ source, input }: ModelFile, classify: Layer = dense(classes.length)): TrainedNetwork => {
  const { blocks } = source
  const last = blocks.reduce((shape, block) => block.output(shape), input)
  const head = last.length === 3 ? serial(globalAveragePool, classify) : classify
  return {
    layer: serial(...blocks.map(({ layer }) => layer), head),
    params: [...blocks.map(({ params }) => params), head.init(key(3), last)],
    blocks: [...blocks.map(({ name }) => name), 'head'],
  }
}

const headOf = ({ params }: TrainedNetwork): ParamTree => (params as readonly ParamTree[]).at(-1) ?? []

const example = (name: string): Tensor => {
  const { input } = JSON.parse(readFileSync(`${folderOf(name)}/expected.json`, 'utf8')) as {
    readonly input: { readonly values: number[]; readonly shape: number[] }
  }
  return tensor(input.values, input.shape)
}

const written = async (network: TrainedNetwork, { config, input }: ModelFile): Promise<WrittenFolder> => {
  const made = await huggingFaceOf(network, { config, input, classes })()
  if (E.isLeft(made)) throw made.left
  return made.right
}

const reopened = ({ config, tensors }: WrittenFolder, { input }: ModelFile): ModelFile => {
  const model = openHuggingFace(
    { name: 'model.safetensors', bytes: encodeSafetensors(tensors) },
    { config: new TextEncoder().encode(config) },
    input.length === 3 ? { input } : {},
  )
  if (E.isLeft(model)) throw model.left
  return model.right
}

describe('a network written under the names of its folder', () => {
  it.each([
    ['bert-classifier', 'BertForSequenceClassification'],
    ['roberta', 'RobertaForSequenceClassification'],
    ['modernbert', 'ModernBertForSequenceClassification'],
    ['modernbert-classifier', 'ModernBertForSequenceClassification'],
    ['modernbert-mean', 'ModernBertForSequenceClassification'],
    ['vit', 'ViTForImageClassification'],
    ['deit', 'DeiTForImageClassification'],
    ['resnet-basic', 'ResNetForImageClassification'],
    ['resnet-bottleneck', 'ResNetForImageClassification'],
    ['convnext', 'ConvNextForImageClassification'],
    ['mobilenet-v2', 'MobileNetV2ForImageClassification'],
  ])('opens as the same classifier: %s', async (name, architecture) => {
    const model = await opened(name)
    const network = trained(model)
    const folder = await written(network, model)
    expect(folder.architecture).toBe(architecture)
    expect(JSON.parse(folder.config)).toMatchObject({
      architectures: [architecture],
      id2label: { 0: 'cat', 1: 'dog', 2: 'eel', 3: 'fox' },
    })
    const again = reopened(folder, model)
    scope(() => {
      const x = example(name)
      const wanted = network.layer.apply(network.params, x, infer)
      const vector = again.source.activations(x).at(-1) as Tensor
      expect(again.head?.layer.apply(again.head.params, vector, infer)).toBeAllClose(wanted, { absolute: 1e-4, relative: 1e-5 }) // prettier-ignore
    })
    for (const one of [again, model]) disposeModel(one)
    disposeParams(headOf(network))
  })

  it('has a head that reads the class token alone where another vector stands beside it', async () => {
    const model = await opened('dinov2')
    const network = trained(model)
    const { tensors } = await written(network, model)
    const weight = tensors.find(({ name }) => name === 'classifier.weight')
    expect(weight?.shape).toEqual([4, 24])
    expect(tensors.find(({ name }) => name === 'dinov2.embeddings.mask_token')?.shape).toEqual([1, 12])
    expect([...(weight?.values ?? [])].filter((_, i) => i % 24 >= 12)).toEqual(Array.from({ length: 48 }, () => 0))
    disposeModel(model)
    disposeParams(headOf(network))
  })

  it('names the pooling of a ModernBERT, and is refused for more classes than its normalised vector can pass on', async () => {
    for (const [name, said] of [['modernbert', 'mean'], ['modernbert-classifier', 'cls']] as const) {
      const model = await opened(name)
      const network = trained(model)
      expect(JSON.parse((await written(network, model)).config)).toMatchObject({ classifier_pooling: said })
      const many = trained(model, dense(6))
      const labels = Array.from({ length: 6 }, (_, i) => String(i))
      const made = await huggingFaceOf(many, { config: model.config, input: model.input, classes: labels })()
      expect(E.isLeft(made) && made.left.message).toContain('at most 5 classes after a vector of 12 numbers, got 6')
      disposeModel(model)
      for (const one of [network, many]) disposeParams(headOf(one))
    }
  }) // prettier-ignore

  it('is refused for texts whose tokens are averaged, by the layers that are expected', async () => {
    const model = await opened('bert')
    const network = trained(model)
    const made = await huggingFaceOf(network, { config: model.config, input: model.input, classes })()
    expect(E.isLeft(made) && made.left.message).toContain(
      'expected the layers of a bert as its config.json describes it',
    )
    disposeModel(model)
    disposeParams(headOf(network))
  })

  it.each([
    ['clip', dense(4), 'no classifier of transformers has its layers'],
    ['vit', serial(dense(5), relu, dense(4)), 'expected dense after the body of a vit, got dense, relu, dense'],
  ])('is refused for %s with another head', async (name, head, message) => {
    const model = await opened(name)
    const network = trained(model, head)
    const made = await huggingFaceOf(network, { config: model.config, input: model.input, classes })()
    expect(E.isLeft(made) && made.left.message).toContain(message)
    disposeModel(model)
    disposeParams(headOf(network))
  })

  it('is refused where its config is of another network', async () => {
    const model = await opened('vit')
    const network = trained(model)
    for (const [config, message] of [
      [{ ...model.config, num_hidden_layers: 1 }, 'expected the layers of a vit'],
      [{ ...model.config, hidden_size: 24 }, 'expected the layers of a vit'],
      [{ ...model.config, hidden_size: 2 ** 60 }, 'expected hidden_size to be an integer'],
      [{ model_type: 't5' }, 'expected model_type to be one of'],
      ['no record', 'expected a record'],
    ] as const) {
      const made = await huggingFaceOf(network, { config, input: model.input, classes })()
      expect(E.isLeft(made) && made.left.message).toContain(message)
    }
    disposeModel(model)
    expect(Tree.leaves(headOf(network)).every((leaf) => !leaf.isDisposed)).toBe(true)
    disposeParams(headOf(network))
  })
})

describe('a state_dict of a network that came from a folder', () => {
  const dictOf = async (network: TrainedNetwork, { config, input }: ModelFile): Promise<WrittenStateDict> => {
    const made = await stateDictOf(network, input, { config, classes })()
    if (E.isLeft(made)) throw made.left
    return made.right
  }

  it.each(['bert-classifier', 'modernbert-mean', 'dinov2', 'resnet-basic', 'mobilenet-v2'])(
    'is that of the classifier of transformers: %s',
    async (name) => {
      const model = await opened(name)
      const network = trained(model)
      const { architecture, ...rest } = await written(network, model)
      const dict = await dictOf(network, model)
      expect(dict).toEqual({ architecture: `transformers ${architecture}`, hasHead: true, ...rest })
      expect(dict.between).toBe({ 'bert-classifier': 'bert.pooler.dense', 'modernbert-mean': 'head.dense' }[name])
      disposeModel(model)
      disposeParams(headOf(network))
    },
  )

  it.each([
    ['bert', dense(4), ['head.weight', 'head.bias']],
    ['clip', dense(4), ['head.weight', 'head.bias']],
    ['vit', serial(dense(5), relu, dense(4)), ['head.0.weight', 'head.0.bias', 'head.2.weight', 'head.2.bias']],
    ['resnet-bottleneck', serial(dense(5), relu, dense(4)), ['head.1.0.weight', 'head.1.0.bias', 'head.1.2.weight', 'head.1.2.bias']],
  ])('is that of the body where no classifier of transformers ends so: %s', async (name, head, names) => {
    const model = await opened(name)
    const network = trained(model, head)
    const { architecture, hasHead, config, tensors } = await dictOf(network, model)
    expect({ architecture, hasHead }).toEqual({ architecture: 'transformers AutoModel', hasHead: false })
    expect(JSON.parse(config ?? '')).toMatchObject({ model_type: model.config?.['model_type'], architectures: [] })
    expect(config).not.toMatch(/"initializer_factor": 1,?\n/)
    expect(tensors.slice(-names.length).map((one) => one.name)).toEqual(names)
    const file = await readTensors(`${folderOf(name)}/model.safetensors${name === 'bert' ? '.index.json' : ''}`)()
    const stored = new Set(E.isRight(file) ? file.right.tensors.map((one) => one.name) : [])
    const body = tensors.slice(0, -names.length).map((one) => one.name)
    expect(body.length).toBeGreaterThan(20)
    expect(body.filter((one) => !['', `${String(model.config?.['model_type'])}.`].some((prefix) => stored.has(prefix + one)))).toEqual([])
    disposeModel(model)
    disposeParams(headOf(network))
  }) // prettier-ignore

  it('has the names of its blocks where its config is of another network', async () => {
    const model = await opened('vit')
    const network = trained(model)
    for (const config of [{ ...model.config, num_hidden_layers: 1 }, { model_type: 't5' }]) {
      const { architecture, config: text, tensors } = await dictOf(network, { ...model, config })
      expect([architecture, text, tensors.at(-1)?.name]).toEqual([undefined, undefined, 'head.bias'])
    }
    disposeModel(model)
    disposeParams(headOf(network))
  })
})
