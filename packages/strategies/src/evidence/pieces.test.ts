import { key } from '@ptu/core'
import { conv2d, dense, relu, serial, timeDistributed } from '@ptu/layers'
import type { OpenBlock } from '@ptu/networks'
import { disposeParams, normal, scope } from '@ptu/tensor'
import { add, concat, eye, matMul, mul, sum, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { gramOf } from './gram.ts'
import { unitKernels } from './network-kernels.ts'
import { startUnder } from './networks.ts'
import { patchesOf, windowOf } from './patches.ts'

describe('the inputs that a convolution sees', () => {
  it.each([1, 2, 4, 9, 100])(
    'come in pieces of at most %d elements of the window, at least one, all of them once',
    (most) => {
      scope(() => {
        const x = normal(key(1), [2, 5, 4, 3])
        const layer = conv2d(7, 3)
        const output = [2, ...layer.output([5, 4, 3])]
        const element = 2 * 5 * 4 * 3
        const pieces = (limit: number): readonly Tensor[] =>
          patchesOf(x, windowOf(layer.spec), output, limit).map((piece) => piece())
        const found = pieces((most + 0.5) * element)
        expect(found).toHaveLength(Math.ceil(9 / most))
        for (const { size } of found) expect(size).toBeLessThanOrEqual(most * element)
        expect(concat([...found], 2)).toBeAllClose(concat([...pieces(1e6)], 2))
        expect(pieces(1)).toHaveLength(9)
      })
    },
  )
})

describe('the inner products of gradients of a layer at each step', () => {
  it('are the same where they take more room than one piece may', () => {
    scope(() => {
      const [rows, outputs] = [1025, 4096]
      const [x, dy] = [normal(key(2), [2, 2, rows]), normal(key(3), [2, 2, outputs])]
      const gram = gramOf(timeDistributed(dense(outputs)).spec)
      const place = (tensor: Tensor, from: number, to: number): Tensor =>
        matMul(stepsOf(tensor, from), stepsOf(tensor, to), false, true)
      const inner = (from: number, to: number): Tensor => sum(mul(place(dy, from, to), add(place(x, from, to), 1)))
      const expected = [0, 1].flatMap((i) => [0, 1].map((j) => inner(i, j).dataSync()[0] ?? NaN))
      expect(gram?.(x, dy)).toBeAllClose(expected, { relative: 1e-3, absolute: 100 })
    })
  })
})

/** `[steps, size]` of one example. */
const stepsOf = (tensor: Tensor, example: number): Tensor =>
  scope(() => tensor.gather([example], 0).reshape(tensor.shape.slice(1)))

describe('kernels of unit size', () => {
  it('are so however small they were, down to a billionth', () => {
    scope(() => {
      const [[kernel] = []] = unitKernels([[]], normal(key(4), [2, 1]), () => [[mul(eye(2), 1.1e-9)]])
      expect(kernel).toBeAllClose([1, 0, 0, 1], { absolute: 1e-5 })
    })
  })
})

describe('a start that is mixed', () => {
  it('is a quarter of the source and three quarters of the random start', async () => {
    const layer = serial(dense(3), relu)
    const [x, source, random] = [normal(key(5), [4, 2]), layer.init(key(6), [2]), layer.init(key(7), [2])]
    const block: OpenBlock = { name: 'one', layer, params: source, output: (shape) => layer.output(shape) }
    const started = async (above: 'random' | 'mixed') => {
      const { owned } = await startUnder({ kind: 'adapted', depth: 0, above }, 0, [block], [random], x)
      return owned as readonly [readonly { readonly kernel: Tensor }[]]
    }
    const [drawn, mixed] = [await started('random'), await started('mixed')]
    const own = source as unknown as (typeof drawn)[0]
    scope(() => {
      const [[a], [b], [s]] = [drawn[0], mixed[0], own] as unknown as readonly [typeof own, typeof own, typeof own]
      expect(b?.kernel).toBeAllClose(add(mul(s?.kernel as Tensor, 0.25), mul(a?.kernel as Tensor, 0.75)))
    })
    disposeParams([x, source, random, drawn, mixed])
  })
})
