import { key, normals, Tree } from '@ptu/core'
import { dense, dropout, identity, infer, relu, serial, type Layer } from '@ptu/layers'
import { freeze, initBody, mlp } from '@ptu/networks'
import { adam, sgd } from '@ptu/optim'
import { fineTune, lora, ptu, scratch, share, transfer, type Strategy } from '@ptu/strategies'
import { disposeParams, scope, type ParamTree } from '@ptu/tensor'
import {
  accuracy,
  argmaxRows,
  crossEntropy,
  disposeState,
  start,
  step,
  type Loss,
  type Objective,
  type TrainState,
} from '@ptu/trainer'
import {
  matMul,
  mul,
  sum,
  tensor1d,
  tensor2d,
  zeros,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { corruptParams } from './attack.ts'
import { corruptionResistant } from './resistant.ts'
import { numbersOf } from './risk.ts'

/** `L(w) = ½ Σ A_i w_i²` as a model: its outputs are the parameters. */
const bowl: Layer = {
  ...identity,
  init: () => [tensor1d([1, 0.5, -0.2])],
  apply: (params) => (Tree.leaves(params)[0] as Tensor).clone(),
}
const bowlLoss: Loss = (w) => scope(() => mul(sum<Scalar>(mul(mul(w, w), tensor1d([1, 4, 9]))), 0.5))

const descended = async (objective: Objective): Promise<number[]> => {
  const batch = { x: zeros([1, 1]), y: zeros([1, 1]) }
  const { state, loss } = step(objective)(start(objective, key(0), [1]), batch)
  const numbers = [...(await numbersOf(state.params))]
  disposeState(state)
  disposeParams([batch.x, batch.y, loss])
  return numbers
}

const train = (objective: Objective, seed: number, steps: number): TrainState => {
  const batch = blobs(seed, { count: 45, spread: 0.5 })
  let state = start(objective, key(seed), [6])
  for (let i = 0; i < steps; i++) {
    const next = step(objective)(state, batch)
    next.loss.dispose()
    state = next.state
  }
  disposeParams([batch.x, batch.y] as ParamTree)
  return state
}

describe('corruptionResistant', () => {
  it('takes the step of a float64 reference on a quadratic', async () => {
    const plain: Objective = { model: bowl, loss: bowlLoss, optimizer: sgd(0.05) }
    const half = await descended(corruptionResistant(plain, { epsilon: 0.1 }))
    for (const [i, w] of [0.949129083734, 0.393032669957, -0.095891157161].entries()) expect(half[i]).toBeCloseTo(w, 6)
    const sharp = await descended(corruptionResistant(plain, { epsilon: 0.1, share: 1 }))
    for (const [i, w] of [0.948258167464, 0.386065339714, -0.081782312921].entries()) expect(sharp[i]).toBeCloseTo(w, 6)
  })

  it('averages over several corruptions, each in the ball', async () => {
    const plain: Objective = { model: bowl, loss: bowlLoss, optimizer: sgd(0.05) }
    const found = await descended(corruptionResistant(plain, { epsilon: 0.1, steps: 2 }))
    const [A, w] = [
      [1, 4, 9],
      [1, 0.5, -0.2],
    ] as const
    const slope = (at: readonly number[]): number[] => at.map((x, i) => x * (A[i] as number))
    const unit = (v: readonly number[]): number[] => v.map((x) => x / Math.hypot(...v))
    const first = unit(slope(w)).map((u) => 0.075 * u)
    const raw = unit(slope(w.map((x, i) => x + (first[i] as number)))).map((u, i) => 0.075 * u + (first[i] as number))
    const second = raw.map((x) => (x * 0.1) / Math.hypot(...raw))
    const expected = w.map((x, i) => {
      const g = [0, first[i] as number, second[i] as number].map((a) => (x + a) * (A[i] as number))
      return x - (0.05 * ((g[0] as number) + (g[1] as number) + (g[2] as number))) / 3
    })
    expected.forEach((x, i) => {
      expect(found[i]).toBeCloseTo(x, 6)
    })
  })

  const strategies: readonly (readonly [string, Strategy])[] = [
    ['share', share],
    ['fineTune', fineTune],
    ['scratch', scratch],
    ['ptu', ptu()],
    ['lora', lora()],
  ]
  it.each(strategies)('trains %s, and with a vanishing norm as without, noise included', async (_name, strategy) => {
    const source = freeze(mlp([8]), initBody(mlp([8]), key(0), [6]))
    const model = transfer(source, { blocks: [strategy], head: serial(dropout(0.3), dense(3)) })
    const batch = blobs(0)
    const encoded = { x: model.encode(batch.x), y: batch.y }
    const after = async (wrap: (objective: Objective) => Objective): Promise<Float64Array> => {
      const objective = wrap({ model: model, loss: crossEntropy, optimizer: sgd(0.5) })
      const { state, loss } = step(objective)(start(objective, key(2), [6]), encoded)
      const numbers = await numbersOf(state.params)
      disposeState(state)
      loss.dispose()
      return numbers
    }
    const [plain, tiny, large] = [
      await after((objective) => objective),
      await after((objective) => corruptionResistant(objective, { epsilon: 1e-6 })),
      await after((objective) => corruptionResistant(objective, { epsilon: 1 })),
    ]
    expect(Math.max(...plain.map((x, i) => Math.abs(x - (tiny[i] as number))))).toBeLessThan(1e-5)
    expect(Math.max(...plain.map((x, i) => Math.abs(x - (large[i] as number))))).toBeGreaterThan(1e-3)
    disposeParams([source.blocks.map(({ params }) => params), batch.x, encoded] as ParamTree)
  })

  it.each([1.5, 3, Infinity])('corrupts in the norm p = %s, group by group', (p) => {
    const x = tensor2d(normals(key(1), 12), [4, 3])
    const y = tensor2d([
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ])
    const seen: number[][] = []
    const model: Layer = {
      ...dense(2),
      apply: (params, input) => {
        const { kernel, bias } = params as { kernel: Tensor2D; bias: Tensor2D }
        seen.push([...kernel.dataSync()])
        return scope(() => matMul(input as Tensor2D, kernel).add(bias))
      },
    }
    const objective = corruptionResistant(
      { model, loss: crossEntropy, optimizer: sgd(0.1) },
      { p, epsilon: 0.2, relative: true, groups: (path) => (path[0] === 'kernel' ? 'kernel' : undefined) },
    )
    const { state, loss } = step(objective)(start(objective, key(0), [3]), { x, y })
    const [w = [], corrupted = []] = seen
    const norm = (v: readonly number[]): number =>
      p === Infinity ? Math.max(...v.map(Math.abs)) : v.reduce((s, a) => s + Math.abs(a) ** p, 0) ** (1 / p)
    expect(norm(corrupted.map((a, i) => a - (w[i] as number))) / norm(w)).toBeCloseTo(0.2, 5)
    disposeState(state)
    disposeParams([x, y, loss])
  })

  it('holds more of the accuracy under attack than plain training does, seed by seed', async () => {
    const model = serial(dense(16), relu, dense(3)) as Layer
    const plain: Objective = { model, loss: crossEntropy, optimizer: adam(0.01) }
    const test = blobs(99, { count: 150, spread: 0.5 })
    const risk = { model, loss: crossEntropy, batches: [test] }
    const accuracyUnder = async (objective: Objective, seed: number, epsilon: number): Promise<number> => {
      const state = train(objective, seed, 150)
      const attack = await corruptParams(risk, state.params, { set: { p: 2, epsilon }, steps: 3 })
      const logits = model.apply(attack.params, test.x, infer)
      const found = accuracy(argmaxRows(logits.dataSync<'float32'>(), 3), test.labels)
      disposeParams([attack.params, logits])
      disposeState(state)
      return found
    }
    const gains: number[] = []
    for (const seed of [1, 2, 3]) {
      const resistant = await accuracyUnder(corruptionResistant(plain, { epsilon: 2 }), seed, 2)
      gains.push(resistant - (await accuracyUnder(plain, seed, 2)))
    }
    expect(Math.min(...gains)).toBeGreaterThan(0)
    expect(gains.reduce((sum, gain) => sum + gain, 0) / gains.length).toBeGreaterThan(0.05)
    disposeParams([test.x, test.y] as ParamTree)
  })

  it('refuses options that mean nothing', () => {
    const plain: Objective = { model: dense(2), loss: crossEntropy, optimizer: sgd(0.1) }
    expect(() => corruptionResistant(plain, { epsilon: 0 })).toThrow(/epsilon above 0, got 0/)
    expect(() => corruptionResistant(plain, { epsilon: 1, p: 1 })).toThrow(/p above 1, up to Infinity, got 1/)
    expect(() => corruptionResistant(plain, { epsilon: 1, steps: 1.5 })).toThrow(/whole number from 1, got 1.5/)
    expect(() => corruptionResistant(plain, { epsilon: 1, share: 1.5 })).toThrow(/share above 0 and up to 1, got 1.5/)
  })
})
