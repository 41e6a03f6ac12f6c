import { lenet, mlp, resnet, type ImportError } from '@ptu/networks'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { findModules, type FindModules } from './find-modules.ts'

/** A file of modules with a weight of some shape and a bias. */
const file = (modules: Readonly<Record<string, readonly number[]>>, format = 'safetensors'): FindModules['file'] => ({
  format,
  tensors: Object.entries(modules).flatMap(([name, shape]) => [
    { name: `${name}.weight`, shape },
    { name: `${name}.bias`, shape: shape.slice(0, 1) },
  ]),
})

const messageIn = (found: E.Either<ImportError, unknown>): string => (E.isLeft(found) ? found.left.message : '')

describe('the modules of a body', () => {
  const input = [8, 8, 3]
  const shapes = { 'classifier.1': [64, 64], 'features.0': [8, 3, 3, 3], 'features.3': [16, 8, 3, 3], head: [5, 64] }

  it('are told by the shapes of their tensors, whatever their order', () => {
    expect(findModules(lenet(), { file: file(shapes), input })).toEqual(
      E.right({ conv1: ['features.0'], conv2: ['features.3'], dense: ['classifier.1'] }),
    )
  })

  it('are those that are called like their block, where several fit', () => {
    const twice = { ...shapes, 'conv1.0': [8, 3, 3, 3], conv10: [8, 3, 3, 3] }
    const found = findModules(lenet(), { file: file(twice), input })
    expect(found).toMatchObject({ right: { conv1: ['conv1.0'] } })
  })

  it('are taken in the order of a PyTorch file, never guessed of another', () => {
    const two = { a: [8, 8], b: [8, 8] }
    const at = (format: string) => findModules(mlp([8, 8]), { file: file(two, format), input: [8] })
    expect(at('PyTorch state_dict')).toEqual(E.right({ dense1: ['a'], dense2: ['b'] }))
    expect(messageIn(at('safetensors'))).toContain('block dense1: expected one module with weight [8, 8]')
    expect(messageIn(at('safetensors'))).toContain('got a, b, and the file has no order of layers')
  })

  it('name each layer of a block', () => {
    const stage = {
      'stage1.0': [4, 4, 3, 3],
      'stage1.1': [4, 4, 3, 3],
      'stage1.skip': [4, 4, 1, 1],
      stem: [4, 3, 3, 3],
    }
    expect(findModules(resnet([4]), { file: file(stage, 'PyTorch state_dict'), input })).toEqual(
      E.right({ stem: ['stem'], stage1: ['stage1.0', 'stage1.1', 'stage1.skip'] }),
    )
  })

  it('must all be there', () => {
    expect(messageIn(findModules(mlp([8]), { file: file({ a: [8, 5] }), input: [4] }))).toBe(
      'block dense1: expected a module with weight [8, 4] and bias [8], got none',
    )
  })
})
