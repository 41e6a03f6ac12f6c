import { scope, type Shape } from '@ptu/tensor'
import { tensor, transpose, type Tensor } from '@tensorflow/tfjs-core'

import { countOf, type Arrangement } from '../../stored-tensor.ts'
import type { Module } from '../torch-layers.ts'

/** A module that remembers the tensors that it is asked for, and gives whatever numbers it is told to. */
export interface TracedModule extends Module {
  /** The name of each tensor in its file, and its shape. */
  readonly shapes: ReadonlyMap<string, Shape>
  /** Sets the numbers of every tensor. */
  give(numbers: (tensor: string, count: number) => Float32Array): void
}

/** A traced module by its name; the tensors of a layer that reads backwards end in a suffix. */
export const tracedModule = (name: string, suffix: string): TracedModule => {
  const shapes = new Map<string, Shape>()
  let given = (_tensor: string, count: number): Float32Array => new Float32Array(count)
  return {
    shapes,
    give: (numbers) => {
      given = numbers
    },
    has: (tensor) => tensor === 'bias',
    take: (part, shape) => {
      const called = `${name === '' ? '' : `${name}.`}${part}${suffix}`
      shapes.set(called, shape)
      return (arrangement) => arranged(given(called, countOf(shape)), shape, arrangement)
    },
  }
}

const arranged = (values: Float32Array, shape: Shape, arrangement: Arrangement | undefined): Tensor =>
  arrangement === undefined
    ? tensor(values, [...shape], 'float32')
    : scope(() => transpose(tensor(values, [...arrangement.split], 'float32'), [...arrangement.order]))
