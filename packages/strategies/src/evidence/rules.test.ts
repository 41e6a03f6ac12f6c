import { key, OptionError, ShapeError } from '@ptu/core'
import { zeros } from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { blockEvidence, type Undecided } from './block-evidence.ts'
import { cholesky, invertedTranspose } from './cholesky.ts'
import { chosenExamples } from './examples.ts'
import { hypothesesOf, type Hypothesis } from './hypothesis.ts'
import { decisiveMargin, filled } from './options.ts'
import { bootstrapWeights, dirichletDraws } from './weights.ts'

const names = ['a', 'b', 'c']
const hypotheses = hypothesesOf(3, 0)

/** The gates that follow where these hypotheses have these weights and all others none. */
const gatesFor = (told: readonly (readonly [Hypothesis, number])[], undecided: Undecided = 'weighted') => {
  const weights = hypotheses.map(
    (hypothesis) => told.find(([one]) => JSON.stringify(one) === JSON.stringify(hypothesis))?.[1] ?? 0,
  )
  const blocks = blockEvidence(names, 0, hypotheses, weights, undecided)
  return { update: blocks.map(({ update }) => update), fineTune: blocks.map(({ fineTune }) => fineTune), blocks }
}

const frozen: Hypothesis = { kind: 'frozen' }
const adapted = (depth: number, above: 'random' | 'mixed' = 'random'): Hypothesis => ({ kind: 'adapted', depth, above })

describe('the hypotheses', () => {
  it('are frozen, then for every depth random and mixed, at full depth the source alone', () => {
    expect(hypothesesOf(2, 1)).toEqual([frozen, adapted(1), adapted(1, 'mixed'), adapted(2)])
  })

  it('are three by the ends: frozen, nothing from the source, everything from it', () => {
    expect(hypothesesOf(4, 1, 'ends')).toEqual([frozen, adapted(1), adapted(4)])
    expect(hypothesesOf(2, 2, 'ends')).toEqual([frozen, adapted(2)])
  })
})

describe('the gates that follow from the weights', () => {
  it('freeze all blocks where frozen has more than half of the weight', () => {
    const { update, fineTune } = gatesFor([
      [frozen, 0.51],
      [adapted(0), 0.49],
    ])
    expect([update, fineTune]).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ])
  })

  it('are those among the other hypotheses where frozen has half of the weight or less', () => {
    const { update, fineTune } = gatesFor([
      [frozen, 0.5],
      [adapted(1), 0.3],
      [adapted(2, 'mixed'), 0.2],
    ])
    expect(fineTune[0]).toBe(1)
    expect(fineTune[1]).toBeCloseTo(0.4, 12)
    expect(fineTune[2]).toBe(0)
    expect(update[0]).toBe(0.75)
    expect(update[1]).toBeCloseTo(0.75 + 0.25 * 0.6, 12)
    expect(update[2]).toBeCloseTo(0.75 + 0.25 * 0.6, 12)
  })

  it('settle a fine-tune gate above .95 and below .05, and an update gate above .985', () => {
    const nearly = gatesFor([
      [adapted(3), 0.951],
      [adapted(0), 0.049],
    ])
    expect(nearly.fineTune).toEqual([1, 1, 1])
    const hardly = gatesFor([
      [adapted(3), 0.049],
      [adapted(0), 0.951],
    ])
    expect(hardly.fineTune).toEqual([0, 0, 0])
    expect(hardly.update).toEqual([1, 1, 1])
    const less = gatesFor([
      [adapted(3), 0.07],
      [adapted(0), 0.93],
    ])
    expect(less.update[0]).toBeCloseTo(0.75 + 0.25 * 0.93, 12)
    expect(less.fineTune[0]).toBeCloseTo(0.07, 12)
  })

  it('follow the recipe in a block that is not decided, where they are asked to', () => {
    const { update, fineTune } = gatesFor(
      [
        [adapted(2), 0.6],
        [adapted(0), 0.4],
      ],
      'recipe',
    )
    expect(update).toEqual([0.75, 0.75, 1])
    expect(fineTune).toEqual([1, 1, 0])
  })

  it('tell the weights of the states of each block, which sum to 1', () => {
    const { blocks } = gatesFor([
      [frozen, 0.1],
      [adapted(1), 0.2],
      [adapted(1, 'mixed'), 0.3],
      [adapted(3), 0.4],
    ])
    expect(blocks[0]).toMatchObject({ block: 'a', frozen: 0.1, source: expect.closeTo(0.9, 12) as number, random: 0 })
    expect(blocks[2]).toMatchObject({ frozen: 0.1, source: 0.4, random: 0.2, mixed: 0.3 })
  })

  it('leave blocks that do not learn frozen', () => {
    const [first, second] = blockEvidence(['a', 'b'], 1, hypothesesOf(2, 1), [0, 1, 0, 0], 'weighted')
    expect(first).toMatchObject({ frozen: 1, update: 0, fineTune: 1 })
    expect(second).toMatchObject({ random: 1, update: 1, fineTune: 0 })
  })
})

describe('the weights of hypotheses', () => {
  it('are the softmax of losses and priors where examples count alike', () => {
    const even = [Float64Array.of(0.5, 0.5)]
    const weights = bootstrapWeights([Float64Array.of(1, 3), Float64Array.of(0.5, 0.5)], [0, -2], even)
    const odds = Math.exp(-4) / Math.exp(-1 - 2)
    expect(weights[0]).toBeCloseTo(odds / (1 + odds), 12)
    expect((weights[0] ?? 0) + (weights[1] ?? 0)).toBeCloseTo(1, 12)
  })

  it('come from draws that sum to 1, have the mean 1/n and the variance of a Dirichlet distribution', () => {
    const [count, draws] = [5, 4000]
    const drawn = dirichletDraws(key(1), draws, count)
    expect(drawn[0]?.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    const first = drawn.map((draw) => draw[0] ?? NaN)
    const mean = first.reduce((a, b) => a + b) / draws
    const variance = first.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws
    expect(Math.abs(mean - 0.2)).toBeLessThan(0.01)
    expect(Math.abs(variance - 4 / 150)).toBeLessThan(0.003)
  })
})

describe('the factor of a positive definite matrix', () => {
  const matrices = fc
    .integer({ min: 1, max: 8 })
    .chain((size) =>
      fc
        .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: size * size, maxLength: size * size })
        .map((entries) => ({ size, entries })),
    )

  it('multiplies to it, and its inverse inverts it', () => {
    fc.assert(
      fc.property(matrices, ({ size, entries }) => {
        const at = (i: number, j: number): number => entries[i * size + j] ?? NaN
        const range = Array.from({ length: size }, (_, i) => i)
        const product = range.flatMap((i) => range.map((j) => range.reduce((sum, k) => sum + at(i, k) * at(j, k), 0)))
        const factor = cholesky({ size, values: Float64Array.from(product) }, 0.5)
        const inverse = invertedTranspose(factor)
        const [l, m] = [factor.values, inverse.values]
        for (const i of range)
          for (const j of range) {
            const back = range.reduce((sum, k) => sum + (l[i * size + k] ?? 0) * (l[j * size + k] ?? 0), 0)
            expect(back).toBeCloseTo((product[i * size + j] ?? NaN) + (i === j ? 0.5 : 0), 9)
            const one = range.reduce((sum, k) => sum + (l[i * size + k] ?? 0) * (m[j * size + k] ?? 0), 0)
            expect(one).toBeCloseTo(i === j ? 1 : 0, 9)
          }
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  it('is refused for a matrix that is not positive definite or not finite', () => {
    expect(() => cholesky({ size: 1, values: Float64Array.of(-2) }, 1)).toThrow(OptionError)
    expect(() => cholesky({ size: 1, values: Float64Array.of(NaN) }, 1)).toThrow(/check that the source's activations/)
    expect(() => cholesky({ size: 1, values: Float64Array.of(Infinity) }, 1)).toThrow(OptionError)
  })
})

describe('the examples that are used', () => {
  it('are all, or the first of each class up to an equal share of the limit', () => {
    const labels = [0, 0, 0, 1, 1, 0, 1]
    const x = zeros([7, 2])
    expect(chosenExamples({ x, labels, classes: 2 }, 7)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(chosenExamples({ x, labels, classes: 2 }, 5)).toEqual([0, 1, 3, 4])
    x.dispose()
  })

  it('must fit: a label for each, from 0 to below the number of classes, and a limit of one for each class', () => {
    const x = zeros([2, 2])
    expect(() => chosenExamples({ x, labels: [0], classes: 2 }, 9)).toThrow(ShapeError)
    expect(() => chosenExamples({ x, labels: [0, 2], classes: 2 }, 9)).toThrow(/labels from 0 to 1, got 2/)
    expect(() => chosenExamples({ x, labels: [0, 0.5], classes: 2 }, 9)).toThrow(OptionError)
    expect(() => chosenExamples({ x, labels: [0, -1], classes: 2 }, 9)).toThrow(OptionError)
    expect(() => chosenExamples({ x, labels: [0, 1], classes: 3 }, 1)).toThrow(/at least one example for each/)
    x.dispose()
    const one = zeros([1, 2])
    expect(() => chosenExamples({ x: one, labels: [0], classes: 2 }, 9)).toThrow(/at least two/)
    one.dispose()
  })
})

describe('the options', () => {
  it('are, by default, those of the decision record', () => {
    expect(filled({ key: key(0) }, 3)).toMatchObject({
      key: key(0),
      from: 0,
      limit: 150,
      kernels: 'directions',
      projections: 4,
      directions: 8,
      judge: 'leave-one-out',
      margin: 0,
      undecided: 'recipe',
      depths: 'every',
    })
  })

  it('have a margin of 0 nats for the bootstrap of leave-one-out losses, the decisive one for their sum and the marginal likelihood', () => {
    expect(filled({ key: key(0) }, 3).margin).toBe(0)
    expect(filled({ key: key(0), judge: 'marginal-likelihood' }, 3).margin).toBe(decisiveMargin)
    expect(filled({ key: key(0), judge: 'leave-one-out-sum' }, 3).margin).toBe(decisiveMargin)
    expect(decisiveMargin).toBe(5)
    expect(filled({ key: key(0), judge: 'marginal-likelihood', margin: 1 }, 3).margin).toBe(1)
  })

  it.each([{ from: 3 }, { limit: 2000 }, { directions: 1024 }, { projections: 1024 }])('go up to %o', (most) => {
    const [[name, value] = ['', NaN]] = Object.entries(most)
    expect(filled({ key: key(0), ...most }, 3)).toMatchObject(most)
    expect(() => filled({ key: key(0), [name]: value + 1 }, 3)).toThrow(`expected ${name} to be a whole number`)
  })

  it.each([
    { from: 4 },
    { from: -1 },
    { from: 0.5 },
    { limit: 1 },
    { directions: 0 },
    { projections: 0 },
    { margin: -1 },
    { margin: NaN },
  ])('cannot be %j for three blocks', (wrong) => {
    expect(() => filled({ key: key(0), ...wrong }, 3)).toThrow(OptionError)
  })
})
