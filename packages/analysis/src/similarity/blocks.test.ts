import { key, normals } from '@ptu/core'
import { conv2d, dense, globalAveragePool, identity, relu, serial, tanh, type Layer } from '@ptu/layers'
import { freeze, initBody, mlp } from '@ptu/networks'
import { sgd } from '@ptu/optim'
import { fineTune, ptu, share, transfer } from '@ptu/strategies'
import { disposeParams, normal, type ParamTree } from '@ptu/tensor'
import { argmaxRows, crossEntropy, disposeState, fitProbe, start, step, type Objective } from '@ptu/trainer'
import { tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { openBlocks, transferBlocks } from '../attribution/network-blocks.ts'
import { numbersOf } from '../corruption/risk.ts'
import { codeLength, probeLearner, type Learner } from './code-length.ts'
import { compareBlocks, probeBlocks } from './compare-blocks.ts'
import { blockFeatures } from './features.ts'
import { anchored, fisherDiagonal } from './fisher.ts'

describe('blockFeatures', () => {
  it('gives channels or all numbers of each block, whatever the chunk', async () => {
    const body = [
      { name: 'conv', layer: serial(conv2d(3, 3), relu) },
      { name: 'top', layer: globalAveragePool },
    ]
    const params = initBody(body, key(0), [4, 4, 2])
    const blocks = openBlocks(body, params)
    const x = normal(key(1), [5, 4, 4, 2])
    const [pooled, whole, chunked] = [
      await blockFeatures(blocks, x),
      await blockFeatures(blocks, x, { pooled: false }),
      await blockFeatures(blocks, x, { chunk: 2 }),
    ]
    expect(pooled.map(({ size }) => size)).toEqual([3, 3])
    expect(whole.map(({ size }) => size)).toEqual([48, 3])
    expect(pooled[0]?.values).toBeAllClose(pooled[1]?.values ?? [], { absolute: 1e-6 })
    expect(chunked[0]?.values).toBeAllClose(pooled[0]?.values ?? [], { absolute: 1e-6 })
    const none = zeros([0, 4, 4, 2])
    await expect(blockFeatures(blocks, x, { chunk: 0 })).rejects.toThrow(/chunk of at least 1/)
    await expect(blockFeatures(blocks, none)).rejects.toThrow(/at least one example/)
    disposeParams([params, x, none] as ParamTree)
  })

  it('compares a source with what became of it, block by block', async () => {
    const pretrained = initBody(mlp([8, 6]), key(1), [6])
    const source = freeze(mlp([8, 6]), pretrained)
    const model = transfer(source, { blocks: [share, ptu()], head: dense(3) })
    const tuned = transfer(source, { blocks: [fineTune, fineTune], head: dense(3) })
    const [params, other] = [model.init(key(2), [6]), tuned.init(key(3), [6])]
    const batch = blobs(0)
    const own = await blockFeatures(openBlocks(mlp([8, 6]), pretrained), batch.x)
    const found = compareBlocks(own, await blockFeatures(transferBlocks(model, params), batch.x))
    expect(found.map(({ block, cka }) => [block, cka.toFixed(4)])).toEqual([
      ['dense1', '1.0000'],
      ['dense2', '1.0000'],
    ])
    const random = initBody(mlp([8, 6]), key(9), [6])
    const apart = compareBlocks(own, await blockFeatures(openBlocks(mlp([8, 6]), random), batch.x), { unbiased: true })
    expect(Math.max(...apart.map(({ cka }) => cka))).toBeLessThan(0.95)
    expect(() => compareBlocks(own, [])).toThrow(/same names, got dense1, dense2 and/)
    disposeParams([pretrained, params, other, random, batch.x, batch.y] as ParamTree)
  })
})

describe('probeBlocks', () => {
  it('reads classes off a block by the probe of the trainer, on examples that were held out', async () => {
    const batch = blobs(1, { spread: 0.8 })
    const body = [
      { name: 'plain', layer: identity },
      { name: 'lost', layer: { ...identity, apply: (_p, x) => zeros(x.shape).add(tensorOf(x.shape)) } satisfies Layer },
    ]
    const features = await blockFeatures(openBlocks(body, [[], []]), batch.x)
    const [plain, lost] = probeBlocks(features, { labels: batch.labels, key: key(2) })
    const { heldOut } = fitProbe({
      features: features[0]?.values as Float32Array,
      size: 6,
      labels: batch.labels,
      classes: 3,
      key: key(2),
    })
    const right = argmaxRows(Float32Array.from(heldOut), 3).filter((label, i) => label === batch.labels[i]).length
    expect(plain?.accuracy).toBeCloseTo(right / 60, 6)
    expect(plain?.judged).toBe(60)
    expect(lost?.accuracy).toBeLessThan((plain?.accuracy ?? 0) - 0.2)
    expect(lost?.logLoss).toBeGreaterThan(1)
    expect(() => probeBlocks(features, { labels: batch.labels.map(() => 0), key: key(0) })).toThrow(
      /at least 2 classes/,
    )
    expect(() => probeBlocks(features, { labels: [0, 1], key: key(0) })).toThrow(/label for each of 60 examples, got 2/)
    disposeParams([batch.x, batch.y] as ParamTree)
  })

  /** Numbers that say nothing of the class. */
  const tensorOf = (shape: readonly number[]) => normal(key(5), [...shape])
})

describe('codeLength', () => {
  const labels = Array.from({ length: 40 }, (_, i) => i % 2)
  const always =
    (p: number): Learner =>
    (_train, others) =>
      Promise.resolve(others.flatMap((i) => (labels[i] === 0 ? [p, 1 - p] : [1 - p, p])))

  it('is the sum over portions, each learnt from twice as many labels', async () => {
    const seen: (readonly number[])[] = []
    const learn: Learner = (train, others) => (seen.push(train), always(0.75)(train, others))
    const { bits, uniformBits, portions } = await codeLength({ labels, learn, key: key(0), first: 5 })
    expect(portions.map(({ learntFrom, labels: sent }) => [learntFrom, sent])).toEqual([
      [0, 5],
      [5, 5],
      [10, 10],
      [20, 20],
    ])
    const expected = 5 + [5, 10, 20].reduce((sum, n) => sum - n * Math.log2((0.75 * n + 1) / (n + 2)), 0)
    expect(bits).toBeCloseTo(expected, 10)
    expect(uniformBits).toBe(40)
    expect(seen[1]).toEqual([...(seen[2] ?? [])].slice(0, 10))
  })

  it('is that of no learning for a learner that knows nothing, and falls with what is known', async () => {
    const at = async (p: number) => (await codeLength({ labels, learn: always(p), key: key(0) })).bits
    expect(await at(0.5)).toBeCloseTo(40, 10)
    expect(await at(1)).toBeLessThan(await at(0.75))
    expect(Number.isFinite(await at(0))).toBe(true)
  })

  it('is lower for features that show the class, by a linear probe', async () => {
    const of = (spread: number) => {
      const values = Float32Array.from(
        normals(key(3), 80),
        (e, i) => spread * e + (labels[Math.floor(i / 2)] as number) * 2,
      )
      return codeLength({ labels, learn: probeLearner({ values, examples: 40, size: 2 }, labels, key(1)), key: key(2) })
    }
    const [clear, noisy] = [await of(0.3), await of(5)]
    expect(clear.bits).toBeLessThan(0.5 * clear.uniformBits)
    expect(noisy.bits).toBeGreaterThan(clear.bits + 5)
  })

  it('names bad input', async () => {
    await expect(codeLength({ labels: [0, 0], learn: always(1), key: key(0) })).rejects.toThrow(/at least 2 classes/)
    await expect(codeLength({ labels, learn: always(1), key: key(0), first: 41 })).rejects.toThrow(
      /from 1 to 40 labels, got 41/,
    )
    await expect(codeLength({ labels, learn: () => Promise.resolve([1]), key: key(0) })).rejects.toThrow(
      /2 classes for 4 examples, got 1 numbers/,
    )
    await expect(codeLength({ labels, learn: always(3), key: key(0) })).rejects.toThrow(/from 0 to 1, got/)
  })
})

describe('fisherDiagonal', () => {
  it('is that of softmax regression: x² p (1 - p), or the squared gradient of the label', () => {
    const model = dense(3)
    const params = model.init(key(1), [2])
    const x = tensor2d([
      [1, -2],
      [0.5, 3],
    ])
    const found = fisherDiagonal({ model, params, x }) as typeof params
    const empirical = fisherDiagonal({ model, params, x, labels: [2, 0] }) as typeof params
    const logits = model.apply(params, x, { kind: 'infer' })
    const rows = [...logits.dataSync()]
    const p = [0, 1].map((i) => {
      const z = rows.slice(3 * i, 3 * i + 3).map(Math.exp)
      return z.map((v) => v / ((z[0] as number) + (z[1] as number) + (z[2] as number)))
    })
    const at = (i: number, c: number): number => p[i]?.[c] ?? NaN
    const inputs = [
      [1, -2],
      [0.5, 3],
    ] as const
    const exact = [0, 1].flatMap((j) =>
      [0, 1, 2].map((c) =>
        inputs.reduce((sum, row, i) => sum + ((row[j] as number) ** 2 * at(i, c) * (1 - at(i, c))) / 2, 0),
      ),
    )
    expect(found.kernel).toBeAllClose(exact, { absolute: 1e-6 })
    const ofLabel = [0, 1].flatMap((j) =>
      [0, 1, 2].map((c) =>
        inputs.reduce((sum, row, i) => sum + ((row[j] as number) * (at(i, c) - ([2, 0][i] === c ? 1 : 0))) ** 2 / 2, 0),
      ),
    )
    expect(empirical.kernel).toBeAllClose(ofLabel, { absolute: 1e-6 })
    disposeParams([params, x, found, empirical, logits] as ParamTree)
  })

  it('names bad input', () => {
    const model = dense(2)
    const params = model.init(key(1), [2])
    const [x, none] = [tensor2d([[1, 2]]), zeros([0, 2])]
    expect(() => fisherDiagonal({ model, params, x: none })).toThrow(/at least one example/)
    expect(() => fisherDiagonal({ model: relu, params: [], x })).toThrow(/with parameters, got none/)
    expect(() => fisherDiagonal({ model, params, x, labels: [2] })).toThrow(/labels from 0 to 1, got 2/)
    expect(() => fisherDiagonal({ model, params, x, labels: [] })).toThrow(/label for each of 1 examples, got 0/)
    disposeParams([params, x, none] as ParamTree)
  })
})

describe('anchored', () => {
  it('adds λ F (w - w*) to the gradient, over any strategy', async () => {
    const pretrained = initBody(mlp([4]), key(0), [6])
    const model = transfer(freeze(mlp([4]), pretrained), { blocks: [fineTune], head: serial(tanh, dense(3)) })
    const batch = blobs(0)
    const encoded = { x: model.encode(batch.x), y: batch.y }
    const anchor = model.init(key(5), [6])
    const fisher = fisherDiagonal({ model, params: anchor, x: encoded.x })
    const plain: Objective = { model: model, loss: crossEntropy, optimizer: sgd(1) }
    const moved = async (objective: Objective): Promise<Float64Array> => {
      const { state, loss } = step(objective)(start(objective, key(7), [6]), encoded)
      const numbers = await numbersOf(state.params)
      disposeState(state)
      loss.dispose()
      return numbers
    }
    const begun = start(plain, key(7), [6])
    const [w, held, f] = [await numbersOf(begun.params), await numbersOf(anchor), await numbersOf(fisher)]
    const [free, consolidated, even] = [
      await moved(plain),
      await moved(anchored(plain, { anchor, fisher, strength: 2 })),
      await moved(anchored(plain, { anchor, strength: 2 })),
    ]
    for (const i of w.keys()) {
      const away = (w[i] as number) - (held[i] as number)
      expect((free[i] as number) - (consolidated[i] as number)).toBeCloseTo(2 * (f[i] as number) * away, 5)
      expect((free[i] as number) - (even[i] as number)).toBeCloseTo(2 * away, 5)
    }
    disposeState(begun)
    disposeParams([pretrained, anchor, fisher, encoded, batch.x] as ParamTree)
  })

  it('names a strength and trees that do not fit', () => {
    const plain: Objective = { model: dense(2), loss: crossEntropy, optimizer: sgd(1) }
    expect(() => anchored(plain, { anchor: [], strength: -1 })).toThrow(/strength from 0, got -1/)
    const batch = { x: tensor2d([[1]]), y: tensor2d([[1, 0]]) }
    const anchor = { kernel: zeros([1, 2]), bias: tensor1d([0]) }
    const objective = anchored(plain, { anchor, strength: 1 })
    const state = start(objective, key(0), [1])
    expect(() => step(objective)(state, batch)).toThrow(/parameter's shape \[2\], got \[1\]/)
    disposeState(state)
    disposeParams([batch.x, batch.y, anchor])
  })
})
