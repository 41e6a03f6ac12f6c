import { Tree } from '@ptu/core'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { describeOnBackends } from '@ptu/testing'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import {
  adam,
  adamw,
  clipByGlobalNorm,
  cosine,
  globalNorm,
  momentum,
  nesterov,
  oneCycle,
  sgd,
  warmUp,
  type Optimizer,
  type Schedule,
} from './index.ts'

type Values = Readonly<Record<string, readonly number[]>>

interface Fixture {
  readonly shapes: Values
  readonly start: Values
  readonly optimizers: Readonly<
    Record<
      string,
      { readonly steps: readonly { readonly grads: Values; readonly norm: number | null; readonly params: Values }[] }
    >
  >
  readonly schedules: Values
}

const fixture = JSON.parse(
  readFileSync(new URL('../../testing/fixtures/optim.json', import.meta.url), 'utf8'),
) as Fixture

const tensors = (values: Values): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(
    Object.entries(values).map(([name, data]) => [name, tensor([...data], [...(fixture.shapes[name] ?? [])])]),
  )

const decaying: Schedule = (step) => 0.1 * 0.8 ** step

const optimizers: Readonly<Record<string, Optimizer>> = {
  sgd: sgd(0.1),
  'sgd with a schedule': sgd(decaying),
  momentum: momentum(0.1, { decay: 0.8 }),
  nesterov: nesterov(0.1, { decay: 0.8 }),
  adam: adam(0.05),
  'adam with other betas': adam(0.05, { beta1: 0.8, beta2: 0.99, epsilon: 1e-3 }),
  'adam with a schedule': adam(decaying),
  adamw: adamw(0.05, { weightDecay: 0.2 }),
  'adamw with a schedule': adamw(decaying, { weightDecay: 0.2 }),
  'sgd with clipping': clipByGlobalNorm(0.5, sgd(0.1)),
}

it('has an optimizer for every one of the fixture', () => {
  expect(Object.keys(optimizers)).toEqual(Object.keys(fixture.optimizers))
})

const valuesOf = (params: ParamTree): readonly number[] => Tree.leaves(params).flatMap((leaf) => [...leaf.dataSync()])

await describeOnBackends('the optimizers', ({ name: backend, tolerance: wide }) => {
  // TensorFlow's step of Adam takes 1 - beta2 of rounded numbers, to 5 digits.
  const tolerance = backend.startsWith('tensorflow') ? wide : { absolute: 2e-6, relative: 2e-6 }

  describe.each(Object.entries(optimizers))('%s', (name, optimizer) => {
    it("follows PyTorch's first 10 steps", () => {
      const steps = fixture.optimizers[name]?.steps ?? []
      expect(steps).toHaveLength(10)
      let params: ParamTree = tensors(fixture.start)
      let state = optimizer.init(params)
      for (const [step, expected] of steps.entries()) {
        const grads = tensors(expected.grads)
        const before = valuesOf([params, state])
        const next = optimizer.update(grads, state, params, step)
        // The step leaves what it was given as it was.
        expect(valuesOf([params, state])).toEqual(before)
        disposeParams([grads, state, params])
        ;({ params, state } = next)
        expect(valuesOf(params)).toBeAllClose(Object.values(expected.params).flat(), tolerance)
      }
      disposeParams([params, state])
    })
  })
})

it("measures the global norm as PyTorch's clipping does", () => {
  for (const { grads, norm } of fixture.optimizers['sgd with clipping']?.steps ?? []) {
    const tree = tensors(grads)
    const found = globalNorm(tree)
    expect(found).toBeAllClose([norm ?? NaN])
    disposeParams([tree, found])
  }
})

it.each<readonly [string, Schedule]>([
  ['cosine', cosine({ from: 0.004, to: 0.02, steps: 12 })],
  ['warm-up', warmUp(4, cosine({ from: 0.1, steps: 8 }))],
  ['one-cycle', oneCycle({ peak: 0.1, steps: 20 })],
])("gives PyTorch's rates for %s", (name, schedule) => {
  const expected = fixture.schedules[name] ?? []
  expect(expected.length).toBeGreaterThan(10)
  expect(expected.map((_, step) => schedule(step))).toBeAllClose(expected, { absolute: 1e-12, relative: 1e-12 })
})
