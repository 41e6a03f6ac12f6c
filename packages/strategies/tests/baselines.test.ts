import { readFileSync } from 'node:fs'

import { key, OptionError, Tree } from '@ptu/core'
import { hierarchicalGate } from '@ptu/gates'
import { conv2d, dense, infer, type Mode } from '@ptu/layers'
import { freeze, type OpenBlock } from '@ptu/networks'
import { disposeParams, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { describeOnBackends } from '@ptu/testing'
import { abs, add, max, mul, ones, sub, sum, tensor, zeros, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { decayed, fineTune, l2sp, lora, mixout, ptu, share, type TransferBlock } from '../src/index.ts'
import { everyExample, examplesOf, initKey, noiseKey, sourceOf } from './example-source.ts'

interface Stored {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}
type Affine = { readonly kernel: Stored; readonly bias: Stored }
type Pair = { readonly down: Stored; readonly up: Stored }

interface Case {
  readonly x: Stored
  readonly source: Affine
  readonly params: Affine
  readonly cotangent: Stored
  readonly l2sp: Affine
  readonly decayed: Affine
  readonly lora: { readonly params: Pair; readonly output: Stored; readonly kernel: Stored; readonly gradients: Pair }
}

interface Golden {
  readonly strength: number
  readonly alpha: number
  readonly rank: number
  readonly dense: Case
  readonly conv2d: Case
}

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/baselines.json', import.meta.url), 'utf8'),
) as unknown as Golden

const loaded = ({ shape, values }: Stored): Tensor => tensor([...values], [...shape])
const affineOf = ({ kernel, bias }: Affine) => ({ kernel: loaded(kernel), bias: loaded(bias) })

const train: Mode = { kind: 'train', key: noiseKey, progress: 0 }
const cases = [
  ['a dense layer', dense(3), golden.dense],
  ['a convolution', conv2d(3, 3), golden.conv2d],
] as const

await describeOnBackends('a strategy, against PyTorch', ({ tolerance }) => {
  describe.each(cases)('of %s', (_name, layer, stored) => {
    const setUp = () => {
      const source = freeze([{ name: 'block', layer }], [affineOf(stored.source)])
      const [x, cotangent] = [loaded(stored.x), loaded(stored.cotangent)]
      const gradientOf = (apply: (p: ParamTree) => Tensor, params: ParamTree): ParamTree => {
        const { value, grads } = valueAndGrad((p: ParamTree): Scalar => scope(() => sum(mul(apply(p), cotangent))))(
          params,
        )
        value.dispose()
        return grads
      }
      const free = (...more: readonly ParamTree[]): void => {
        disposeParams([source.blocks.map(({ params }) => params), x, cotangent, ...more])
      }
      return { block: source.blocks[0] as OpenBlock, x, gradientOf, free }
    }

    it('has, of l2sp, the gradient of loss and penalty in training, and of the loss alone at inference', () => {
      const { block, x, gradientOf, free } = setUp()
      const held = l2sp(fineTune, { strength: golden.strength })(block)
      const params = affineOf(stored.params)
      const grads = gradientOf((p) => held.apply(p, { x }, train), params) as typeof params
      expect(grads.kernel).toBeAllClose(stored.l2sp.kernel.values, tolerance)
      expect(grads.bias).toBeAllClose(stored.l2sp.bias.values, tolerance)
      const [plain, quiet] = [fineTune(block), held].map((one) => gradientOf((p) => one.apply(p, { x }, infer), params))
      expect(bitsOf(quiet ?? [])).toEqual(bitsOf(plain ?? []))
      free(params, grads, plain ?? [], quiet ?? [])
    })

    it('has, of a decayed layer, the gradient of loss and squared norm', () => {
      const { x, gradientOf, free } = setUp()
      const params = affineOf(stored.params)
      const head = decayed(layer, { strength: golden.strength })
      const grads = gradientOf((p) => head.apply(p as never, x, train), params) as typeof params
      expect(grads.kernel).toBeAllClose(stored.decayed.kernel.values, tolerance)
      expect(grads.bias).toBeAllClose(stored.decayed.bias.values, tolerance)
      free(params, grads)
    })

    it('has, of lora, the output, the gradients and the folded kernel', () => {
      const { block, x, gradientOf, free } = setUp()
      const adapted = lora({ rank: golden.rank, alpha: golden.alpha })(block)
      expect(adapted.learns).toBe(true)
      const params = [{ down: loaded(stored.lora.params.down), up: loaded(stored.lora.params.up) }]
      const y = adapted.apply(params, { x }, infer)
      expect(y).toBeAllClose(stored.lora.output.values, tolerance)
      const grads = gradientOf((p) => adapted.apply(p, { x }, infer), params) as typeof params
      expect(grads[0]?.down as Tensor).toBeAllClose(stored.lora.gradients.down.values, tolerance)
      expect(grads[0]?.up as Tensor).toBeAllClose(stored.lora.gradients.up.values, tolerance)
      const folded = adapted.fold?.(params).params as { kernel: Tensor; bias: Tensor }
      expect(folded.kernel).toBeAllClose(stored.lora.kernel.values, tolerance)
      expect([...folded.bias.dataSync()]).toEqual([...(block.params as { bias: Tensor }).bias.dataSync()])
      free(params, y, grads, folded)
    })
  })
})

const everyBranch = hierarchicalGate({ branches: 3, noise: 'none' })

const bitsOf = (tree: ParamTree): readonly (readonly number[])[] =>
  Tree.leaves(tree).map((leaf) => [...leaf.dataSync()])

/** A block of the example source, its input, and the difference that holding makes to the gradients of a strategy. */
const differences = (strategy: Parameters<typeof l2sp>[0], l = 1) => {
  const source = sourceOf(everyExample.pictures)
  const block = source.blocks[l] as OpenBlock
  const x = scope(() => source.activations(examplesOf(everyExample.pictures, 4))[l - 1] as Tensor)
  const [plain, held] = [strategy(block), l2sp(strategy, { strength: 2 })(block)]
  const start = plain.init(initKey, x.shape.slice(1))
  const params = scope(() => Tree.map<Tensor, Tensor>(start, (leaf) => mul(leaf, 1.5)))
  const gradsOf = (one: TransferBlock): ParamTree =>
    valueAndGrad((p: ParamTree): Scalar => scope(() => sum(one.apply(p, { x }, train))))(params).grads
  const change = scope(() => Tree.zipWith<Tensor, Tensor, Tensor>(gradsOf(held), gradsOf(plain), (a, b) => sub(a, b)))
  return { source, block, x, start, params, change, held }
}

describe('l2sp', () => {
  it('holds the fine-tuned branch of every unit, and neither gates nor random branches', () => {
    const found = scope(() => {
      const { params, change, start } = differences(ptu({ gate: everyBranch }))
      return Tree.entries<Tensor>(change).map(([path, leaf], i) => {
        const wanted = path.includes('fineTuned')
          ? scope(() => mul(sub(Tree.leaves<Tensor>(params)[i] as Tensor, Tree.leaves<Tensor>(start)[i] as Tensor), 2))
          : scope(() => mul(leaf, 0))
        return {
          branch: path.find((part) => typeof part === 'string'),
          got: [...leaf.dataSync()],
          wanted: [...wanted.dataSync()],
        }
      })
    })
    expect(new Set(found.map(({ branch }) => branch))).toEqual(new Set(['fineTuned', 'random', 'gate']))
    for (const { got, wanted } of found) expect(got).toBeAllClose(wanted, { absolute: 1e-4, relative: 1e-4 })
  })

  it('leaves a strategy alone that has nothing from the source to learn', () => {
    const names = scope(() => [share, lora()].map((strategy) => bitsOf(differences(strategy).change).flat()))
    for (const change of names) for (const value of change) expect(Math.abs(value)).toBe(0)
  })

  it('is named after both', () => {
    const { held } = scope(() => ({ held: differences(ptu()).held.strategy }))
    expect(held).toBe('l2sp-ptu')
  })

  it('refuses a strength below 0, as decayed does', () => {
    expect(() => l2sp(fineTune, { strength: -1 })).toThrow(OptionError)
    expect(() => decayed(dense(2), { strength: NaN })).toThrow(OptionError)
  })
})

describe('lora', () => {
  it('is the source at the start, bit for bit, with few numbers to learn', () => {
    const [own, source, sizes] = scope(() => {
      const { block, x } = differences(share)
      const adapted = lora({ rank: 2 })(block)
      const params = adapted.init(initKey, x.shape.slice(1))
      const kept = share(block)
      return [
        [...adapted.apply(params, { x }, infer).dataSync()],
        [...kept.apply([], { x }, infer).dataSync()],
        Tree.leaves(params).map(({ shape }) => shape.join(' ')),
      ] as const
    })
    expect(own).toEqual(source)
    expect(sizes).toEqual(['36 2', '2 6'])
  })

  it('starts from factors of the deviation 1/√in', () => {
    const deviation = scope(() => {
      const { block } = differences(share)
      const values = [...(Tree.leaves(lora({ rank: 6 })(block).init(initKey, [3, 3, 4]))[0] as Tensor).dataSync()]
      return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length)
    })
    expect(Math.abs(deviation * 6 - 1)).toBeLessThan(0.15)
  })

  it('cuts its rank to the smaller side of a matrix', () => {
    const sizes = scope(() => {
      const { block } = differences(share)
      return Tree.leaves(lora({ rank: 100 })(block).init(initKey, [3, 3, 4])).map(({ shape }) => shape.join(' '))
    })
    expect(sizes).toEqual(['36 6', '6 6'])
  })

  it('refuses a rank that is no positive integer, and an alpha that is not above 0', () => {
    expect(() => lora({ rank: 0 })).toThrow(OptionError)
    expect(() => lora({ rank: 1.5 })).toThrow(OptionError)
    expect(() => lora({ alpha: 0 })).toThrow(OptionError)
  })
})

describe('mixout', () => {
  /** What a training step multiplies `θ - θ_S` by, read off the gradients of the parameters of a sum of outputs. */
  const factorsOf = (rate: number, seed = 1): readonly number[] =>
    scope(() => {
      const { block, x } = differences(share)
      const start = fineTune(block).init(initKey, x.shape.slice(1))
      const mode: Mode = { kind: 'train', key: key(seed) }
      const gradsOf = (one: TransferBlock) =>
        valueAndGrad((p: ParamTree): Scalar => scope(() => sum(one.apply(p, { x }, mode))))(start).grads
      const [plain, mixed] = [fineTune, mixout({ rate })].map((strategy) => bitsOf(gradsOf(strategy(block))).flat())
      return (mixed ?? []).flatMap((value, i) => (plain?.[i] ? [value / plain[i]] : []))
    })

  it('learns a number at 1 / (1 - p) times its gradient, or puts it back to that of the source', () => {
    const factors = factorsOf(0.75)
    expect(new Set(factors.map((factor) => factor.toFixed(3)))).toEqual(new Set(['0.000', '4.000']))
    const back = factors.filter((factor) => factor === 0).length
    // 5 standard deviations of a binomial
    expect(Math.abs(back - 0.75 * factors.length)).toBeLessThan(5 * Math.sqrt(factors.length * 0.75 * 0.25))
  })

  it('draws again in every step, and for every parameter', () => {
    expect(factorsOf(0.5, 1)).not.toEqual(factorsOf(0.5, 2))
    const twice = scope(() => {
      const layer = dense(8)
      const same = { kernel: zeros([1, 8]), bias: zeros([8]) }
      const [block] = freeze([{ name: 'dense', layer }], [same]).blocks as readonly [OpenBlock]
      const grads = valueAndGrad((p: ParamTree): Scalar =>
        scope(() => sum(mixout({ rate: 0.5 })(block).apply(p, { x: ones([1, 1]) }, train))),
      )(fineTune(block).init(initKey, [1])).grads as typeof same
      return [[...grads.kernel.dataSync()], [...grads.bias.dataSync()]]
    })
    expect(twice[0]).not.toEqual(twice[1])
  })

  it('is the source in training at the start, and what was learnt at inference, bit for bit', () => {
    const pairs = scope(() => {
      const { block, x } = differences(share)
      const start = fineTune(block).init(initKey, x.shape.slice(1))
      const learnt = scope(() => Tree.map<Tensor, Tensor>(start, (leaf) => mul(leaf, 1.5)))
      const bits = (strategy: typeof fineTune, params: ParamTree, mode: Mode) => [
        ...strategy(block).apply(params, { x }, mode).dataSync(),
      ]
      return [
        [bits(mixout(), start, train), bits(fineTune, start, train)],
        [bits(mixout(), learnt, infer), bits(fineTune, learnt, infer)],
      ] as const
    })
    for (const [own, wanted] of pairs) expect(own).toEqual(wanted)
  })

  it('puts all but few numbers back to the source, not to 0, by the paper’s rate', () => {
    const far = scope(() => {
      const { block, x } = differences(share)
      const start = fineTune(block).init(initKey, x.shape.slice(1))
      const learnt = scope(() => Tree.map<Tensor, Tensor>(start, (leaf) => add(leaf, 1e-3)))
      const own = mixout()(block).apply(learnt, { x }, train)
      return max(abs(sub(own, share(block).apply([], { x }, train)))).dataSync()[0] ?? NaN
    })
    expect(far).toBeGreaterThan(0)
    expect(far).toBeLessThan(0.5)
  })

  it('refuses a rate outside [0, 1)', () => {
    expect(() => mixout({ rate: 1 })).toThrow('mixout: expected a rate in [0, 1), got 1')
    expect(() => mixout({ rate: -0.1 })).toThrow(OptionError)
  })
})
