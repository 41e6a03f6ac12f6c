import { foldIn, Tree } from '@ptu/core'
import { dense, infer, type Mode } from '@ptu/layers'
import { disposeSource } from '@ptu/networks'
import { disposeParams, scope, valueAndGrad, type ParamTree } from '@ptu/tensor'
import { describeOnBackends } from '@ptu/testing'
import { losses, mul, oneHot, sub, type Scalar, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import {
  evidenceGate,
  evidencePlan,
  fineTunePlan,
  gateValues,
  PlanError,
  ptu,
  sharePlan,
  transfer,
  uniformPlan,
  fineTune,
  share,
  type BlockEvidence,
  type Strategy,
} from '../src/index.ts'
import { everyExample, examplesOf, initKey, noiseKey, sourceOf } from './example-source.ts'

const example = everyExample.pictures
const names = example.body.map(({ name }) => name)

/** Evidence that sets every block's gates alike. */
const everywhere = (update: number, f: number): readonly BlockEvidence[] =>
  names.map((block) => ({ block, frozen: 0, source: 0, random: 0, mixed: 0, update, fineTune: f }))

/** The logits of a plan, before training and after some steps of gradient descent. */
const trained = (blocks: readonly Strategy[]): readonly (readonly number[])[] => {
  const source = sourceOf(example)
  const model = transfer(source, { blocks, head: dense(3) })
  const x = examplesOf(example, 6)
  const y = scope(() => oneHot([0, 1, 2, 0, 1, 2], 3))
  let params = model.init(initKey, example.inputShape)
  const told: (readonly number[])[] = []
  const tell = (): void => {
    const logits = model.apply(params, x, infer)
    told.push([...logits.dataSync()])
    logits.dispose()
  }
  tell()
  for (let step = 0; step < 10; step++) {
    const mode: Mode = { kind: 'train', key: foldIn(noiseKey, step), progress: step / 10 }
    const { value, grads } = valueAndGrad((p: typeof params) =>
      scope(() => losses.softmaxCrossEntropy<Tensor, Scalar>(y, model.apply(p, x, mode))),
    )(params)
    const next = scope(
      () => Tree.zipWith<Tensor, Tensor, Tensor>(params, grads, (p, g) => sub(p, mul(g, 0.1))) as ParamTree,
    )
    disposeParams([params, value, grads])
    params = next as typeof params
  }
  tell()
  disposeParams([params, x, y])
  disposeSource(source)
  return told
}

await describeOnBackends('a plan by evidence', () => {
  const source = sourceOf(example)
  const planOf = (update: number, f: number): readonly Strategy[] =>
    evidencePlan(source, { blocks: everywhere(update, f) })
  const plainPlans = {
    'frozen blocks, share': [planOf(0, 1), uniformPlan(source, share)],
    'random blocks, scratch': [planOf(1, 0), sharePlan(source, 0)],
    'blocks of the target alone, fine-tune': [planOf(1, 1), fineTunePlan(source, 3)],
  } as const
  disposeSource(source)

  it.each(Object.entries(plainPlans))('is, of %s, bit for bit, before and after training', (_name, [plan, plain]) => {
    expect(trained(plan)).toEqual(trained(plain))
  })

  it('computes frozen blocks at the input side once per example', () => {
    const own = sourceOf(example)
    const mixed = everywhere(0.75, 1).map((block, l) => (l < 2 ? { ...block, update: 0 } : block))
    const model = transfer(own, { blocks: evidencePlan(own, { blocks: mixed }), head: dense(3) })
    expect(model.blocks.map(({ strategy, learns }) => [strategy, learns])).toEqual([
      ['share', false],
      ['share', false],
      ['ptu', true],
    ])
    disposeSource(own)
  })

  it('is not fine-tuning where its gates are three quarters open', () => {
    expect(trained(planOf(0.75, 1))[1]).not.toEqual(trained(uniformPlan({ blocks: names }, fineTune))[1])
  })
})

describe('a gate by evidence', () => {
  it.each([
    [{ update: 0.75, fineTune: 1 }, false],
    [{ update: 0.8, fineTune: 0.6 }, false],
    [{ update: 0.75, fineTune: 1 }, true],
    [{ update: 0.8, fineTune: 0.6 }, true],
  ])('opens as far as the evidence says: %j, learnt: %s', async (gates, learn) => {
    const source = sourceOf(example)
    const gate = evidenceGate(gates, { learn })
    const model = transfer(source, { blocks: uniformPlan(source, ptu({ gate })), head: dense(3) })
    const params = model.init(initKey, example.inputShape)
    for (const { update, fineTune: f } of await gateValues(model, params)) {
      for (const u of update) expect(u).toBeCloseTo(gates.update, 5)
      expect(f === undefined).toBe(gates.fineTune === 1)
      for (const value of f ?? []) expect(value).toBeCloseTo(gates.fineTune, 5)
    }
    expect(gate.branches).toBe(gates.fineTune === 1 ? 2 : 3)
    disposeParams(params)
    disposeSource(source)
  })

  it.each([false, true])('has noise in the update gate alone, learnt: %s', (learn) => {
    const gate = evidenceGate({ update: 0.5, fineTune: 0.5 }, { learn })
    const params = gate.init(initKey, 4)
    const open = gate.sample?.(params, [8, 4], { kind: 'train', key: noiseKey, progress: 0 })
    expect(new Set(open?.update.dataSync())).toEqual(new Set([0, 1]))
    expect(new Set(open?.fineTune?.dataSync())).toEqual(new Set([0.5]))
    disposeParams([params, open?.update ?? [], open?.fineTune ?? []])
  })

  it('that is learnt starts beside 0 and 1, where it could not move', () => {
    const gate = evidenceGate({ update: 1, fineTune: 0 }, { learn: true })
    const params = gate.init(initKey, 1)
    const { update, fineTune: f } = (gate.openness as NonNullable<typeof gate.openness>)(params)
    expect([...update.dataSync()]).toEqual([expect.closeTo(0.995, 5)])
    expect([...(f as Tensor).dataSync()]).toEqual([expect.closeTo(0.005, 5)])
    disposeParams([params, update, f as Tensor])
  })
})

describe('evidencePlan', () => {
  it('refuses evidence about other blocks', () => {
    const source = sourceOf(example)
    expect(() => evidencePlan(source, { blocks: everywhere(0, 1).slice(1) })).toThrow(PlanError)
    expect(() => evidencePlan(source, { blocks: everywhere(0, 1).slice(1) })).toThrow(
      /conv1, conv2, dense, got conv2, dense/,
    )
    disposeSource(source)
  })
})
