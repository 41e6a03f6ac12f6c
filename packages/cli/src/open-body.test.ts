import { bodies } from '@ptu/experiments'
import { listTensors } from '@ptu/formats'
import { disposeSource } from '@ptu/networks'
import { encodeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { tensor, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { openBody, type OpenedBody } from './open-body.ts'

const recipe = (name: string) => bodies.find((body) => body.name === name) as (typeof bodies)[number]

/** A safetensors file of PyTorch's tensors of some modules, all of one value. */
const fileOf = async (modules: Readonly<Record<string, readonly number[]>>) => {
  const named = Object.entries(modules).map(([name, shape]): readonly [string, Tensor][] => [
    [`${name}.weight`, filled(shape, 0.01)],
    [`${name}.bias`, filled(shape.slice(0, 1), 0.5)],
  ])
  const tensors = Object.fromEntries(named.flat())
  const bytes = await encodeParams(tensors)
  for (const each of Object.values(tensors)) each.dispose()
  return right(listTensors({ name: 'net.safetensors', bytes }))
}

const filled = (shape: readonly number[], value: number): Tensor =>
  tensor(new Float32Array(shape.reduce((size, side) => size * side, 1)).fill(value), [...shape])

const right = <A>(found: E.Either<Error, A>): A => {
  if (E.isLeft(found)) throw found.left
  return found.right
}

const messageIn = (found: E.Either<Error, OpenedBody>): string => (E.isLeft(found) ? found.left.message : '')

describe('a file of weights with a body that is named', () => {
  it('is the network that the body describes, with the parameters of the file', async () => {
    const file = await fileOf({ l1: [128, 4], l2: [64, 128] })
    const { source, shape } = right(openBody('net.safetensors', file, recipe('mlp'), undefined))
    expect(shape).toEqual([4])
    const x = filled([1, 4], 1)
    const activations = source.activations(x)
    const [first, second] = await Promise.all(activations.map((each) => each.data()))
    expect(first?.[0]).toBeCloseTo(4 * 0.01 + 0.5, 6)
    expect(second?.[0]).toBeCloseTo(128 * 0.54 * 0.01 + 0.5, 5)
    for (const each of [x, ...activations]) each.dispose()
    disposeSource(source)
  })

  it('takes images of a size in colour or grey, as its tensors fit', async () => {
    for (const channels of [1, 3]) {
      const file = await fileOf({ a: [8, channels, 3, 3], b: [16, 8, 3, 3], c: [64, 16 * 2 * 2] })
      const { source, shape } = right(openBody('net.safetensors', file, recipe('lenet'), [8, 8]))
      expect(shape).toEqual([8, 8, channels])
      disposeSource(source)
    }
  })

  it('is refused with what does not fit and what to do', async () => {
    const file = await fileOf({ a: [9, 3, 3, 3] })
    expect(messageIn(openBody('net.safetensors', file, recipe('lenet'), [8, 8]))).toContain(
      '--body: the tensors of net.safetensors are not those of lenet: block conv1: expected a module with weight [8, 3, 3, 3]',
    )
    expect(messageIn(openBody('net.safetensors', file, recipe('lenet'), undefined))).toContain('--input')
    expect(messageIn(openBody('net.safetensors', file, recipe('tagger'), undefined))).toContain('--body: ')
  })
})
