import { key } from '@ptu/core'
import {
  conv2d,
  dense,
  fixedAffine,
  flatten,
  globalAveragePool,
  gru,
  layerNorm,
  maxPool,
  product,
  relu,
  reshape,
  residual,
  serial,
  sigmoid,
  silu,
  softmax,
  tanh,
  averagePool,
  concatenate,
  type Layer,
} from '@ptu/layers'
import { freeze, initBody, mlp } from '@ptu/networks'
import { fold, ptu, transfer } from '@ptu/strategies'
import { disposeParams, normal, scope, type ParamTree } from '@ptu/tensor'
import { add, mul, slice, tensor2d, zeros, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { capturedNetwork } from '../../tests/networks.ts'
import { integratedGradients } from './conductance.ts'
import { deepLift } from './deep-lift.ts'
import { foldedBlocks, openBlocks, type LayerBlock } from './network-blocks.ts'

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs))

/** Blocks of one layer, and what to free. */
const only = (layer: Layer, input: readonly number[], seed = 1) => {
  const body = [{ name: 'only', layer }]
  const params = initBody(body, key(seed), input)
  return { blocks: openBlocks(body, params), params }
}

describe('deepLift', () => {
  it.each(['smooth', 'rectified', 'convolutional'])('agrees with Captum to 1e-4: %s', async (name) => {
    const { blocks, x, baseline, target, change, attributions, tensors } = capturedNetwork(name)
    for (const at of ['input', 'first', 'second']) {
      const found = await deepLift(blocks, { x, baseline, target, at, chunk: 3 })
      const expected = attributions[at === 'input' ? 'deepLift' : `deepLift.${at}`]
      expect(found.shape).toEqual(expected?.shape)
      expect(found.values).toBeAllClose(expected?.values ?? [], { absolute: 1e-4, relative: 0 })
      expect(found.change).toBeAllClose(change, { absolute: 1e-5 })
      expect(largest(found.residual)).toBeLessThan(1e-4)
    }
    disposeParams(tensors)
  })

  const layers: readonly (readonly [string, Layer, readonly number[]])[] = [
    [
      'a squeeze and its gate',
      serial(
        product(serial(globalAveragePool, reshape([1, 1, 3]), conv2d(3, 1), sigmoid)),
        conv2d(2, 3),
        silu,
        flatten,
        dense(2),
      ),
      [4, 4, 3],
    ],
    ['a maximum of what a nonlinearity gives', serial(conv2d(3, 3), tanh, maxPool(2), flatten, dense(2)), [4, 4, 3]],
    [
      'two paths that are added',
      serial(residual(serial(conv2d(3, 3), relu, conv2d(3, 3))), maxPool(2), flatten, dense(2)),
      [4, 4, 3],
    ],
    [
      'two paths that are joined',
      serial(
        concatenate(conv2d(2, 1), serial(maxPool(3, { stride: 1, padding: 'same' }), tanh)),
        averagePool(2),
        flatten,
        dense(2),
      ),
      [4, 4, 3],
    ],
  ]
  it.each(layers)('is complete: %s', async (_name, layer, input) => {
    const { blocks, params } = only(layer, input)
    const [x, baseline] = [normal(key(2), [3, ...input]), normal(key(3), [3, ...input])]
    const found = await deepLift(blocks, { x, baseline, target: [0, 1, 0] })
    expect(largest(found.residual)).toBeLessThan(1e-5)
    expect(largest(found.change)).toBeGreaterThan(0.1)
    const revealed = await deepLift(blocks, { x, baseline, target: [0, 1, 0], rule: 'reveal-cancel' })
    expect(largest(revealed.residual)).toBeLessThan(1e-5)
    disposeParams([params, x, baseline] as ParamTree)
  })

  it('reveals inputs that cancel: the smaller of two numbers', async () => {
    // a - relu(a - b)
    const smaller = residual(serial(dense(1), relu, dense(1)), dense(1))
    const kernels = [[[1], [-1]], [[-1]], [[1], [0]]].map((rows) => ({ kernel: tensor2d(rows), bias: zeros([1]) }))
    const [difference = [], minus = [], first = []] = kernels as readonly ParamTree[]
    const blocks = openBlocks([{ name: 'smaller', layer: smaller }], [[[difference, [], minus], first]])
    const x = tensor2d([
      [3, 1],
      [1, 3],
      [10, 6],
    ])
    const rescaled = await deepLift(blocks, { x, target: 0 })
    expect(rescaled.values).toBeAllClose([0, 1, 1, 0, 0, 6], { absolute: 1e-6 })
    const revealed = await deepLift(blocks, { x, target: 0, rule: 'reveal-cancel' })
    expect(revealed.values).toBeAllClose([0.5, 0.5, 0.5, 0.5, 3, 3], { absolute: 1e-6 })
    expect([rescaled.rule, revealed.rule]).toEqual(['rescale', 'reveal-cancel'])
    disposeParams([kernels, x] as ParamTree)
  })

  it('turns parts where a fixed factor is negative', async () => {
    const flipped = serial(fixedAffine({ scale: [-2, 1], shift: [3, 0] }), dense(2), tanh, dense(2))
    const { blocks, params } = only(flipped, [2])
    const [x, baseline] = [normal(key(5), [4, 2]), normal(key(6), [4, 2])]
    const { residual: rest, values } = await deepLift(blocks, { x, baseline, target: 1, rule: 'reveal-cancel' })
    expect(largest(rest)).toBeLessThan(1e-5)
    // the same with the factor in the kernel
    const [[, inner, , outer] = []] = params as readonly (readonly ParamTree[])[]
    const { kernel, bias } = inner as { kernel: Tensor; bias: Tensor }
    const folded = scope(() => ({
      kernel: mul(kernel, tensor2d([[-2], [1]])),
      bias: add(bias, mul(3, slice(kernel, [0, 0], [1, 2]).as1D())),
    }))
    const plain = await deepLift(
      openBlocks([{ name: 'only', layer: serial(dense(2), tanh, dense(2)) }], [[folded, [], outer as ParamTree]]),
      { x, baseline, target: 1, rule: 'reveal-cancel' },
    )
    expect(values).toBeAllClose(plain.values, { absolute: 1e-5 })
    disposeParams([params, x, baseline, folded] as ParamTree)
  })

  it('gives each factor its change times the mean of the other, or all to the second', async () => {
    const gate = product(dense(1), dense(1))
    const parts = [
      [1, 0],
      [0, 1],
    ].map((column) => ({ kernel: tensor2d(column, [2, 1]), bias: zeros([1]) }))
    const blocks = openBlocks([{ name: 'gate', layer: gate }], [parts])
    const [x, baseline] = [tensor2d([[3, 5]]), tensor2d([[1, 2]])]
    const even = await deepLift(blocks, { x, baseline, target: 0 })
    expect([...even.values, even.products]).toEqual([(2 * 7) / 2, (3 * 4) / 2, 'symmetric'])
    const weight = await deepLift(blocks, { x, baseline, target: 0, products: 'gate-as-weight' })
    expect([...weight.values, weight.products]).toEqual([0, 13, 'gate-as-weight'])
    const closed = tensor2d([[1, 5]])
    const still = await deepLift(blocks, { x, baseline: closed, target: 0, products: 'gate-as-weight' })
    expect(still.residual).toEqual([-10])
    disposeParams([parts, x, baseline, closed] as ParamTree)
  })

  it('is integrated gradients where the network is linear', async () => {
    const { blocks, params } = only(serial(dense(4), dense(2)), [3])
    const x = normal(key(5), [2, 3])
    const [a, b] = [await deepLift(blocks, { x, target: 1 }), await integratedGradients(blocks, { x, target: 1 })]
    expect(a.values).toBeAllClose(b.values, { absolute: 1e-5 })
    disposeParams([params, x] as ParamTree)
  })

  it('explains a transfer model that is folded, and refuses its units by name', async () => {
    const pretrained = initBody(mlp([6]), key(1), [4])
    const model = transfer(freeze(mlp([6]), pretrained), { blocks: [ptu()], head: dense(2) })
    const params = model.init(key(2), [4])
    const plain = fold(model, params)
    const x = normal(key(3), [2, 4])
    const { residual: rest } = await deepLift(foldedBlocks(plain), { x, target: 0 })
    expect(largest(rest)).toBeLessThan(1e-5)
    const unit = { ...dense(2), spec: { type: 'transfer-unit' } } as Layer
    const blocks: readonly LayerBlock[] = [{ name: 'unit', layer: unit, params: [], apply: (h) => h.clone() }]
    await expect(deepLift(blocks, { x, target: 0 })).rejects.toThrow(
      /no rule for the layer transfer-unit; fold the model/,
    )
    disposeParams([pretrained, params, plain.params, x] as ParamTree)
  })

  it.each([
    [serial(dense(2), softmax), [3], /no rule for the layer softmax; explain the logits/],
    [serial(gru(2), flatten, dense(2)), [4, 3], /no rule for the layer gru; use conductance/],
    [serial(layerNorm(), dense(2)), [3], /no rule for the layer layerNorm/],
  ] as readonly (readonly [Layer, readonly number[], RegExp])[])(
    'refuses by name: %#',
    async (layer, input, message) => {
      const { blocks, params } = only(layer, input)
      const x = normal(key(1), [2, ...input])
      await expect(deepLift(blocks, { x, target: 0 })).rejects.toThrow(message)
      disposeParams([params, x] as ParamTree)
    },
  )

  it('names bad input', async () => {
    const { blocks, params } = only(dense(2), [3])
    const [x, wide, none] = [normal(key(1), [2, 3]), zeros([2, 4]), zeros([0, 3])]
    await expect(deepLift(blocks, { x, target: 5 })).rejects.toThrow(/targets below 2/)
    await expect(deepLift(blocks, { x, target: 0, at: 'top' })).rejects.toThrow(/one of input, only, got top/)
    await expect(deepLift(blocks, { x, target: 0, baseline: wide })).rejects.toThrow(/baseline of shape/)
    await expect(deepLift(blocks, { x, target: 0, chunk: 0 })).rejects.toThrow(/chunk of at least 1/)
    await expect(deepLift(blocks, { x: none, target: 0 })).rejects.toThrow(/at least one example/)
    disposeParams([params, x, wide, none] as ParamTree)
  })
})
