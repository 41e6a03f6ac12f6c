import { ownTokenizer, type Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { taskKindOf } from '../tasks/task-kind.ts'
import { bodies, bodyData, bodyProblem, type BodyRecipe } from './bodies.ts'

const data = (shape: readonly number[]): Dataset => ({
  shape,
  features: new Float32Array(2 * shape.reduce((size, side) => size * side, 1)),
  labels: Int32Array.of(0, 1),
  classes: ['a', 'b'],
})

const named = (name: string): BodyRecipe => bodies.find((body) => body.name === name) as BodyRecipe

const usual = (shape: readonly number[]): string => taskKindOf(data(shape)).body(data(shape))

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

  it('of texts has an embedding for every token of the tokenizer, and takes nothing but texts with one label', () => {
    const tokenizer = ownTokenizer(['a b', 'b c'])
    const texts = { ...data([6]), padding: 0 }
    const encoding = { kind: 'tokens', text: 't', label: 'l', tokenizer, steps: 6, padding: 0 } as const
    expect(bodyProblem(named('text-lstm'), bodyData(texts, { encoding }))).toBeUndefined()
    expect(bodyProblem(named('text-lstm'), data([6]))).toContain('expected texts with one label each')
    const [first] = named('text-lstm').body(bodyData(texts, { encoding }))
    expect(first?.layer.spec).toMatchObject({ type: 'embedding', vocabulary: 5 })
    expect(bodyData(texts, {})).toEqual(texts)
    expect(taskKindOf(texts).body(texts)).toBe('text-lstm')
    expect(bodyProblem(named('mlp'), texts)).toContain('leave --body out, or name text-lstm')
    const tagged = { ...texts, tagged: true, labels: new Int32Array(12) }
    expect(taskKindOf(tagged).body(tagged)).toBe('tagger')
    expect(bodyProblem(named('mlp'), tagged)).toContain('expected the body tagger')
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
