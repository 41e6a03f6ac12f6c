import { atOnce, key, normals, type Stepwise } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import golden from '../../fixtures/probe.json' with { type: 'json' }
import { fitProbe, probeSteps, type ProbeOptions } from './fit-probe.ts'
import { fitRidge, ridgeSteps } from './fit-ridge.ts'
import { probeLogits } from './probe.ts'

const farthest = (found: Float64Array, wanted: readonly number[]): number =>
  wanted.reduce((most, x, i) => Math.max(most, Math.abs(x - (found[i] ?? NaN))), Math.abs(found.length - wanted.length))

/** Classes whose features have means of their own, two of them in units of thousands. */
const clusters = (perClass: number, classes: number, size: number, distance = 1): ProbeOptions => {
  const count = perClass * classes
  const noise = normals(key(1), count * size)
  const centres = normals(key(2), classes * size)
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes)
  const features = noise.map((z, i) => {
    const label = labels[Math.floor(i / size)] ?? 0
    return 1000 + 200 * (z + distance * (centres[label * size + (i % size)] ?? NaN))
  })
  return { features, size, labels, classes, key: key(3) }
}

const accuracyOf = (logits: Float32Array | Float64Array, { labels, classes }: ProbeOptions): number =>
  labels.filter((label, i) => {
    const own = [...logits.subarray(i * classes, (i + 1) * classes)]
    return own.indexOf(Math.max(...own)) === label
  }).length / labels.length

describe('a linear probe', () => {
  it.each(golden.solutions)('at penalty $penalty is the dense layer of scikit-learn', (fixture) => {
    const { size, classes, penalty, features, labels, weights, bias } = fixture
    const probe = fitProbe({
      features: Float32Array.from(features),
      size,
      classes,
      labels: Int32Array.from(labels),
      penalties: [penalty],
      key: key(0),
    })
    expect(probe.penalty).toBe(penalty)
    expect(farthest(probe.weights, weights)).toBeLessThan(1e-5)
    expect(farthest(probe.bias, bias)).toBeLessThan(1e-4)
  })

  it('is the same in reduced coordinates: features that are repeated share their weights', () => {
    const plain = clusters(4, 3, 20)
    const twice = Float32Array.from({ length: 2 * plain.features.length }, (_, i) => {
      const example = Math.floor(i / 40)
      return plain.features[example * 20 + (i % 20)] ?? NaN
    })
    const [one, two] = [
      fitProbe({ ...plain, penalties: [0.1] }),
      fitProbe({ ...plain, features: twice, size: 40, penalties: [0.2] }),
    ]
    const [a, b] = [probeLogits(one, plain.features), probeLogits(two, twice)]
    expect(farthest(Float64Array.from(a), [...b])).toBeLessThan(1e-3)
  })

  it('tells clusters apart that it has not seen, and its held-out log-probabilities do too', () => {
    const options = clusters(10, 4, 30, 0.8)
    const probe = fitProbe(options)
    expect(accuracyOf(probeLogits(probe, options.features), options)).toBe(1)
    expect(accuracyOf(probe.heldOut, options)).toBeGreaterThan(0.8)
    for (let i = 0; i < options.labels.length; i++) {
      const sum = probe.heldOut.subarray(4 * i, 4 * i + 4).reduce((total, log) => total + Math.exp(log), 0)
      expect(sum).toBeCloseTo(1, 12)
    }
  })

  it('holds examples out for its log-probabilities: labels that mean nothing are not known', () => {
    const options = clusters(15, 2, 40, 0)
    const probe = fitProbe({ ...options, penalties: [0.01] })
    expect(accuracyOf(probeLogits(probe, options.features), options)).toBe(1)
    expect(accuracyOf(probe.heldOut, options)).toBeLessThan(0.8)
  })

  it('prefers a strong penalty where labels mean nothing and a weak one where they are certain', () => {
    expect(fitProbe(clusters(10, 2, 30, 0)).penalty).toBeGreaterThanOrEqual(3)
    expect(fitProbe(clusters(10, 2, 30, 4)).penalty).toBe(0.003)
  })

  it('chooses among half decades from 10 to 0.003', () => {
    const chosen = Array.from({ length: 50 }, (_, i) => fitProbe(clusters(10, 2, 5, 0.1 * i)).penalty)
    expect([...new Set(chosen)].toSorted((a, b) => b - a)).toEqual([10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003])
  })

  it('gives equal bits for equal arguments, and other folds for another key', () => {
    const options = clusters(5, 3, 12)
    expect(fitProbe(options)).toEqual(fitProbe(options))
    const other = fitProbe({ ...options, key: key(4), penalties: [1] })
    expect(other.heldOut).not.toEqual(fitProbe({ ...options, penalties: [1] }).heldOut)
    expect(other.weights).toEqual(fitProbe({ ...options, penalties: [1] }).weights)
  })

  it('keeps groups together: copies in one group are not known from each other', () => {
    const plain = clusters(6, 2, 40, 0)
    const count = plain.labels.length
    const features = Float32Array.from([...plain.features, ...plain.features])
    const labels = Int32Array.from([...plain.labels, ...plain.labels])
    const groups = Array.from({ length: 2 * count }, (_, i) => i % count)
    const options = { ...plain, features, labels, penalties: [0.01] }
    const apart = accuracyOf(fitProbe(options).heldOut, options)
    expect(accuracyOf(fitProbe({ ...options, groups }).heldOut, options)).toBeLessThan(apart - 0.2)
  })

  it('takes as many folds as the largest class has examples, up to five or what is given', () => {
    // With two folds of two examples per class, each is judged by a probe that saw one of either class.
    const options = { ...clusters(2, 2, 3), penalties: [1] }
    expect(fitProbe(options).heldOut).toEqual(fitProbe({ ...options, folds: 2 }).heldOut)
    const more = { ...clusters(8, 2, 3), penalties: [1] }
    expect(fitProbe(more).heldOut).toEqual(fitProbe({ ...more, folds: 5 }).heldOut)
    expect(fitProbe(more).heldOut).not.toEqual(fitProbe({ ...more, folds: 4 }).heldOut)
    expect(fitProbe({ ...more, folds: 2 }).heldOut).not.toEqual(fitProbe({ ...more, folds: 3 }).heldOut)
  })

  it('takes the strongest penalty where each class has one example, or all are one group', () => {
    const options = clusters(1, 3, 4)
    expect(fitProbe(options).penalty).toBe(10)
    expect(fitProbe({ ...clusters(3, 2, 4), groups: [0, 0, 0, 0, 0, 0] }).penalty).toBe(10)
  })

  it('fits features that never vary, by how frequent classes are', () => {
    const probe = fitProbe({
      features: new Float32Array(8).fill(3),
      size: 2,
      labels: Int32Array.of(0, 1, 1, 1),
      classes: 2,
      key: key(0),
    })
    expect([...probe.weights]).toEqual([0, 0, 0, 0])
    expect((probe.bias[1] ?? NaN) - (probe.bias[0] ?? NaN)).toBeCloseTo(Math.log(3), 4)
  })

  it('refuses what does not fit together', () => {
    const good = clusters(3, 2, 2)
    const wrong = (options: Partial<ProbeOptions>) => () => fitProbe({ ...good, ...options })
    expect(wrong({ size: 0 })).toThrow('expected a positive integer as size, got 0')
    expect(wrong({ size: 1.5 })).toThrow('got 1.5')
    expect(wrong({ classes: 1 })).toThrow('expected at least 2 classes, got 1')
    expect(wrong({ features: new Float32Array(11) })).toThrow(
      'expected 2 features for each of at least 2 labels, got 11 features and 6 labels',
    )
    expect(wrong({ features: new Float32Array(2), labels: Int32Array.of(0) })).toThrow('got 2 features and 1 labels')
    expect(wrong({ labels: Int32Array.of(0, 1, 0, 1, 2, 0) })).toThrow('expected labels from 0 to 1, example 4 has 2')
    expect(wrong({ labels: Int32Array.of(0, 1, -1, 1, 0, 0) })).toThrow('example 2 has -1')
    expect(wrong({ features: Float32Array.from(good.features, (x, i) => (i === 7 ? NaN : x)) })).toThrow(
      'expected finite features, example 3 has NaN; check its input',
    )
    expect(wrong({ features: Float32Array.from(good.features, (x, i) => (i === 0 ? Infinity : x)) })).toThrow(
      'example 0 has Infinity',
    )
    expect(wrong({ size: 1, features: good.features.subarray(6) })).not.toThrow()
    expect(wrong({ penalties: [] })).toThrow('expected positive penalties, got none')
    for (const odd of [0, -1, NaN, Infinity]) expect(wrong({ penalties: [1, odd] })).toThrow(`got ${String(odd)}`)
    expect(wrong({ folds: 1 })).toThrow('expected at least 2 folds, got 1')
    expect(wrong({ groups: [1] })).toThrow('expected a group for each of 6 examples, got 1')
  })
})

describe('the logits of a probe', () => {
  const probe = { size: 2, classes: 3, weights: Float64Array.of(1, 2, 3, 4, 5, 6), bias: Float64Array.of(0.5, 0, -1) }

  it('are features times weights plus bias', () => {
    expect([...probeLogits(probe, Float32Array.of(1, 0, 2, -1))]).toEqual([1.5, 2, 2, -1.5, -1, -1])
    expect(probeLogits(probe, new Float32Array())).toHaveLength(0)
  })

  it('are of whole examples', () => {
    expect(() => probeLogits(probe, new Float32Array(3))).toThrow('expected a multiple of 2 features, got 3')
  })
})

/** The parts of a computation that its steps tell, the steps between two of them at the most, and its result. */
const followed = <A>(
  work: Stepwise<A>,
): { readonly parts: readonly number[]; readonly silent: number; readonly found: A } => {
  const parts: number[] = []
  let [silent, since] = [0, 0]
  for (let next = work.next(); ; next = work.next()) {
    if (next.done === true) return { parts, silent, found: next.value }
    silent = Math.max(silent, ++since)
    if (next.value === undefined) continue
    parts.push(next.value)
    since = 0
  }
}

describe('a fit in steps', () => {
  it.each([
    ['as they are', clusters(20, 3, 4)],
    ['reduced', clusters(4, 3, 40)],
  ])('of features %s is the fit at once, and tells how far it is from the start on', (_, options) => {
    const { parts, found } = followed(probeSteps(options))
    expect(found).toEqual(fitProbe(options))
    expect(parts[0]).toBe(0)
    expect(parts).toEqual(parts.toSorted((a, b) => a - b))
    expect(parts.at(-1)).toBeCloseTo(0.9, 12)
    expect(parts.length).toBeGreaterThan(20)
  })

  it('has a step for each evaluation, so that it can end between two', () => {
    const { parts, silent } = followed(probeSteps({ ...clusters(20, 3, 4), penalties: [0.001] }))
    expect(parts).toHaveLength(1 + 5 + 5)
    expect(silent).toBeGreaterThan(5)
  })

  it('of a ridge regression is the fit at once too, with a step for each row of products and of what is solved', () => {
    const { features, size, labels: targets } = clusters(4, 3, 8)
    const options = { features, size, targets, folds: [0, 1, 2].map((from) => [from, from + 3, from + 6]) }
    const { parts, found } = followed(ridgeSteps(options))
    expect(found).toEqual(fitRidge(options))
    expect(parts).toEqual(parts.toSorted((a, b) => a - b))
    const only = [...ridgeSteps({ ...options, folds: [], penalties: [1] })]
    expect(only.filter((part) => part === undefined)).toHaveLength(2 * size)
    expect(atOnce(ridgeSteps(options))).toEqual(found)
  })
})
