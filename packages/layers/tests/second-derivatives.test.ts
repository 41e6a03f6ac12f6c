import { key } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { add, erf, grad, mean, mul, rsqrt, square, sub, sum, tensor2d, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { gelu, groupNorm, infer, layerNorm, type Layer } from '../src/index.ts'

/** The derivative of the squared norm of the gradient of `Σ w · f(x)²`: one that only a right second derivative gives. */
const ofTheGradient = (f: (x: Tensor) => Tensor): readonly number[] => {
  const result = scope(() => {
    const [x, w] = [tensor2d([[0.3, -1.2, 2, 0.5]]), tensor2d([[1, -2, 0.5, 3]])]
    const first = grad((input) => sum(mul(square(f(input)), w)))
    return grad((input) => sum(square(first(input))))(x)
  })
  const numbers = [...result.dataSync()]
  result.dispose()
  return numbers
}

const applied =
  (layer: Layer) =>
  (x: Tensor): Tensor =>
    layer.apply(layer.init(key(1), [4]), x, infer)

const standardised = (x: Tensor): Tensor => {
  const centred = sub(x, mean(x, [1], true))
  return mul(centred, rsqrt(add(mean(square(centred), [1], true), 1e-5)))
}

describe('gradients that are written out', () => {
  it.each<readonly [string, Layer, (x: Tensor) => Tensor]>([
    ['gelu', gelu, (x) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1))],
    ['layerNorm', layerNorm(), standardised],
    ['groupNorm', groupNorm(1), standardised],
  ])('have right derivatives of their own in %s', (_, layer, composed) => {
    expect(ofTheGradient(applied(layer))).toBeAllClose(ofTheGradient(composed), { absolute: 1e-4, relative: 1e-4 })
  })
})
