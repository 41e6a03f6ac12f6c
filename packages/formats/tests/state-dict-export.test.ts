import { bytesIn, key, Tree } from '@ptu/core'
import {
  bidirectional,
  classToken,
  concatenate,
  conv1d,
  conv2d,
  dense,
  depthwiseConv2d,
  embedding,
  flatten,
  frozenBatchNorm,
  globalAveragePool,
  groupNorm,
  gru,
  lastStep,
  layerNorm,
  layerScale,
  lstm,
  maxPool,
  positionEmbedding,
  prelu,
  relu,
  residual,
  serial,
  simpleRnn,
  transformerBlock,
  typeEmbedding,
  type Layer,
} from '@ptu/layers'
import { disposeSource } from '@ptu/networks'
import { disposeParams, mapParams, normal, scope, type ParamTree, type Shape } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { add, mul, setBackend } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { architectures } from '../src/architectures/table.ts'
import {
  disposeModel,
  encodePyTorch,
  encodeSafetensors,
  fromStateDict,
  listTensors,
  openModel,
  stateDictOf,
  type ModelFile,
  type TrainedNetwork,
  type WrittenStateDict,
} from '../src/index.ts'
import { moduleNames } from '../src/pytorch/writing/write-layers.ts'
import { torchLayers } from '../src/pytorch/torch-layers.ts'
import { contiguous, countOf, storedTensor, type StoredTensor } from '../src/stored-tensor.ts'

const names = JSON.parse(readFileSync(new URL('../fixtures/names.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, Shape>>>
>

beforeAll(async () => {
  await useBackend('wasm')()
})
afterAll(() => setBackend('cpu'))

/** Numbers that differ from place to place, variances among them. */
const stored = (name: string, shape: Shape, n: number): StoredTensor => {
  const reach = Math.sqrt(6 / countOf(shape.slice(1)))
  const at = (i: number): number => {
    const wave = Math.sin(i * 0.7 + n)
    return shape.length > 1 ? wave * reach : wave / 4 + (/weight|var/.test(name) ? 1 : 0)
  }
  const numbers = (): Float32Array => Float32Array.from({ length: countOf(shape) }, (_, i) => at(i))
  const layout = { shape, strides: contiguous(shape), offset: 0 }
  return storedTensor(name, 'float32', layout, { littleEndian: true, bytes: () => bytesIn(numbers()) })
}

const written = async (network: TrainedNetwork, input: Shape): Promise<WrittenStateDict> => {
  const made = await stateDictOf(network, input)()
  if (E.isLeft(made)) throw made.left
  return made.right
}

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
    const shapes = Object.entries(names[name] ?? {})
    const tensors = new Map(shapes.map(([one, shape], n) => [one, stored(one, shape, n)]))
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
    const tensors = new Map(Object.entries(names[name] ?? {}).map(([one, shape], n) => [one, stored(one, shape, n)]))
    const built = architectures.find((one) => one.name === name)?.build(tensors, { input: [33, 33, 3] })
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

/** A network for every kind of layer that PyTorch has. */
const everyKind: Readonly<Record<string, readonly [layer: Layer, input: Shape]>> = {
  conv1d: [serial(conv1d(4, 3, { padding: 1, bias: false }), lastStep()), [5, 3]],
  conv2d: [serial(conv2d(4, 3, { padding: 1 }), relu, maxPool(2), flatten, dense(3)), [6, 4, 2]],
  dense: [serial(dense(5), relu, dense(3)), [4]],
  depthwiseConv2d: [depthwiseConv2d(3, { multiplier: 2, padding: 1 }), [4, 5, 3]],
  embedding: [serial(embedding(7, 3), lstm(2)), [4]],
  frozenBatchNorm: [serial(frozenBatchNorm, relu), [3, 2, 4]],
  groupNorm: [residual(serial(conv2d(4, 3, { padding: 1 }), groupNorm(2))), [3, 2, 4]],
  gru: [serial(gru(3), lastStep(), dense(2)), [4, 2]],
  layerNorm: [concatenate(layerNorm(), conv2d(2, 1)), [3, 2, 4]],
  layerScale: [serial(relu, layerScale()), [4, 3]],
  leadingTokens: [classToken(), [3, 4]],
  lstm: [bidirectional(lstm(2)), [4, 3]],
  positionEmbedding: [residual(positionEmbedding(6)), [4, 3]],
  simpleRnn: [simpleRnn(3), [4, 2]],
  timeDistributed: [transformerBlock(4, 2), [3, 4]],
  typeEmbedding: [residual(typeEmbedding(2)), [4, 3]],
}

describe('the state_dict of any other network', () => {
  it('is tested for every kind of layer that PyTorch has', () => {
    expect(Object.keys(everyKind).toSorted()).toEqual(Object.keys(torchLayers).toSorted())
  })

  it.each(Object.entries(everyKind))(
    'with %s has what its layers are read from again',
    async (_kind, [layer, input]) => {
      const params = scope(() => mapParams(layer.init(key(3), input), (leaf) => add(leaf, mul(0.3, normal(key(4), leaf.shape))))) // prettier-ignore
      const made = await written({ layer: serial(layer), params: [params], blocks: ['block'] }, input)
      expect(made.architecture).toBeUndefined()
      for (const bytes of [encodePyTorch(made.tensors), encodeSafetensors(made.tensors)]) {
        const listed = listTensors({ name: 'model', bytes })
        if (E.isLeft(listed)) throw listed.left
        const modules = { block: [...moduleNames(layer, 'block')] }
        const source = fromStateDict([{ name: 'block', layer }], { tensors: listed.right.tensors, modules, input })
        if (E.isLeft(source)) throw source.left
        const again = source.right.blocks[0]?.params ?? []
        for (const [i, leaf] of Tree.leaves(params).entries())
          expect(Tree.leaves(again)[i]).toBeAllClose(leaf, { absolute: 1e-6, relative: 1e-6 })
        disposeSource(source.right)
      }
      disposeParams(params)
    },
  )

  it('is refused for a layer that PyTorch has not here', async () => {
    const layer = serial(dense(2), prelu())
    const params = layer.init(key(0), [3])
    const made = await stateDictOf({ layer, params }, [3])()
    expect(E.isLeft(made) && made.left.message).toContain(
      'expected layers that PyTorch has, got prelu; export with --to onnx',
    )
    disposeParams(params)
  })
})
