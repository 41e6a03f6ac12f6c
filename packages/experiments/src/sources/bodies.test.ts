import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { taskKindOf } from '../tasks/task-kind.ts'
import { bodies, bodyProblem, type BodyRecipe } from './bodies.ts'

const data = (shape: readonly number[]): Dataset => ({
  shape,
  features: new Float32Array(2 * shape.reduce((size, side) => size * side, 1)),
  labels: Int32Array.of(0, 1),
  classes: ['a', 'b'],
})

const named = (name: string): BodyRecipe => bodies.find((body) => body.name === name) as BodyRecipe

const usual = (shape: readonly number[]): string => taskKindOf(data(shape)).body(shape)

describe('the body of a source network', () => {
  it('fits data of any shape unless another is named', () => {
    for (const shape of [
      [4],
      [1, 1, 3],
      [2, 2, 1],
      [7, 40, 3],
      [8, 8, 1],
      [8, 9, 3],
      [12, 12, 3],
      [28, 28, 1],
      [64, 32, 3],
    ])
      expect(bodyProblem(named(usual(shape)), data(shape)), shape.join()).toBeUndefined()
  })

  it('is dense layers for tables and images below eight pixels a side, convolutions for larger ones', () => {
    expect([[4], [1, 1, 3], [7, 40, 3], [8, 8, 1], [28, 28, 1]].map(usual)).toEqual([
      'mlp',
      'mlp',
      'mlp',
      'lenet',
      'lenet',
    ])
  })

  it('that is named is refused for data that it cannot read, with one that can', () => {
    expect(bodyProblem(named('lenet'), data([4]))).toMatch(
      /^expected examples that fit the body lenet, got 4 \(conv2d.*\); leave --body out, or name another: mlp fits/,
    )
    expect(bodyProblem(named('lenet'), data([2, 2, 3]))).toContain('got 2 × 2 × 3 (')
    expect(bodyProblem(named('vgg'), data([4, 4, 3]))).toContain('the body vgg')
    expect(bodyProblem(named('rows'), data([4]))).toContain('the body rows')
    expect(bodyProblem(named('resnet'), data([1, 1, 3]))).toBeUndefined()
  })
})
