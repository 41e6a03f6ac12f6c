import { normals, split, stream, uniforms, type Key } from '@ptu/core'

/** A distribution that paired differences may have, with its true mean. */
export interface Population {
  readonly name: string
  readonly mean: number
  /** The step between values, 0 if they are continuous. */
  readonly resolution: number
  /** Draws `count` independent values. */
  readonly sample: (key: Key, count: number) => readonly number[]
}

const exponential = (key: Key, count: number): readonly number[] => {
  const next = stream(key)
  return Array.from({ length: count }, () => -Math.log((next() + 1) * 2 ** -32))
}

const logNormal =
  (sigma: number) =>
  (key: Key, count: number): readonly number[] =>
    Array.from(normals(key, count), (z) => Math.exp(sigma * z))

/** A normal over the root of the mean of three squared ones: Student's t with 3 degrees of freedom. */
const studentThree = (key: Key, count: number): readonly number[] => {
  const z = normals(key, 4 * count)
  const at = (i: number): number => z[i] as number
  return Array.from({ length: count }, (_, i) => {
    const [top, a, b, c] = [at(4 * i), at(4 * i + 1), at(4 * i + 2), at(4 * i + 3)]
    return top / Math.sqrt((a * a + b * b + c * c) / 3)
  })
}

/** Values with given probabilities; the last takes what remains. */
const discrete =
  (outcomes: readonly (readonly [value: number, probability: number])[]) =>
  (key: Key, count: number): readonly number[] =>
    Array.from(uniforms(key, count), (u) => {
      let below = 0
      for (const [value, probability] of outcomes) {
        below += probability
        if (u < below) return value
      }
      return outcomes.at(-1)?.[0] ?? NaN
    })

const testExamples = 100

/** Two accuracies on 100 test examples; a draw moves both by .03, the first is .02 better. */
const accuracies = (key: Key, count: number): readonly number[] => {
  const shift = normals(key, count)
  return split(key, count).map((own, i) => {
    const u = uniforms(own, 2 * testExamples)
    const right = (from: number, accuracy: number): number =>
      u.subarray(from, from + testExamples).reduce((sum, x) => sum + (x < accuracy ? 1 : 0), 0)
    const chance = 0.8 + 0.03 * (shift[i] as number)
    return (right(0, chance) - right(testExamples, chance - 0.02)) / testExamples
  })
}

/** The distributions that `docs/results/coverage.md` tries: normal, heavy-tailed, skewed, and with many ties. */
export const populations: readonly Population[] = [
  { name: 'normal', mean: 0, resolution: 0, sample: (key, count) => [...normals(key, count)] },
  { name: 'Student t, 3 degrees', mean: 0, resolution: 0, sample: studentThree },
  { name: 'exponential', mean: 1, resolution: 0, sample: exponential },
  { name: 'lognormal, σ = 0.5', mean: Math.exp(0.125), resolution: 0, sample: logNormal(0.5) },
  { name: 'lognormal, σ = 1', mean: Math.exp(0.5), resolution: 0, sample: logNormal(1) },
  {
    name: 'normal, rounded to 2 σ',
    mean: 0,
    resolution: 2,
    sample: (key, count) => Array.from(normals(key, count), (z) => 2 * Math.round(z / 2)),
  },
  {
    name: '-1, 0, 1 with .1, .7, .2',
    mean: 0.1,
    resolution: 1,
    sample: discrete([
      [-1, 0.1],
      [0, 0.7],
      [1, 0.2],
    ]),
  },
  {
    name: '0, 1 with .8, .2',
    mean: 0.2,
    resolution: 1,
    sample: discrete([
      [0, 0.8],
      [1, 0.2],
    ]),
  },
  { name: 'accuracies on 100', mean: 0.02, resolution: 1 / testExamples, sample: accuracies },
]
