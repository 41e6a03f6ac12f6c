import { key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { judge } from './judgement.ts'
import { classColumns, numberColumns, setColumns } from './label-columns.ts'

const count = 12

/** The kernel of two features, and labels of three classes that they tell in part. */
const three = Array.from({ length: count }, (_, i) => i % 3)
const features = normals(key(9), 2 * count).map((z, at) => z + 1.5 * Number((three[at >> 1] ?? 0) === at % 2))
const plane = Array.from({ length: count ** 2 }, (_, at) => {
  const [i, j] = [Math.floor(at / count), at % count]
  return [0, 1].reduce((sum, f) => sum + (features[2 * i + f] ?? NaN) * (features[2 * j + f] ?? NaN), 0)
})

/** The solution of `(K + ridge I) x = b` over some examples, and the log determinant, by elimination. */
const solved = (examples: readonly number[], ridge: number, b: readonly number[]) => {
  const rows = examples.map((i, at) => [
    ...examples.map((j) => (plane[i * count + j] ?? NaN) + (i === j ? ridge : 0)),
    b[at] ?? NaN,
  ])
  let logDeterminant = 0
  rows.forEach((row, at) => {
    const pivot = row[at] ?? NaN
    logDeterminant += Math.log(pivot)
    row.forEach((x, j) => (row[j] = x / pivot))
    for (const other of rows) {
      const factor = other[at] ?? NaN
      if (other !== row) row.forEach((x, j) => (other[j] = (other[j] ?? NaN) - factor * x))
    }
  })
  return { x: rows.map((row) => row.at(-1) ?? NaN), logDeterminant }
}

const target = (i: number, c: number): number => (three[i] === c ? 2 / 3 : -1 / 3)
const everyone = Array.from({ length: count }, (_, i) => i)
const classes = [0, 1, 2]

/** The prediction of a column for an example by a regression on all others. */
const columnWithoutIt = (i: number, ridge: number, column: (place: number) => number): number => {
  const others = everyone.filter((j) => j !== i)
  const { x } = solved(others, ridge, others.map(column)) // prettier-ignore
  return others.reduce((sum, j, at) => sum + (plane[i * count + j] ?? NaN) * (x[at] ?? NaN), 0)
}

/** The predictions of an example by a regression on all others. */
const withoutIt = (i: number, ridge: number): readonly number[] =>
  classes.map((c) => columnWithoutIt(i, ridge, (j) => target(j, c)))

const matrix = { size: count, values: Float64Array.from(plane) }

describe('the verdict of numbers', () => {
  const prices = everyone.map((i) => 500 + 40 * (features[2 * i] ?? NaN) + 3 * ((i * 7) % 5))
  const verdict = judge(matrix, numberColumns(prices))

  it('is of the ridge by which regressions on all others have the highest normal density', () => {
    const mean = prices.reduce((sum, y) => sum + y / count, 0)
    const deviation = Math.sqrt(prices.reduce((sum, y) => sum + (y - mean) ** 2 / count, 0))
    const own = (i: number): number => ((prices[i] ?? NaN) - mean) / deviation
    const tried = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3].map((ridge) => {
      const squares = everyone.map((i) => (own(i) - columnWithoutIt(i, ridge, own)) ** 2)
      const variance = squares.reduce((sum, r) => sum + r / count, 0)
      // The density of a normal distribution, by its formula.
      const density = (r: number): number => Math.exp(-r / (2 * variance)) / Math.sqrt(2 * Math.PI * variance)
      const losses = squares.map((r) => -Math.log(density(r)))
      return { ridge, losses, loss: losses.reduce((sum, x) => sum + x / count, 0) }
    })
    const best = tried.toSorted((a, b) => a.loss - b.loss)[0]
    expect(verdict).toMatchObject({ ridge: best?.ridge, scale: 1 })
    expect(verdict.loss).toBeCloseTo(best?.loss ?? NaN, 9)
    verdict.losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(best?.losses[i] ?? NaN, 9)
    })
  })

  it('does not depend on their unit, and is finite where all are equal or predicted without error', () => {
    expect(judge(matrix, numberColumns(prices.map((y) => y / 1000 - 7))).loss).toBeCloseTo(verdict.loss, 9)
    expect(Number.isFinite(judge(matrix, numberColumns(prices.map(() => 3))).loss)).toBe(true)
  })
})

describe('the verdict of sets of labels', () => {
  const on = everyone.map((i) => Number((features[2 * i] ?? 0) > 0.5))

  it('of one label is that of two classes', () => {
    const [asSet, asClasses] = [judge(matrix, setColumns(on, 1)), judge(matrix, classColumns(on, 2))]
    expect([asSet.ridge, asSet.scale]).toEqual([asClasses.ridge, asClasses.scale])
    expect([...asSet.losses].map((loss) => loss.toFixed(9))).toEqual(
      [...asClasses.losses].map((loss) => loss.toFixed(9)),
    )
  })

  it('of several is the sum of theirs, each predicted from all other examples', () => {
    const other = everyone.map((i) => Number(i % 3 === 0))
    const verdict = judge(
      matrix,
      setColumns(
        on.flatMap((x, i) => [x, other[i] ?? NaN]),
        2,
      ),
    )
    const expected = everyone.map((i) =>
      [on, other].reduce((sum, label) => {
        const p = columnWithoutIt(i, verdict.ridge, (j) => (label[j] ?? NaN) - 0.5)
        const probability = 1 / (1 + Math.exp(-2 * verdict.scale * p))
        return sum - Math.log(label[i] === 1 ? probability : 1 - probability)
      }, 0),
    )
    verdict.losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(expected[i] ?? NaN, 9)
    })
  })
})

describe('the verdict on a kernel of two features', () => {
  const verdict = judge(matrix, classColumns(three, 3))
  const ridges = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]

  it('is of the ridge and the scale by which regressions on all others predict best', () => {
    const tried = ridges.flatMap((ridge) => {
      const predictions = everyone.map((i) => withoutIt(i, ridge))
      return [1, 2, 4, 8, 16].map((scale) => {
        const losses = predictions.map((p, i) => {
          const total = p.reduce((sum, x) => sum + Math.exp(scale * x), 0)
          return Math.log(total) - scale * (p[three[i] ?? NaN] ?? NaN)
        })
        return { ridge, scale, losses, loss: losses.reduce((sum, x) => sum + x / count, 0) }
      })
    })
    const best = tried.toSorted((a, b) => a.loss - b.loss)[0]
    expect(verdict).toMatchObject({ ridge: best?.ridge, scale: best?.scale })
    expect(verdict.loss).toBeCloseTo(best?.loss ?? NaN, 9)
    verdict.losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(best?.losses[i] ?? NaN, 9)
    })
  })

  it('has the likelihood of a Gaussian process at its best ridge and variance', () => {
    const likelihoods = ridges.map((ridge) => {
      const columns = classes.map((c) => everyone.map((i) => target(i, c)))
      const found = columns.map((column) => solved(everyone, ridge, column))
      const explained = columns.flatMap((column, c) => column.map((y, i) => y * (found[c]?.x[i] ?? NaN)))
      const variance = explained.reduce((sum, x) => sum + x / (3 * count), 0)
      return -0.5 * count * Math.log(variance) - 0.5 * (found[0]?.logDeterminant ?? NaN)
    })
    expect(verdict.logLikelihood).toBeCloseTo(Math.max(...likelihoods), 9)
  })
})
