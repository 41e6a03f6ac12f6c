import { key, Tree } from '@ptu/core'
import { conv2d, dense, flatten, globalAveragePool, relu, serial, type Layer } from '@ptu/layers'
import { disposeSource } from '@ptu/networks'
import { disposeParams, type ParamTree, type Shape } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { setBackend } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { architectures } from '../src/architectures/table.ts'
import {
  disposeModel,
  encodePyTorch,
  openModel,
  type ModelFile,
  type TensorFile,
  type TrainedNetwork,
} from '../src/index.ts'
import { names, stored, tensorsOf, written } from './made-tensors.ts'

beforeAll(async () => {
  await useBackend('wasm')()
})
afterAll(() => setBackend('cpu'))

const reopened = (bytes: Uint8Array, input: Shape): ModelFile => {
  const model = openModel({ name: 'model.pth', bytes }, { input })
  if (E.isLeft(model)) throw model.left
  return model.right
}

/** The blocks of a network, its head last if it has one. */
const blocksOf = ({ source, head }: Pick<ReturnType<typeof reopened>, 'source' | 'head'>) => [
  ...source.blocks,
  ...(head === undefined ? [] : [head]),
]

describe('the state_dict of a network of a known architecture', () => {
  // The others differ from these in repetitions only, and are larger.
  it.each([
    ...['torchvision mobilenet_v2', 'EfficientNet-Lite0', 'torchvision resnet18', 'torchvision squeezenet1_1'],
    ...['torchvision mobilenet_v3_small', 'timm vit_tiny_patch16'],
  ])('of %s has its names and shapes, and opens as the same network', async (name) => {
    const input = name.startsWith('timm') ? [224, 224, 3] : [64, 64, 3]
    const tensors = tensorsOf(name)
    const architecture = architectures.find((one) => one.name === name)
    if (architecture === undefined) throw new Error(`${name} is not known`)
    const { source, head } = architecture.build(tensors, { input })
    const blocks = blocksOf({ source, head })
    const layer = serial(...blocks.map((block) => block.layer))
    const params = blocks.map((block) => block.params)
    const made = await written({ layer, params, blocks: blocks.map((block) => block.name) }, input)
    expect([made.architecture, made.hasHead]).toEqual([name, true])
    expect(Object.fromEntries(made.tensors.map((one) => [one.name, one.shape]))).toEqual(names[name])
    const model = reopened(encodePyTorch(made.tensors), input)
    const again = blocksOf(model)
    expect(again.length).toBe(blocks.length)
    for (const [i, block] of blocks.entries())
      for (const [at, leaf] of Tree.leaves(block.params).entries())
        expect(Tree.leaves(again[i]?.params ?? [])[at]).toBeAllClose(leaf, { absolute: 1e-6, relative: 1e-6 })
    disposeModel(model)
    disposeSource(source)
    if (head !== undefined) disposeParams(head.params)
  })

  const name = 'torchvision squeezenet1_1'

  const squeezed = (): { readonly body: TrainedNetwork; readonly free: () => void } => {
    const built = architectures.find((one) => one.name === name)?.build(tensorsOf(name), { input: [33, 33, 3] })
    if (built?.head === undefined) throw new Error('it has a head')
    disposeParams(built.head.params)
    const { blocks } = built.source
    return {
      body: {
        layer: serial(...blocks.map(({ layer }) => layer)),
        params: blocks.map(({ params }) => params),
        blocks: blocks.map((block) => block.name),
      },
      free: () => {
        disposeSource(built.source)
      },
    }
  }

  const headed = ({ layer, params, blocks = [] }: TrainedNetwork, head: Layer, own: ParamTree): TrainedNetwork => ({
    layer: serial(...(layer.structure.kind === 'composite' ? layer.structure.parts : []), head),
    params: [...(params as readonly ParamTree[]), own],
    blocks: [...blocks, 'head'],
  })

  it('takes the head of a new task for its own where it is of the same layers', async () => {
    const { body, free } = squeezed()
    const head = serial(conv2d(3, 1), relu, globalAveragePool)
    const own = head.init(key(1), body.layer.output([33, 33, 3]))
    const made = await written(headed(body, head, own), [33, 33, 3])
    expect([made.architecture, made.hasHead]).toEqual(['torchvision squeezenet1_1', true])
    expect(made.tensors.find(({ name }) => name === 'classifier.1.weight')?.shape).toEqual([3, 512, 1, 1])
    free()
    disposeParams(own)
  })

  it('names the tensors of another head after the head', async () => {
    const { body, free } = squeezed()
    const head = serial(flatten, dense(8), relu, dense(3))
    const own = head.init(key(1), body.layer.output([33, 33, 3]))
    const made = await written(headed(body, head, own), [33, 33, 3])
    expect([made.architecture, made.hasHead]).toEqual(['torchvision squeezenet1_1', false])
    const others = made.tensors.map(({ name }) => name).filter((name) => !name.startsWith('features.'))
    expect(others).toEqual(['head.1.weight', 'head.1.bias', 'head.3.weight', 'head.3.bias'])
    free()
    disposeParams(own)
  })
})

describe('a file with a head of other layers', () => {
  it('is opened without it, and lists its tensors as left over', () => {
    const name = 'torchvision squeezenet1_1'
    const file = (tensors: ReturnType<typeof tensorsOf>): TensorFile => ({
      ...{ format: 'PyTorch', tensors: [...tensors.values()], others: [], facts: {} },
    })
    const more = stored('classifier.4.weight', [5, 1000], 1)
    for (const [tensors, left] of [
      [tensorsOf(name), []],
      [new Map([...tensorsOf(name), [more.name, more]]), ['classifier.1.weight', 'classifier.1.bias', more.name]],
    ] as const) {
      const model = openModel(file(tensors), { input: [33, 33, 3] })
      if (E.isLeft(model)) throw model.left
      expect(model.right).toMatchObject({ architecture: name, leftOver: left })
      expect(model.right.head === undefined).toBe(left.length > 0)
      disposeModel(model.right)
    }
  })
})
