import { key } from '@ptu/core'
import {
  averagePool,
  conv2d,
  dense,
  elu,
  embedding,
  flatten,
  gelu,
  gru,
  identity,
  lastStep,
  relu,
  serial,
  sigmoid,
  geluTanh,
  silu,
  tanh,
  type Layer,
} from '@ptu/layers'
import { freeze, fromFunction, initBody, mlp } from '@ptu/networks'
import { fineTune, fold, observe, ptu, transfer } from '@ptu/strategies'
import { disposeParams, normal, scope, type ParamTree } from '@ptu/tensor'
import {
  concat,
  gather,
  mul,
  ones,
  pow,
  square,
  sub,
  tensor1d,
  tensor2d,
  zeros,
  type Tensor,
} from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { capturedNetwork } from '../../tests/networks.ts'
import { channelSums } from './attribution.ts'
import { conductance, integratedGradients, type Path } from './conductance.ts'
import { gaussLegendre, pathRule } from './gauss-legendre.ts'
import { inputTimesGradient, smoothGradient } from './gradients.ts'
import { foldedBlocks, openBlocks, transferBlocks, type LayerBlock } from './network-blocks.ts'

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs))

describe('attributions beside those of Captum', () => {
  it.each(['smooth', 'rectified', 'convolutional'])('agree to 1e-4 for inputs: %s', async (name) => {
    const { blocks, x, baseline, target, change, attributions, tensors } = capturedNetwork(name)
    const found = await integratedGradients(blocks, { x, baseline, target })
    expect(found.shape).toEqual(attributions['integratedGradients']?.shape)
    expect(found.values).toBeAllClose(attributions['integratedGradients']?.values ?? [], {
      absolute: 1e-4,
      relative: 0,
    })
    expect(found.change).toBeAllClose(change, { absolute: 1e-5 })
    const plain = await inputTimesGradient(blocks, { x, target })
    expect(plain.values).toBeAllClose(attributions['inputTimesGradient']?.values ?? [], {
      absolute: 1e-5,
      relative: 1e-5,
    })
    disposeParams(tensors)
  })

  it.each([
    ['smooth', 'first', 50, 1e-4],
    ['smooth', 'second', 50, 1e-4],
    ['rectified', 'second', 50, 1e-4],
    ['convolutional', 'second', 50, 1e-4],
    // below kinks every rule is of first order
    ['rectified', 'first', 200, 2e-2],
    ['convolutional', 'first', 200, 2e-2],
  ])('agree for the conductance of %s, %s, %s nodes, to %s', async (name, at, nodes, tolerance) => {
    const { blocks, x, baseline, target, attributions, tensors } = capturedNetwork(name)
    const found = await conductance(blocks, { at, x, baseline, target, nodes })
    const expected = attributions[`conductance.${at}`]
    expect(found.shape).toEqual(expected?.shape)
    expect(found.values).toBeAllClose(expected?.values ?? [], { absolute: tolerance, relative: 0 })
    disposeParams(tensors)
  })
})

describe('conductance', () => {
  const smooth = (seed: number, widths: readonly number[] = [6, 5], curve: Layer = tanh) => {
    const body = [
      ...widths.map((width, i) => ({ name: `h${i}`, layer: serial(dense(width), i % 2 ? sigmoid : curve) })),
      { name: 'head', layer: dense(3) },
    ]
    const params = initBody(body, key(seed), [4])
    return { blocks: openBlocks(body, params), params, body }
  }

  const smoothing: readonly (readonly [string, Layer])[] = Object.entries({ tanh, sigmoid, gelu, geluTanh, silu, elu })
  it.each(smoothing)(
    'is complete at every block within half a percent at 50 nodes on smooth networks, and exactly where it misses: %s',
    async (_name, curve) => {
      await fc.assert(
        fc.asyncProperty(fc.nat(10_000), async (seed) => {
          const { blocks, params } = smooth(seed, [6, 5], curve)
          const [x, baseline] = [normal(key(seed + 1), [3, 4], 1.5), normal(key(seed + 2), [3, 4])]
          for (const at of ['input', 'h0', 'h1', 'head']) {
            const { values, change, residual } = await conductance(blocks, { at, x, baseline, target: [0, 1, 2] })
            const size = values.length / 3
            residual.forEach((rest, i) => {
              expect(Math.abs(rest)).toBeLessThan(0.005 * Math.max(Math.abs(change[i] as number), 0.1))
              const total = values.slice(i * size, (i + 1) * size).reduce((sum, v) => sum + v, 0)
              expect(total - (change[i] as number)).toBeCloseTo(rest, 5)
            })
          }
          disposeParams([params, x, baseline])
        }),
        { numRuns: 4 },
      )
    },
  )

  it('is complete within half a percent at 50 nodes on a smooth convolutional network', async () => {
    const body = [
      { name: 'first', layer: serial(conv2d(4, 3), gelu, averagePool(2)) },
      { name: 'second', layer: serial(conv2d(3, 3), silu) },
      { name: 'head', layer: serial(flatten, dense(3)) },
    ]
    const params = initBody(body, key(4), [10, 10, 2])
    const x = normal(key(5), [4, 10, 10, 2])
    for (const at of ['input', 'first', 'second']) {
      const { change, residual } = await conductance(openBlocks(body, params), { at, x, target: [0, 1, 2, 0] })
      residual.forEach((rest, i) => {
        expect(Math.abs(rest)).toBeLessThan(0.005 * Math.abs(change[i] as number))
      })
    }
    disposeParams([params, x])
  })

  it('takes twice the nodes for the examples that miss more than the tolerance, up to the most', async () => {
    const body = [
      { name: 'h0', layer: serial(dense(12), relu) },
      { name: 'h1', layer: serial(dense(12), relu) },
      { name: 'head', layer: dense(2) },
    ]
    const params = initBody(body, key(2), [4])
    const blocks = openBlocks(body, params)
    const [x, baseline] = [normal(key(3), [10, 4], 2), normal(key(4), [1, 4])] // from zeros without biases nothing switches
    const options = { at: 'h0', x, baseline, target: 0, nodes: 10 }
    const found = await conductance(blocks, { ...options, tolerance: 0.01, mostNodes: 70 })
    const sizes = [10, 20, 40, 70] as const
    const whole = await Promise.all(sizes.map((nodes) => conductance(blocks, { ...options, nodes })))
    expect(new Set(found.nodes).size).toBeGreaterThan(2)
    for (const [i, nodes] of found.nodes.entries()) {
      const misses = whole.map(({ residual, change }) => Math.abs((residual[i] ?? NaN) / (change[i] ?? NaN)) > 0.01)
      const enough = misses.indexOf(false)
      const place = enough < 0 ? sizes.length - 1 : enough
      expect(nodes).toBe(sizes[place])
      expect(found.values.slice(12 * i, 12 * i + 12)).toEqual(whole[place]?.values.slice(12 * i, 12 * i + 12))
    }
    expect(whole[0]?.nodes).toEqual(found.nodes.map(() => 10))
    disposeParams([params, x, baseline])
  })

  it('is the same for two networks that compute the same', async () => {
    const { blocks, params, body } = smooth(3)
    const x = normal(key(1), [2, 4])
    // h0 with its units in another order and then put back is the same function
    const order = tensor1d([5, 3, 1, 0, 2, 4], 'int32')
    const [first, second, head] = params as readonly [
      readonly [{ kernel: Tensor; bias: Tensor }, readonly []],
      readonly [{ kernel: Tensor; bias: Tensor }, readonly []],
      ParamTree,
    ]
    const permuted = scope(() => [
      [{ kernel: gather(first[0].kernel, order, 1), bias: gather(first[0].bias, order) }, []],
      [{ kernel: gather(second[0].kernel, order, 0), bias: second[0].bias.clone() }, []],
    ]) as readonly ParamTree[]
    const other = openBlocks(body, [...permuted, head])
    const [a, b] = [
      await conductance(blocks, { at: 'h1', x, target: 1 }),
      await conductance(other, { at: 'h1', x, target: 1 }),
    ]
    expect(a.values).toBeAllClose(b.values, { absolute: 1e-5 })
    const [c, d] = [
      await integratedGradients(blocks, { x, target: 1 }),
      await integratedGradients(other, { x, target: 1 }),
    ]
    expect(c.values).toBeAllClose(d.values, { absolute: 1e-5 })
    disposeParams([params, permuted, x, order])
  })

  it('gives equal inputs that enter equally the same, and an input that does not enter nothing', async () => {
    const body = [
      { name: 'h', layer: serial(dense(4), tanh) },
      { name: 'head', layer: dense(2) },
    ]
    const [h, head] = initBody(body, key(8), [3]) as readonly [
      readonly [{ kernel: Tensor; bias: Tensor }, readonly []],
      ParamTree,
    ]
    const rows = h[0].kernel.dataSync()
    // inputs 0 and 1 enter by the same weights, input 2 not at all
    const kernel = tensor2d([...rows.slice(0, 4), ...rows.slice(0, 4), 0, 0, 0, 0], [3, 4])
    const blocks = openBlocks(body, [[{ kernel, bias: h[0].bias }, []], head])
    const x = tensor2d([
      [0.7, 0.7, 5],
      [-1.2, -1.2, 2],
    ])
    const { values } = await integratedGradients(blocks, { x, target: 0 })
    expect(values[0]).toBeCloseTo(values[1] as number, 6)
    expect(values[3]).toBeCloseTo(values[4] as number, 6)
    expect(Math.abs(values[0] as number)).toBeGreaterThan(1e-3)
    expect([values[2], values[5]]).toEqual([0, 0])
    disposeParams([h, head, kernel, x])
  })

  it('does not depend on the other examples nor on the chunks', async () => {
    const { blocks, params } = smooth(5)
    const x = normal(key(2), [4, 4])
    const whole = await conductance(blocks, { at: 'h0', x, target: [0, 1, 2, 0] })
    const pieces = await conductance(blocks, { at: 'h0', x, target: [0, 1, 2, 0], chunk: 7 })
    expect(pieces.values).toBeAllClose(whole.values, { absolute: 1e-6 })
    const third = x.slice([2, 0], [1, 4])
    const alone = await conductance(blocks, { at: 'h0', x: third, target: 2 })
    expect(alone.values).toBeAllClose(whole.values.slice(12, 18), { absolute: 1e-6 })
    disposeParams([params, x, third])
  })

  it('follows any path, from its own start to its own end', async () => {
    const { blocks, params } = smooth(6)
    const x = normal(key(3), [2, 4])
    const bent: Path = (to, from, places) =>
      scope(() => {
        const t = tensor2d([...places], [places.length, 1])
        return from.add(mul(concat([t, pow(t, 2), pow(t, 3), t], 1), sub(to, from)))
      })
    const straight = await conductance(blocks, { at: 'input', x, target: 0 })
    const curved = await conductance(blocks, { at: 'input', x, target: 0, path: bent })
    expect(largest(curved.residual)).toBeLessThan(1e-4)
    expect(curved.change).toBeAllClose(straight.change, { absolute: 1e-6 })
    expect(largest([...curved.values].map((v, i) => v - (straight.values[i] as number)))).toBeGreaterThan(1e-3)
    disposeParams([params, x])
  })

  it('is exact for a quadratic of the input: ∫ 2 y dy', async () => {
    const squares: Layer = { ...identity, apply: (_params, x) => square(x) }
    const blocks = openBlocks(
      [
        { name: 'squares', layer: squares },
        { name: 'head', layer: dense(1) },
      ],
      [[], { kernel: ones([2, 1]), bias: zeros([1]) }],
    )
    const x = tensor2d([[3, -2]])
    const baseline = tensor2d([[1, 1]])
    const { values } = await integratedGradients(blocks, { x, baseline, target: 0, nodes: 3 })
    expect(values).toBeAllClose([8, 3], { absolute: 1e-5 })
    disposeParams([x, baseline, blocks.map(({ params }) => params)])
  })

  it('is that of the folded network for a transfer model, block by block', async () => {
    const body = mlp([7, 5])
    const pretrained = initBody(body, key(1), [4])
    const source = freeze(body, pretrained)
    const model = transfer(source, { blocks: [ptu(), fineTune], head: dense(2) })
    const params = model.init(key(2), [4])
    const plain = fold(model, params)
    const x = normal(key(3), [3, 4])
    for (const at of ['input', 'dense1', 'dense2']) {
      const own = await conductance(transferBlocks(model, params), { at, x, target: 1 })
      const folded = await conductance(foldedBlocks(plain), { at, x, target: 1 })
      expect(own.values).toBeAllClose(folded.values, { absolute: 1e-4 })
      expect(largest(own.residual) / largest(own.change)).toBeLessThan(0.05)
    }
    disposeParams([pretrained, params, plain.params, x] as ParamTree)
  })

  it('sums maps over positions', () => {
    const sums = channelSums({ shape: [2, 2, 1, 3], values: Float32Array.from({ length: 12 }, (_, i) => i) })
    expect(sums).toEqual({ shape: [2, 3], values: Float32Array.of(3, 5, 7, 15, 17, 19) })
  })
})

describe('smoothGradient', () => {
  it('is the gradient without noise, near the mean of many with noise, and has its key', async () => {
    const body = [
      { name: 'h', layer: serial(dense(5), tanh) },
      { name: 'head', layer: dense(2) },
    ]
    const params = initBody(body, key(1), [3])
    const blocks = openBlocks(body, params)
    const x = normal(key(2), [2, 3])
    const still = await smoothGradient(blocks, { x, target: 0, key: key(0), deviation: 0, samples: 2 })
    const times = await inputTimesGradient(blocks, { x, target: 0 })
    const numbers = x.dataSync()
    expect([...still.values].map((g, i) => g * (numbers[i] as number))).toBeAllClose(times.values, { absolute: 1e-6 })
    const noisy = await smoothGradient(blocks, { x, target: 0, key: key(0), deviation: 0.3 })
    expect(noisy.values).not.toBeAllClose(still.values, { absolute: 1e-4 })
    expect(noisy.values).toEqual((await smoothGradient(blocks, { x, target: 0, key: key(0), deviation: 0.3 })).values)
    // independent draws agree as well as 800 of them can
    const [a, b] = [
      await smoothGradient(blocks, { x, target: 0, key: key(5), deviation: 0.3, samples: 800 }),
      await smoothGradient(blocks, { x, target: 0, key: key(6), deviation: 0.3, samples: 800 }),
    ]
    expect(largest([...a.values].map((g, i) => g - (b.values[i] as number)))).toBeLessThan(0.05)
    await expect(smoothGradient(blocks, { x, target: 0, key: key(0), deviation: -1 })).rejects.toThrow(
      /deviation from 0, got -1/,
    )
    await expect(smoothGradient(blocks, { x, target: 0, key: key(0), deviation: 1, samples: 0 })).rejects.toThrow(
      /at least 1 sample/,
    )
    disposeParams([params, x] as ParamTree)
  })
})

describe('pathRule', () => {
  it('has the nodes and weights of Gauss and Legendre', () => {
    const { nodes, weights } = gaussLegendre(3)
    expect(nodes).toBeAllClose([0.5 - Math.sqrt(0.15), 0.5, 0.5 + Math.sqrt(0.15)], { absolute: 1e-15 })
    expect(weights).toBeAllClose([5 / 18, 8 / 18, 5 / 18], { absolute: 1e-15 })
    const many = gaussLegendre(200)
    expect(many.weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12)
    expect(many.nodes.reduce((sum, t, i) => sum + t ** 7 * (many.weights[i] as number), 0)).toBeCloseTo(1 / 8, 12)
  })

  it.each([1, 2, 5, 50, 200])('integrates g dy exactly for polynomials, %s nodes', (n) => {
    const { nodes, increments } = pathRule(n)
    const places = [0, ...nodes, 1]
    const degree = Math.min(n, 8)
    // ∫ t^degree d(t^degree) = 1/2 for degree ≤ n
    const y = places.map((t) => t ** degree)
    const integral = nodes.reduce(
      (sum, t, i) =>
        sum + t ** (degree - 1) * (increments[i] as Float64Array).reduce((s, d, j) => s + d * (y[j] as number), 0),
      0,
    )
    expect(integral).toBeCloseTo(degree / (2 * degree - 1), 10)
    expect(() => pathRule(0)).toThrow(/from 1 to 200, got 0/)
    expect(() => pathRule(201)).toThrow(/from 1 to 200, got 201/)
  })
})

describe('bad input', () => {
  const body = [
    { name: 'h', layer: serial(dense(5), relu) },
    { name: 'head', layer: dense(2) },
  ]
  const setting = () => {
    const params = initBody(body, key(1), [3])
    const x = normal(key(2), [2, 3])
    return {
      blocks: openBlocks(body, params),
      x,
      dispose: () => {
        disposeParams([params, x] as ParamTree)
      },
      params,
    }
  }

  it('is named: a block, a class, a baseline, targets, nodes, chunks, no examples', async () => {
    const { blocks, x, dispose } = setting()
    const [wide, none] = [zeros([2, 4]), zeros([0, 3])]
    const refused = async (options: object, message: RegExp): Promise<void> => {
      await expect(conductance(blocks, { at: 'h', x, target: 0, ...options })).rejects.toThrow(message)
    }
    await refused({ at: 'missing' }, /one of input, h, head, got missing/)
    await refused({ target: 2 }, /targets below 2, the number of classes, got 2/)
    await refused({ target: [0] }, /a target for each of 2 examples, got 1/)
    await refused({ target: -1 }, /counted from 0, got -1/)
    await refused({ baseline: wide }, /baseline of shape \[2, 3\], or \[1, 3\] for all examples, got \[2, 4\]/)
    await refused({ nodes: 0 }, /nodes from 1 to 200/)
    await refused({ nodes: 201 }, /nodes from 1 to 200, got 201/)
    await refused({ tolerance: 0 }, /tolerance above 0, got 0/)
    await refused({ mostNodes: 20 }, /most nodes from 50, the nodes to begin with, to 200, got 20/)
    await refused({ mostNodes: 300 }, /to 200, got 300/)
    await refused({ chunk: 0 }, /chunk of at least 1/)
    await refused({ x: none }, /at least one example/)
    await refused({ path: (to: Tensor) => to.clone() }, /path of 2 points, got a tensor \[1, 3\]/)
    disposeParams([wide, none])
    dispose()
  })

  it('is named: inputs that are not finite', async () => {
    const { blocks, dispose } = setting()
    const x = tensor2d([[1, NaN, 0]])
    await expect(conductance(blocks, { at: 'h', x, target: 0 })).rejects.toThrow(
      /finite attributions.*check the inputs/,
    )
    await expect(inputTimesGradient(blocks, { x, target: 0 })).rejects.toThrow(/finite gradients/)
    x.dispose()
    dispose()
  })

  it('is named: outputs that are no classes', async () => {
    const steps = [{ name: 'gru', layer: gru(2) }]
    const params = initBody(steps, key(0), [4, 3])
    const x = normal(key(1), [2, 4, 3])
    await expect(conductance(openBlocks(steps, params), { at: 'gru', x, target: 0 })).rejects.toThrow(
      /outputs \[batch, classes\] to explain, got \[2, 4, 2\]/,
    )
    disposeParams([params, x] as ParamTree)
  })

  it('is named: a layer without gradient, and the block above it can be explained', async () => {
    const words = [
      { name: 'words', layer: embedding(9, 4) },
      { name: 'read', layer: serial(gru(3), lastStep()) },
      { name: 'head', layer: dense(2) },
    ]
    const params = initBody(words, key(0), [5])
    const blocks = openBlocks(words, params)
    const x = tensor2d([[1, 2, 3, 4, 5]])
    await expect(inputTimesGradient(blocks, { x, target: 0 })).rejects.toThrow(
      /layers through which a gradient passes.*attribute a block above/,
    )
    await expect(integratedGradients(blocks, { x, target: 0 })).rejects.toThrow(/expected tokens/)
    const embedded = (blocks[0] as LayerBlock).apply(x)
    const { shape, residual } = await conductance(blocks.slice(1), { at: 'read', x: embedded, target: 0 })
    embedded.dispose()
    expect(shape).toEqual([1, 3])
    expect(Math.abs(residual[0] as number)).toBeLessThan(1e-5)
    disposeParams([params, x] as ParamTree)
  })

  it('is named: a model over a black box, and parameters that do not fit', () => {
    const model = transfer(
      fromFunction((x) => [square(x)], { energy: [3] }),
      { blocks: [observe], head: dense(2) },
    )
    const params = model.init(key(0), [3])
    expect(() => transferBlocks(model, params)).toThrow(/block energy \(observe\) reads a black box/)
    expect(() => openBlocks(body, [])).toThrow(/parameters for 2 blocks, got 0/)
    disposeParams(params)
  })
})
