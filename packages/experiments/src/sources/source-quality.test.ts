import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import type { Dataset } from '@ptu/data'

import { qualityOf, sourceWarning, testLabelsOf, trainedEnough } from './source-quality.ts'

const dataset = (labels: number): Dataset => ({
  shape: [1],
  features: new Float32Array(labels),
  labels: new Int32Array(labels),
  classes: ['a', 'b'],
})

const source = (labels: number) => ({
  title: 'mlp trained on x.csv',
  spec: { kind: 'trained', epochs: 2, body: 'mlp' },
  data: { train: dataset(9), test: dataset(labels), digest: '' },
})

const facts = (accuracy: number | null, chance: number | null = 0.5) => ({
  facts: { accuracy, chance, parameters: 1, seconds: 1 },
})

const refused = (accuracy: number, labels: number): boolean => E.isLeft(trainedEnough(source(labels), facts(accuracy)))

describe('a source network', () => {
  // of 100 labels at chance .5, a standard error is .05
  it('is refused below two standard errors above chance', () => {
    expect([refused(0.59, 100), refused(0.61, 100)]).toEqual([true, false])
    expect([refused(0.53, 400), refused(0.56, 400)]).toEqual([true, false])
  })

  it('is refused with what was trained, what it reached and what to change', () => {
    const result = trainedEnough(source(100), facts(0.52))
    expect(E.isLeft(result) && result.left.message).toBe(
      'mlp trained on x.csv for 2 epochs: the source network is right for 52.0 % of its own test data, where always ' +
        'naming the commonest class is right for 50.0 %. Nothing was learnt that could be transferred; raise --epochs, ' +
        'name another --body (mlp fits tables), or transfer it as it is with --allow-untrained',
    )
  })

  it('is not asked for more epochs where validation chose its length', () => {
    const chosen = { ...source(100), spec: { kind: 'trained', epochs: null, body: 'mlp' } }
    const result = trainedEnough(chosen, facts(0.52))
    expect(E.isLeft(result) && result.left.message).toMatch(
      /^mlp trained on x\.csv, for as long as validation asked for: .* transferred; give it more data, name another --body/,
    )
  })

  it('is believed where nothing is known of it', () => {
    const unknown = { ...source(1), data: undefined }
    expect(testLabelsOf(unknown)).toBeNull()
    expect(E.isRight(trainedEnough(unknown, facts(null, null)))).toBe(true)
    expect(sourceWarning(qualityOf(unknown, { accuracy: null, chance: null }))).toBeUndefined()
  })

  it('near chance is warned of: below three standard errors, or a fifth of the way to 1', () => {
    const warns = (accuracy: number, testLabels: number): boolean =>
      sourceWarning({ accuracy, chance: 0.5, testLabels }) !== undefined
    expect([warns(0.64, 100), warns(0.66, 100)]).toEqual([true, false])
    expect([warns(0.59, 100_000), warns(0.61, 100_000)]).toEqual([true, false])
  })

  it('of a fair accuracy has its labels counted from its own test data', () => {
    expect(qualityOf(source(40), facts(0.9).facts)).toEqual({ accuracy: 0.9, chance: 0.5, testLabels: 40 })
  })
})
