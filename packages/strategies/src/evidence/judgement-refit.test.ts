import { key, normals } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { judge } from './judgement.ts'

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

/** The prediction of an example by a regression on all others. */
const withoutIt = (i: number, ridge: number): readonly number[] => {
  const others = everyone.filter((j) => j !== i)
  return classes.map((c) => {
    const { x } = solved(others, ridge, others.map((j) => target(j, c))) // prettier-ignore
    return others.reduce((sum, j, at) => sum + (plane[i * count + j] ?? NaN) * (x[at] ?? NaN), 0)
  })
}

describe('the verdict on a kernel of two features', () => {
  const verdict = judge({ size: count, values: Float64Array.from(plane) }, three, 3)
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
