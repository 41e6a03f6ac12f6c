import { disposeParams } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { layerFixtures, lossFixtures, tensorsOf } from './fixtures.ts'

it('tensorsOf makes float32 tensors of every part of a tree', () => {
  const stored = { shape: [2, 1], values: [1, 2] }
  const made = tensorsOf({ list: [stored, stored], one: { values: stored }, other: { shape: stored } }) as {
    readonly list: readonly [Tensor, Tensor]
    readonly one: { readonly values: Tensor }
    readonly other: { readonly shape: Tensor }
  }
  for (const tensor of [...made.list, made.one.values, made.other.shape]) {
    expect([tensor.dtype, tensor.shape]).toEqual(['float32', [2, 1]])
    expect(tensor).toBeAllClose([1, 2])
  }
  disposeParams(made)
})

it('every case of a layer has an input, an output and a cotangent of its shape; losses have a value', () => {
  const layers = layerFixtures()
  expect(new Set(layers.map(([name]) => name)).size).toBe(layers.length)
  for (const [name, { input, output, cotangent }] of layers) {
    expect(input.values.length, name).toBe(input.shape.reduce((product, n) => product * n, 1))
    expect(cotangent.shape, name).toEqual(output.shape)
  }
  for (const [name, { value }] of Object.entries(lossFixtures())) expect(value, name).toBeTypeOf('number')
})
