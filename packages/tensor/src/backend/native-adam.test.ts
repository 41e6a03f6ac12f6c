import { getKernel, scalar, tensor1d, unregisterKernel, type Tensor } from '@tensorflow/tfjs-core'
import { afterEach, expect, it } from 'vitest'

import { registerNativeAdam } from './native-adam.ts'

type Numbers = readonly number[]

/** The new parameter and means by the formula of Kingma and Ba, from the inputs of TensorFlow's operation. */
const stepOf = ([p = NaN, m = NaN, v = NaN]: Numbers, numbers: Numbers): Numbers => {
  type Seven = readonly [number, number, number, number, number, number, number]
  const [power1, power2, rate, beta1, beta2, epsilon, g] = numbers as unknown as Seven
  const [mean, variance] = [beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g]
  const corrected = (rate * Math.sqrt(1 - power2)) / (1 - power1)
  return [p - (corrected * mean) / (Math.sqrt(variance) + epsilon), mean, variance]
}

/** A stand-in for tfjs-node whose variables hold, after the step, what `changed` makes of the right numbers. */
const native = (changed: (right: Numbers) => Numbers) => {
  const variables: number[] = []
  const closed: unknown[] = []
  const placeOf = (variable: Tensor | undefined): number => variable?.dataSync()[0] ?? -1
  const first = (tensors: readonly Tensor[]): Numbers => tensors.map((each) => each.dataSync()[0] ?? NaN)
  const operations: Readonly<Record<string, (inputs: readonly Tensor[]) => readonly Tensor[]>> = {
    VarHandleOp: () => [scalar(variables.push(NaN) - 1)],
    AssignVariableOp: ([variable, start]) => {
      variables[placeOf(variable)] = start?.dataSync()[0] ?? NaN
      return []
    },
    ResourceApplyAdam: (inputs) => {
      const places = inputs.slice(0, 3).map(placeOf)
      const right = stepOf(
        places.map((place) => variables[place] ?? NaN),
        first(inputs.slice(3)),
      )
      changed(right).forEach((value, i) => (variables[places[i] ?? -1] = value))
      return []
    },
    ReadVariableOp: ([variable]) => [tensor1d([variables[placeOf(variable)] ?? NaN])],
    DestroyResourceOp: ([variable]) => {
      closed.push(placeOf(variable))
      return []
    },
  }
  const executeMultipleOutputs = (name: string, _attributes: unknown, inputs: readonly Tensor[]) =>
    operations[name]?.(inputs) ?? []
  return { binding: {}, executeMultipleOutputs, closed }
}

const isRegistered = (): boolean => (getKernel('PtuAdam', 'tensorflow') as unknown) !== undefined

afterEach(() => {
  if (isRegistered()) unregisterKernel('PtuAdam', 'tensorflow')
})

it('is registered once where a trial step is right, and closes the variables that it opens', () => {
  const right = native((values) => values)
  registerNativeAdam(right)
  registerNativeAdam(native((values) => values))
  expect(isRegistered()).toBe(true)
  expect(right.closed).toEqual([0, 1, 2])
})

it.each<readonly [string, (right: Numbers) => Numbers]>([
  ['a wrong parameter', ([next = 0, ...rest]) => [next + 0.01, ...rest]],
  ['a wrong mean', ([next = 0, mean = 0, variance = 0]) => [next, -mean, variance]],
  ['a wrong variance', ([next = 0, mean = 0]) => [next, mean, NaN]],
])('is not registered where a trial step finds %s', (_, wrong) => {
  registerNativeAdam(native(wrong))
  expect(isRegistered()).toBe(false)
})

it('is not registered on a backend that runs no operations by name', () => {
  registerNativeAdam({ binding: {} })
  expect(isRegistered()).toBe(false)
})
