import { key, split } from '@ptu/core'
import { conv2d, dense, infer, layerNorm, product, relu, residual, serial, tanh } from '@ptu/layers'
import { disposeParams, mapParams, normal, scope, type ParamTree } from '@ptu/tensor'
import { div, fill, zerosLike, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { lenet, mlp, resnet, vgg } from './bodies.ts'
import { initBody } from './body.ts'
import { disposeSource, freeze } from './freeze.ts'
import { rescale, rescaleProblem } from './rescale.ts'
import type { Body } from './source.ts'

const bodies: Readonly<Record<string, Body>> = {
  mlp: mlp([12, 6]),
  lenet: lenet([4, 6, 5]),
  vgg: vgg([3, 4], 6),
  resnet: resnet([3, 4]),
}
const input = [8, 8, 1]
const size = (x: Tensor): number => {
  const squares = Float32Array.from(x.dataSync(), (v) => v * v)
  return Math.sqrt(squares.reduce((sum, v) => sum + v, 0) / squares.length)
}

describe.each(Object.entries(bodies))('a rescaled %s', (_name, body) => {
  it('has blocks of unit size on the examples and keeps the function of each up to one factor', async () => {
    // biases that are not zero, as after training
    const params = scope(() =>
      initBody(body, key(1), input).map((tree, i) => noisy(tree, split(key(2), body.length)[i] ?? key(0))),
    )
    const source = freeze(body, params)
    const x = normal(key(3), [6, ...input], 1)
    const unit = await rescale(source, x)
    const [before, after] = [source.activations(x), unit.activations(x)]
    before.forEach((activation, l) => {
      const scaled = after[l] as Tensor
      const factor = size(activation)
      expect(size(scaled)).toBeCloseTo(1, 4)
      const same = div(activation, factor)
      expect(scaled).toBeAllClose(same, { absolute: 1e-5, relative: 1e-4 })
      same.dispose()
    })
    disposeParams([x, before, after])
    disposeSource(source)
    disposeSource(unit)
  })
})

const noisy = (tree: Parameters<typeof disposeParams>[0], from: ReturnType<typeof key>): typeof tree =>
  Array.isArray(tree)
    ? tree.map((child, i) => noisy(child as typeof tree, split(from, tree.length)[i] ?? from))
    : Object.fromEntries(
        Object.entries(tree as Readonly<Record<string, Tensor>>).map(([name, leaf]) => [
          name,
          name === 'bias' ? normal(from, leaf.shape, 0.3) : leaf,
        ]),
      )

describe('a source with a silent block', () => {
  it('stays finite, and the blocks after it keep their function up to one factor', async () => {
    const body: Body = ['quiet', 'loud'].map((name) => ({ name, layer: serial(dense(3), relu) }))
    const [quiet = [], loud = []] = initBody(body, key(1), [4])
    // whatever comes in, the first block gives 0, so that the second gives what its biases say
    const silent = mapParams<ParamTree>(quiet, (leaf) => zerosLike(leaf))
    const biased = mapParams<ParamTree>(loud, (leaf) => (leaf.rank === 1 ? fill(leaf.shape, 2) : leaf.clone()))
    const source = freeze(body, [silent, biased])
    const x = normal(key(3), [5, 4])
    const unit = await rescale(source, x)
    const after = unit.activations(x)
    expect(after[0]).toBeAllClose(Array.from({ length: 15 }, () => 0))
    expect(after[1]).toBeAllClose(Array.from({ length: 15 }, () => 1))
    disposeParams([quiet, loud, x, after])
    disposeSource(source)
    disposeSource(unit)
  })
})

describe('a source of dense layers that give one number each', () => {
  /** Blocks `a` and `b`, whose outputs are these whatever comes in. */
  const rescaled = async (
    sizes: readonly number[],
  ): Promise<{ readonly told: readonly string[]; readonly after: readonly number[] }> => {
    const names = ['a', 'b']
    const body: Body = names.map((name) => ({ name, layer: dense(2) }))
    const made = initBody(body, key(1), [2])
    const params = made.map((tree, l) =>
      mapParams<ParamTree>(tree, (leaf) => (leaf.rank === 1 ? fill(leaf.shape, sizes[l] ?? 0) : zerosLike(leaf))),
    )
    const source = freeze(body, params)
    const x = normal(key(3), [5, 2])
    const told: string[] = []
    const unit = await rescale(source, x, { warn: (text) => told.push(text) })
    const activations = unit.activations(x)
    const after = activations.map(size)
    disposeParams([made, x, activations])
    disposeSource(source)
    disposeSource(unit)
    return { told, after }
  }

  it('is brought to unit size and nothing is told where all are at or above a thousandth', async () => {
    const { told, after } = await rescaled([0.001001, 70])
    expect(told).toEqual([])
    for (const each of after) expect(each).toBeCloseTo(1, 5)
  })

  it('has a block below a thousandth multiplied by a thousand alone, and it is told by its name', async () => {
    const { told, after } = await rescaled([3, 0.0005])
    expect(after[0]).toBeCloseTo(1, 5)
    expect(after[1]).toBeCloseTo(0.5, 5)
    expect(told).toEqual([
      'block b of the source is silent, its outputs are below 0.001 in root mean square: they are multiplied by 1000 and stay below unit size',
    ])
  })
})

describe('a source that cannot be rescaled', () => {
  it.each<readonly [string, Body[number]['layer'], string]>([
    ['tanh', serial(dense(4), tanh), 'block odd: tanh cannot be rescaled without changing its function'],
    ['a normalisation', serial(dense(4), layerNorm(), relu), 'block odd: layerNorm cannot be rescaled'],
    ['an identity shortcut', serial(dense(4), residual(serial(dense(4), relu))), 'residual with an identity shortcut'],
    ['a product', product(dense(4), dense(4)), 'block odd: product, of whose paths each would take the factor,'],
    ['no parameters', relu, 'block odd has no convolution or dense layer'],
  ])('because of %s says so', async (_why, layer, message) => {
    const body = [{ name: 'odd', layer }]
    const source = freeze(body, initBody(body, key(1), [4]))
    const x = normal(key(2), [3, 4])
    expect(rescaleProblem(source)).toContain(message)
    await expect(rescale(source, x)).rejects.toThrow(message)
    x.dispose()
    disposeSource(source)
  })
})

describe('freeze', () => {
  it('refuses parameters for another number of blocks', () => {
    expect(() => freeze(mlp([3]), [])).toThrow('freeze: expected parameters for 1 blocks, got 0')
  })

  it('gives the activation after each block', () => {
    const body: Body = [
      { name: 'a', layer: serial(conv2d(2, 3), relu) },
      { name: 'b', layer: serial(conv2d(3, 3, { stride: 2 }), relu) },
    ]
    const source = freeze(body, initBody(body, key(1), [6, 6, 1]))
    const x = normal(key(2), [2, 6, 6, 1])
    const found = source.activations(x)
    const last = scope(() => source.blocks.reduce((h, { layer, params }) => layer.apply(params, h, infer), x.clone()))
    expect(found.map(({ shape }) => shape)).toEqual([
      [2, 6, 6, 2],
      [2, 3, 3, 3],
    ])
    expect([...(found[1] as Tensor).dataSync()]).toEqual([...last.dataSync()])
    disposeParams([x, found, last])
    disposeSource(source)
  })
})
