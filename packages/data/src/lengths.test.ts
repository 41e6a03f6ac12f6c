import { key } from '@ptu/core'
import { disposeParams } from '@ptu/tensor'
import { describe, expect, it } from 'vitest'

import { asRows } from './as-rows.ts'
import { batchIndices, epochOrder } from './batches.ts'
import { concat, countOf, describe as counts, take, type Dataset } from './dataset.ts'
import { fewShot, splitStratified } from './draw.ts'
import { bucketIndices, lengthsOf } from './lengths.ts'
import { moments, toTensors } from './normalise.ts'
import { subset } from './subset.ts'

/** `count` sequences of 1, 2, …, 20 tokens, again and again, of 30 steps at most. */
const sequences = (count: number): Dataset => {
  const [features, labels] = [new Float32Array(count * 30), new Int32Array(count * 30).fill(-1)]
  for (let i = 0; i < count; i++)
    for (let step = 0; step <= i % 20; step++) {
      features[i * 30 + step] = 1 + (i % 2)
      labels[i * 30 + step] = step % 2
    }
  const vocabulary = ['<padding>', '<unknown>', 'a']
  return { shape: [30], features, labels, classes: ['even', 'odd'], vocabulary, tagged: true }
}

describe('tagged sequences', () => {
  const set = sequences(40)

  it('are counted as examples, and described by their tags', () => {
    expect(countOf(set)).toBe(40)
    expect(counts(set)).toEqual({ even: 220, odd: 200 })
  })

  it('are taken and joined with their tags', () => {
    const two = take(set, [3, 0])
    expect([...two.labels.subarray(0, 5), two.labels[30]]).toEqual([0, 1, 0, 1, -1, 0])
    expect(concat(two, take(set, [5]))).toEqual(take(set, [3, 0, 5]))
    expect(() => concat(two, { ...two, vocabulary: ['<padding>', '<unknown>', 'b'] })).toThrow('one vocabulary')
  })

  it('are drawn and split as whole sequences', () => {
    expect(fewShot(key(0), set, 10)).toMatchObject({ right: { shape: [30] } })
    const split = splitStratified(key(0), set)
    expect(split).toMatchObject({ _tag: 'Right' })
    if (split._tag === 'Right') expect([countOf(split.right.train), countOf(split.right.validation)]).toEqual([32, 8])
    expect(fewShot(key(0), set, 41)).toMatchObject({
      left: { message: expect.stringContaining('expected at least 41 sequences for 41 shots, got 40') as string },
    })
    expect(subset(set, [0])).toMatchObject({
      left: { message: expect.stringContaining('a tag at each step') as string },
    })
  })

  it('become tensors that are cut behind the longest, with no target at padding', () => {
    const { x, y } = toTensors(set, moments(set), [2, 9])
    expect([x.shape, y.shape]).toEqual([
      [2, 16],
      [2, 16, 2],
    ])
    expect([...x.dataSync().subarray(0, 5)]).toEqual([1, 1, 1, 0, 0])
    expect([...y.dataSync().subarray(0, 8)]).toEqual([1, 0, 0, 1, 1, 0, 0, 0])
    expect(Array.from(y.dataSync()).reduce((sum, one) => sum + one, 0)).toBe(13)
    disposeParams([x, y])
  })

  it('are never longer than their shape', () => {
    const { x, y } = toTensors({ ...take(set, [19]), shape: [30] }, moments(set))
    expect(x.shape).toEqual([1, 24])
    disposeParams([x, y])
    const full = { ...take(set, [19]), shape: [20], features: set.features.slice(570, 590), tagged: false }
    const whole = toTensors({ ...full, labels: Int32Array.of(0) }, moments(set))
    expect([whole.x.shape, whole.y.shape]).toEqual([
      [1, 20],
      [1, 2],
    ])
    disposeParams([whole.x, whole.y])
  })
})

describe('bucketIndices', () => {
  const lengths = lengthsOf(sequences(200)) as Int32Array
  const epoch = (number: number): readonly Uint32Array[] =>
    Array.from({ length: 12 }, (_, i) => bucketIndices(key(7), number * 12 + i, lengths, 16))

  it.each([0, 1])('gives an epoch the examples that batchIndices gives it (%d)', (number) => {
    const plain = Array.from({ length: 12 }, (_, i) => [...batchIndices(key(7), number * 12 + i, 200, 16)])
    expect(
      epoch(number)
        .flatMap((batch) => [...batch])
        .toSorted((a, b) => a - b),
    ).toEqual(plain.flat().toSorted((a, b) => a - b))
  })

  it('wastes less than a tenth on padding where a random batch wastes two fifths', () => {
    const waste = (batches: readonly (readonly number[])[]): number => {
      const own = (i: number): number => lengths[i] ?? 0
      const padded = batches.map((batch) => batch.length * Math.max(...batch.map(own)))
      const real = batches.flat().reduce((sum, i) => sum + own(i), 0)
      return 1 - real / padded.reduce((sum, n) => sum + n, 0)
    }
    expect(waste(epoch(0).map((batch) => [...batch]))).toBeLessThan(0.1)
    expect(waste(Array.from({ length: 12 }, (_, i) => [...batchIndices(key(7), i, 200, 16)]))).toBeGreaterThan(0.4)
  })

  it('depends on the key and the step alone, and orders every epoch anew', () => {
    expect(epoch(0)).toEqual(epoch(0))
    expect(epoch(0)).not.toEqual(epoch(1))
    const longest = epoch(0).map((batch) => Math.max(...Array.from(batch, (i) => lengths[i] ?? 0)))
    expect(longest).not.toEqual(longest.toSorted((a, b) => a - b))
  })

  it('draws the order of its batches apart from that of the examples', () => {
    const equal = new Int32Array(50).fill(4)
    // batch b is the example at place b of the epoch's order
    const orderOf = (number: number): readonly number[] => {
      const examples = epochOrder(key(3), number, 50)
      const steps = Array.from({ length: 50 }, (_, i) => number * 50 + i)
      return steps.map((step) => examples.indexOf(bucketIndices(key(3), step, equal, 1)[0] ?? -1))
    }
    expect(orderOf(0)).not.toEqual([...epochOrder(key(3), 0, 50)])
    expect(orderOf(1)).not.toEqual(orderOf(0))
  })

  it('is batchIndices where everything fits one batch', () => {
    expect(bucketIndices(key(1), 3, lengths.slice(0, 9), 16)).toEqual(batchIndices(key(1), 3, 9, 16))
  })
})

describe('asRows', () => {
  const digit: Dataset = { shape: [28, 28, 1], features: new Uint8Array(784), labels: Int32Array.of(0), classes: ['0'] }

  it('makes 28 steps of 28 numbers of a digit', () => {
    expect(asRows(digit)).toEqual({ ...digit, shape: [28, 28] })
    expect(asRows({ ...digit, shape: [14, 14, 4] }).shape).toEqual([14, 56])
  })

  it('refuses what is no image', () => {
    expect(() => asRows({ ...digit, shape: [784] })).toThrow('expected images [height, width, channels], got [784]')
  })
})
