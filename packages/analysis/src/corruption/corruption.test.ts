import { key, Tree } from '@ptu/core'
import { dense, infer, relu, serial, tanh, type Layer } from '@ptu/layers'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { argmaxRows, crossEntropy } from '@ptu/trainer'
import { tensor2d } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { corruptParams } from './attack.ts'
import { eachBlock, eachLayer, eachTensor } from './groups.ts'
import { numbersOf, riskAt, riskGradient, type Risk } from './risk.ts'
import { vulnerability } from './vulnerability.ts'
import { worstCase } from './worst-case.ts'

/** A small network with parameters and a risk on blobs in two batches of different size. */
const setting = (model: Layer = serial(dense(5), tanh, dense(3))) => {
  const params = model.init(key(4), [6])
  const [a, b] = [blobs(0, { count: 30 }), blobs(1, { count: 12 })]
  const risk: Risk = { model, loss: crossEntropy, batches: [a, b] }
  return {
    params,
    risk,
    dispose: () => {
      disposeParams([params, a.x, a.y, b.x, b.y] as ParamTree)
    },
  }
}

/** The gradient of softmax regression in float64: `mean (softmax(xW + b) - y) xᵀ`, kernel then bias. */
const exactGradient = (x: Float32Array, labels: Int32Array, kernel: Float32Array, bias: Float32Array): Float64Array => {
  const [n, c, d] = [labels.length, bias.length, x.length / labels.length]
  const gradient = new Float64Array(d * c + c)
  for (let i = 0; i < n; i++) {
    const z = Array.from(
      bias,
      (b, k) =>
        b +
        Array.from({ length: d }, (_, j) => (x[i * d + j] as number) * (kernel[j * c + k] as number)).reduce(
          (s, v) => s + v,
          0,
        ),
    )
    const total = z.reduce((s, v) => s + Math.exp(v), 0)
    z.forEach((v, k) => {
      const error = (Math.exp(v) / total - (k === labels[i] ? 1 : 0)) / n
      for (let j = 0; j < d; j++)
        gradient[j * c + k] = (gradient[j * c + k] as number) + error * (x[i * d + j] as number)
      gradient[d * c + k] = (gradient[d * c + k] as number) + error
    })
  }
  return gradient
}

describe('vulnerability', () => {
  it.each([1.5, 2, 3, Infinity])('predicts what float64 does within 1e-6, p = %s', async (p) => {
    const model = dense(3)
    const params = model.init(key(1), [6])
    const batch = blobs(0)
    const exact = exactGradient(
      batch.x.dataSync<'float32'>(),
      batch.labels,
      params.kernel.dataSync<'float32'>(),
      params.bias.dataSync<'float32'>(),
    )
    const risk = { model, loss: crossEntropy, batches: [batch] }
    for (const n of [21, 5]) {
      const [found] = await vulnerability(risk, params, { set: { p, epsilon: 1e-3, n } })
      expect((found?.predicted ?? NaN) / worstCase(exact, { p, epsilon: 1e-3, n }).predicted).toBeCloseTo(1, 6)
    }
    disposeParams([params, batch.x, batch.y] as ParamTree)
  })

  it.each([2, Infinity])('raises the loss more than any random corruption of a small norm does, p = %s', async (p) => {
    const { params, risk, dispose } = setting()
    const set = { p, epsilon: 0.002, n: 20 }
    const [found] = await vulnerability(risk, params, { set, random: { key: key(5), draws: 100 } })
    expect(found?.random).toHaveLength(100)
    expect(Math.max(...(found?.random ?? [NaN]))).toBeLessThan(found?.change ?? NaN)
    dispose()
  })

  it('predicts the change to first order: the error falls a hundredfold with a tenth of the norm', async () => {
    const { params, risk, dispose } = setting()
    const errors = []
    for (const epsilon of [0.3, 0.03]) {
      const [found] = await vulnerability(risk, params, { set: { p: 2, epsilon } })
      errors.push(Math.abs((found?.change ?? NaN) - (found?.predicted ?? NaN)))
    }
    expect((errors[0] as number) / (errors[1] as number)).toBeGreaterThan(80)
    expect((errors[0] as number) / (errors[1] as number)).toBeLessThan(125)
    dispose()
  })

  it('names tensors, layers and blocks, and corrupts each group alone', async () => {
    const { params, risk, dispose } = setting()
    const at = async (groups: typeof eachBlock) => vulnerability(risk, params, { set: { p: 2, epsilon: 0.01 }, groups })
    expect((await at(eachTensor)).map(({ group, parameters }) => [group, parameters])).toEqual([
      ['0.kernel', 30],
      ['0.bias', 5],
      ['2.kernel', 15],
      ['2.bias', 3],
    ])
    expect((await at(eachLayer)).map(({ group }) => group)).toEqual(['0', '2'])
    const [first, second] = await at(eachBlock)
    const [whole] = await vulnerability(risk, params, { set: { p: 2, epsilon: 0.01 } })
    expect(Math.hypot(first?.predicted ?? NaN, second?.predicted ?? NaN)).toBeCloseTo(whole?.predicted ?? NaN, 7)
    const only = await at((path) => (path[0] === 2 ? 'head' : undefined))
    expect(only).toEqual([{ ...second, group: 'head' }])
    dispose()
  })

  it('counts a relative norm in units of the parameters', async () => {
    const { params, risk, dispose } = setting()
    const kernel = Tree.leaves(params)[2] as ReturnType<typeof tensor2d>
    const norm = Math.hypot(...(await kernel.data()))
    const found = await vulnerability(risk, params, {
      set: { p: 2, epsilon: 0.01, relative: true },
      groups: (path) => (path.join('.') === '2.kernel' ? 'kernel' : undefined),
    })
    expect(found[0]?.epsilon).toBeCloseTo(0.01 * norm, 7)
    await expect(
      vulnerability(risk, params, { set: { p: 2, epsilon: 0.01, relative: true }, groups: eachTensor }),
    ).rejects.toThrow(/all parameters are 0/)
    dispose()
  })

  it('leaves the parameters as they are', async () => {
    const { params, risk, dispose } = setting()
    const before = await numbersOf(params)
    await vulnerability(risk, params, { set: { p: 2, epsilon: 0.1 }, random: { key: key(0), draws: 2 } })
    const { params: corrupted } = await corruptParams(risk, params, { set: { p: 2, epsilon: 0.1 }, steps: 3 })
    expect(await numbersOf(params)).toEqual(before)
    disposeParams(corrupted)
    dispose()
  })

  it('refuses a model without parameters, no examples and a loss that is not finite', async () => {
    const { params, risk, dispose } = setting()
    const options = { set: { p: 2, epsilon: 0.1 } }
    await expect(vulnerability(risk, [], options)).rejects.toThrow(/with parameters, got none; a black box/)
    await expect(vulnerability({ ...risk, batches: [] }, params, options)).rejects.toThrow(/at least one example/)
    const x = tensor2d([[NaN, 0, 0, 0, 0, 0]])
    const y = tensor2d([[1, 0, 0]])
    await expect(vulnerability({ ...risk, batches: [{ x, y }] }, params, options)).rejects.toThrow(/finite/)
    await expect(riskAt({ ...risk, batches: [{ x, y }] }, params)).rejects.toThrow(/expected a finite loss, got NaN/)
    await expect(vulnerability(risk, params, { ...options, random: { key: key(0), draws: -1 } })).rejects.toThrow(
      /draws, got -1/,
    )
    disposeParams([x, y])
    dispose()
  })
})

describe('corruptParams', () => {
  it('is the closed form for one step', async () => {
    const { params, risk, dispose } = setting()
    for (const set of [
      { p: 2, epsilon: 0.2 },
      { p: 3, epsilon: 0.2, n: 9 },
      { p: Infinity, epsilon: 0.05, n: 9 },
    ]) {
      const { gradient } = await riskGradient(risk, params)
      const { corruption } = worstCase(gradient, set)
      const attack = await corruptParams(risk, params, { set })
      const [before, after] = [await numbersOf(params), await numbersOf(attack.params)]
      after.forEach((w, i) => {
        expect(Math.abs(w - (before[i] as number) - (corruption[i] as number))).toBeLessThan(1e-6)
      })
      const [found] = await vulnerability(risk, params, { set })
      expect(attack.change).toBeCloseTo(found?.change ?? NaN, 6)
      disposeParams(attack.params)
    }
    dispose()
  })

  it('raises the loss further with more steps, and stays in the set', async () => {
    const { params, risk, dispose } = setting(serial(dense(5), relu, dense(3)))
    for (const set of [
      { p: 2, epsilon: 2, n: 12 },
      { p: Infinity, epsilon: 0.4, n: 12 },
    ]) {
      const once = await corruptParams(risk, params, { set })
      const often = await corruptParams(risk, params, { set, steps: 10 })
      expect(often.change).toBeGreaterThanOrEqual(once.change)
      // at p = ∞ the closed form is a corner, which no step leaves while the signs of the gradient stay
      if (set.p === 2) expect(often.change).toBeGreaterThan(1.1 * once.change)
      expect(often.change).toBe(Math.max(...often.steps))
      expect(await riskAt(risk, often.params)).toBeCloseTo((await riskAt(risk, params)) + often.change, 6)
      const [before, after] = [await numbersOf(params), await numbersOf(often.params)]
      const moved = after.map((w, i) => w - (before[i] as number)).filter((a) => a !== 0)
      expect(moved.length).toBeLessThanOrEqual(12)
      const norm = set.p === 2 ? Math.hypot(...moved) : Math.max(...moved.map(Math.abs))
      expect(norm).toBeLessThanOrEqual(set.epsilon * 1.00001)
      disposeParams([once.params, often.params])
    }
    dispose()
  })

  it('goes as far in a step as it is told', async () => {
    const { params, risk, dispose } = setting()
    const set = { p: 2, epsilon: 1 }
    const still = await corruptParams(risk, params, { set, steps: 3, rate: 1e-6 })
    expect(still.steps[2]).toBeCloseTo(still.steps[0] ?? NaN, 4)
    const far = await corruptParams(risk, params, { set, steps: 3, rate: 0.5 })
    expect(Math.abs((far.steps[2] ?? NaN) - (far.steps[0] ?? NaN))).toBeGreaterThan(1e-2)
    disposeParams([still.params, far.params])
    dispose()
  })

  it('lowers accuracy where a random corruption of the same norm does not', async () => {
    const { params, risk, dispose } = setting()
    const attack = await corruptParams(risk, params, { set: { p: 2, epsilon: 1.5 }, steps: 5 })
    const [batch] = risk.batches
    const right = (at: ParamTree): number => {
      const logits = risk.model.apply(at, batch?.x as never, infer)
      const found = argmaxRows(logits.dataSync<'float32'>(), 3)
      logits.dispose()
      return found.filter((label, i) => label === i % 3).length
    }
    expect(right(attack.params)).toBeLessThanOrEqual(right(params))
    const [found] = await vulnerability(risk, params, {
      set: { p: 2, epsilon: 1.5 },
      random: { key: key(1), draws: 20 },
    })
    expect(attack.change).toBeGreaterThan(2 * Math.max(...(found?.random ?? [NaN])))
    disposeParams(attack.params)
    dispose()
  })

  it('refuses no steps and no rate', async () => {
    const { params, risk, dispose } = setting()
    const set = { p: 2, epsilon: 1 }
    await expect(corruptParams(risk, params, { set, steps: 0 })).rejects.toThrow(/steps from 1, got 0/)
    await expect(corruptParams(risk, params, { set, rate: -1 })).rejects.toThrow(/rate above 0, got -1/)
    await expect(corruptParams(risk, params, { set, rate: 0 })).rejects.toThrow(/rate above 0, got 0/)
    dispose()
  })
})
