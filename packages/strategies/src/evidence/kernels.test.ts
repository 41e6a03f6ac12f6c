import { key, Tree } from '@ptu/core'
import {
  conv2d,
  dense,
  flatten,
  gru,
  lastStep,
  maxPool,
  relu,
  residual,
  serial,
  timeDistributed,
  type Layer,
} from '@ptu/layers'
import { disposeParams, normal, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { describeOnBackends } from '@ptu/testing'
import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  slice,
  sum,
  tensor1d,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { directionKernels } from './direction-kernels.ts'
import { exactKernels, featuresOf, hasExactKernel, type PlacedBlock } from './exact-kernels.ts'
import { selfProduct } from './gram.ts'

const count = 5

/** The kernel of one block, by a backward pass for every example and projection. */
const oneByOne = (blocks: readonly PlacedBlock[], l: number, x: Tensor, projections: readonly Tensor[]): Tensor =>
  scope(() => {
    const totals = projections.map((projection) => {
      const rows = Array.from({ length: count }, (_, i) => {
        const own = slice(x, [i, ...x.shape.slice(1).map(() => 0)], [1, ...x.shape.slice(1)])
        const { grads } = valueAndGrad((params: ParamTree): Scalar => {
          const placed = blocks.map((block, at) => (at === l ? { ...block, params } : block))
          return sum(mul(featuresOf(placed, own), projection))
        })((blocks[l] as PlacedBlock).params)
        return concat(
          Tree.leaves(grads).map((leaf) => reshape(leaf, [1, -1])),
          1,
        )
      })
      return selfProduct(concat(rows, 0))
    })
    return totals.reduce((a, b) => add(a, b))
  })

const networkOf = (layers: readonly Layer[], input: readonly number[]): readonly PlacedBlock[] => {
  let shape = input
  return layers.map((layer, l) => {
    const block = { layer, params: layer.init(key(40 + l), shape) }
    shape = layer.output(shape)
    return block
  })
}

const networks = {
  'convolutions with stride, dilation and padding of their own': {
    input: [9, 8, 2],
    layers: [
      serial(conv2d(3, 3, { stride: [2, 1] }), relu, conv2d(4, 3, { dilation: 2, bias: false }), relu),
      serial(
        conv2d(3, 2, {
          padding: [
            [1, 0],
            [0, 2],
          ],
        }),
        relu,
      ),
      serial(conv2d(2, 2, { padding: 'valid' }), flatten),
    ],
  },
  'a residual block and a dense layer': {
    input: [6, 6, 1],
    layers: [
      serial(residual(serial(conv2d(2, 3), relu, conv2d(3, 3)), conv2d(3, 1)), relu, maxPool(2)),
      serial(flatten, dense(4), relu, dense(3)),
    ],
  },
  'a dense layer at each step': {
    input: [4, 3],
    layers: [serial(timeDistributed(dense(5)), relu), serial(flatten, dense(3))],
  },
} as const

/** Networks whose layers have no exact kernel. */
const others = {
  'a recurrent layer': { input: [4, 3], layers: [serial(gru(3), lastStep()), serial(dense(3), relu)] },
} as const

type Case = { readonly input: readonly number[]; readonly layers: readonly Layer[] }

const setUp = ({ input, layers }: Case) => {
  const blocks = networkOf(layers, input)
  const x = normal(key(7), [count, ...input])
  const features = featuresOf(blocks, x)
  const [, width = 1] = features.shape
  features.dispose()
  const free = (...more: readonly ParamTree[]): void => {
    disposeParams([x, ...blocks.map(({ params }) => params), ...more])
  }
  return { blocks, x, width, free }
}

/** The root mean square, over all pairs, of the difference of kernels relative to `√(K_ii·K_jj)`. */
const relativeError = (kernel: Tensor, wanted: Tensor): number => {
  const [got, exact] = [kernel.dataSync(), wanted.dataSync()]
  const at = (i: number, j: number): number => exact[i * count + j] ?? NaN
  const squares = Array.from(exact, (value, e) => {
    const [i, j] = [Math.floor(e / count), e % count]
    return ((got[e] ?? NaN) - value) ** 2 / (at(i, i) * at(j, j))
  })
  return Math.sqrt(squares.reduce((a, b) => a + b) / squares.length)
}

await describeOnBackends('tangent kernels', ({ tolerance }) => {
  describe.each(Object.entries(networks))('of %s', (_name, network) => {
    it('are, where exact, the inner products of the gradients of single examples', () => {
      const { blocks, x, width, free } = setUp(network)
      const projections = [normal(key(1), [width]), normal(key(2), [width])]
      const [features, ...kernels] = exactKernels(blocks, x, projections)
      const h = featuresOf(blocks, x)
      const products = scope(() => matMul(h as never, h as never, false, true))
      expect(features).toBeAllClose(products, tolerance)
      expect(kernels).toHaveLength(blocks.length)
      for (const [l, kernel] of kernels.entries()) {
        const wanted = oneByOne(blocks, l, x, projections)
        expect(kernel).toBeAllClose(wanted, { absolute: 1e-3, relative: 1e-3 })
        wanted.dispose()
      }
      free(projections, kernels, features ?? [], h, products)
    })
  })

  describe.each(Object.entries({ ...networks, ...others }))('of %s', (_name, network) => {
    it('are, along random directions, those of all outputs within the sampling error', () => {
      const directions = 128
      const { blocks, x, width, free } = setUp(network)
      const outputs = Array.from({ length: width }, (_, o) =>
        tensor1d(Array.from({ length: width }, (_value, i) => (i === o ? 1 : 0))),
      )
      const [[features, ...kernels] = []] = directionKernels([blocks], x, { directions, key: key(3) })
      const h = featuresOf(blocks, x)
      const products = scope(() => matMul(h as never, h as never, false, true))
      expect(features).toBeAllClose(products, tolerance)
      expect(kernels).toHaveLength(blocks.length)
      for (const [l, kernel] of kernels.entries()) {
        const wanted = oneByOne(blocks, l, x, outputs)
        expect(relativeError(kernel, wanted)).toBeLessThan(Math.sqrt(2 / directions))
        wanted.dispose()
      }
      free(outputs, kernels, features ?? [], h, products)
    })
  })

  it('are, along random directions, the same for networks that share blocks and for each alone', () => {
    const { blocks, x, free } = setUp(networks['a residual block and a dense layer'])
    const last = blocks.at(-1) as PlacedBlock
    const other = { layer: last.layer, params: last.layer.init(key(90), [27]) }
    const pair = [blocks, [blocks[0] as PlacedBlock, other]]
    const steps: (readonly number[])[] = []
    const together = directionKernels(pair, x, { directions: 4, key: key(3), onStep: (...told) => steps.push(told) })
    const alone = pair.map((network) => directionKernels([network], x, { directions: 4, key: key(3) })[0] ?? [])
    expect(together.flat()).toHaveLength(6)
    together.flat().forEach((kernel, i) => {
      expect([...kernel.dataSync()]).toEqual([...(alone.flat()[i] as Tensor).dataSync()])
    })
    expect(steps).toEqual([1, 2, 3].map((done) => [done, 3])) // the block that they share counts once
    free(together, alone, other.params)
  })
})

describe('hasExactKernel', () => {
  const blockOf = (layer: Layer, params: ParamTree): PlacedBlock => ({ layer, params })

  it('is so for dense layers, convolutions, and layers without parameters around them', () => {
    const layer = serial(conv2d(2, 3), relu, flatten, dense(2))
    const params = layer.init(key(0), [4, 4, 1])
    expect(hasExactKernel(blockOf(layer, params))).toBe(true)
    disposeParams(params)
  })

  it('is not so for a layer with parameters of another kind', () => {
    const layer = serial(gru(2), lastStep())
    const params = layer.init(key(0), [3, 2])
    expect(hasExactKernel(blockOf(layer, params))).toBe(false)
    disposeParams(params)
  })
})
