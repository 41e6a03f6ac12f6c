import { cloneParams, disposeParams, type ParamTree } from '@ptu/tensor'
import { registerKernel, tensor1d, unregisterKernel, type Tensor } from '@tensorflow/tfjs-core'
import { afterEach, expect, it, vi } from 'vitest'

import { adam, adamw, type Moments, type Optimizer } from './index.ts'

interface Call {
  readonly inputs: Readonly<Record<'param' | 'grad' | 'mean' | 'variance', Tensor>>
  readonly attrs: Readonly<Record<'rate' | 'beta1' | 'beta2' | 'epsilon', number>>
}

/** The result that a backend's kernel has to compute, number by number. */
const kernel = vi.fn(({ inputs, attrs: { rate, beta1, beta2, epsilon } }: Call) => {
  const { param, grad, mean, variance } = inputs
  const [p, g, m, v] = [param, grad, mean, variance].map((x) => x.dataSync()) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const nextMean = m.map((x, i) => beta1 * x + (1 - beta1) * (g[i] ?? NaN))
  const nextVariance = v.map((x, i) => beta2 * x + (1 - beta2) * (g[i] ?? NaN) ** 2)
  const next = p.map((x, i) => x - (rate * (nextMean[i] ?? NaN)) / (Math.sqrt(nextVariance[i] ?? NaN) + epsilon))
  return [next, nextMean, nextVariance].map((values) => tensor1d(values))
})

const withKernel = <A>(f: () => A): A => {
  registerKernel({ kernelName: 'PtuAdam', backendName: 'cpu', kernelFunc: kernel as never })
  try {
    return f()
  } finally {
    unregisterKernel('PtuAdam', 'cpu')
  }
}

const fiveSteps = (optimizer: Optimizer<Moments>): readonly number[] => {
  let params: ParamTree = { a: tensor1d([1, -2, 3]), b: [tensor1d([0.5])] }
  let state = optimizer.init(params)
  const grads = cloneParams(params)
  for (let step = 0; step < 5; step++) {
    const next = optimizer.update(grads, state, params, step)
    disposeParams([state, params])
    ;({ params, state } = next)
  }
  const { a, b } = params as { readonly a: Tensor; readonly b: readonly [Tensor] }
  const found = [a, b[0]].flatMap((leaf) => [...leaf.dataSync()])
  disposeParams([params, state, grads])
  return found
}

afterEach(() => kernel.mockClear())

it.each<readonly [string, Optimizer<Moments>]>([
  ['adam', adam(0.1)],
  ['adamw', adamw(0.1, { weightDecay: 0.3 })],
])("%s calls the backend's own kernel once per parameter and step, and agrees with it", (_name, optimizer) => {
  const own = withKernel(() => fiveSteps(optimizer))
  expect(kernel).toHaveBeenCalledTimes(10)
  expect(own).toBeAllClose(fiveSteps(optimizer))
  expect(kernel).toHaveBeenCalledTimes(10)
})

it.each([
  ['beta1', { beta1: 0.999999 }],
  ['beta2', { beta2: 1 - 1e-8 }],
])('composes the step where %s leaves little of 1 in 32 bits', (_, options) => {
  const optimizer = adam(0.1, options)
  expect(withKernel(() => fiveSteps(optimizer))).toEqual(fiveSteps(optimizer))
  expect(kernel).not.toHaveBeenCalled()
})

it.each([0.9, 0.99, 0.999, 0.9999])("calls the backend's own kernel for the usual beta %d", (beta2) => {
  withKernel(() => fiveSteps(adam(0.1, { beta2 })))
  expect(kernel).toHaveBeenCalledTimes(10)
})

it('composes the step of a parameter that is not float32', () => {
  const params = tensor1d([1, 2], 'int32')
  const grads = tensor1d([1, 1])
  const state = adam(0.1).init(params)
  const next = withKernel(() => adam(0.1).update(grads, state, params, 0))
  expect(kernel).not.toHaveBeenCalled()
  disposeParams([params, grads, state, next.params, next.state])
})
