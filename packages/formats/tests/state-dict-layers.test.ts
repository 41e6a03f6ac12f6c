import { key, Tree } from '@ptu/core'
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
import { disposeParams, mapParams, normal, scope, type Shape } from '@ptu/tensor'
import { useBackend } from '@ptu/tensor/backend'
import { add, mul, setBackend } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { encodePyTorch, encodeSafetensors, fromStateDict, listTensors, stateDictOf } from '../src/index.ts'
import { moduleNames } from '../src/pytorch/writing/write-layers.ts'
import { torchLayers } from '../src/pytorch/torch-layers.ts'
import { written } from './made-tensors.ts'

beforeAll(async () => {
  await useBackend('wasm')()
})
afterAll(() => setBackend('cpu'))

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
