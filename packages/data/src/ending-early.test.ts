import { describe, expect, it } from 'vitest'

import { concat, take, type Dataset } from './dataset.ts'
import { lengthsOf, shortestFirst } from './lengths.ts'
import { moments, toTensors } from './normalise.ts'

/** Texts of 3, 20 and 1 tokens as ids, padded by 1: an id of 0 is a token as any other. */
const ids = (): Dataset => {
  const features = new Float32Array(3 * 24).fill(1)
  features.set([0, 5, 0], 0)
  features.set(
    Array.from({ length: 20 }, (_, i) => 2 + i),
    24,
  )
  features.set([7], 48)
  return { shape: [24], features, labels: Int32Array.of(0, 1, 0), classes: ['a', 'b'], padding: 1 }
}

/** The same texts as two numbers for each token, with zeros behind the end. */
const vectors = (): Dataset => {
  const features = new Float32Array(3 * 24 * 2)
  ;[3, 20, 1].forEach((length, i) => {
    // The second number of the last token is 0, which is no end.
    for (let j = 0; j < 2 * length - 1; j++) features[i * 48 + j] = 1 + j
  })
  return { ...ids(), shape: [24, 2], features, padding: 0 }
}

describe('examples without a vocabulary that end early', () => {
  it.each([
    ['ids', ids],
    ['vectors', vectors],
  ])('have the lengths of what stands before the padding: %s', (_what, examples) => {
    expect([...(lengthsOf(examples()) ?? [])]).toEqual([3, 20, 1])
    expect([...shortestFirst(examples())]).toEqual([2, 0, 1])
    const { padding, ...whole } = examples()
    expect(padding).toBeDefined()
    expect(lengthsOf(whole)).toBeUndefined()
    expect([...shortestFirst(whole)]).toEqual([0, 1, 2])
  })

  it('are cut behind the longest of a batch, rounded up to a multiple of 8, and are not normalised', () => {
    expect(moments(ids())).toEqual({ mean: 0, deviation: 1 })
    const [short, long, two] = [
      toTensors(ids(), moments(ids()), [2, 0]),
      toTensors(ids(), moments(ids()), [1]),
      toTensors(vectors(), moments(vectors()), [0, 2]),
    ] as const
    expect([short.x.shape, long.x.shape, two.x.shape]).toEqual([
      [2, 8],
      [1, 24],
      [2, 8, 2],
    ])
    expect([...short.x.dataSync()]).toEqual([7, 1, 1, 1, 1, 1, 1, 1, 0, 5, 0, 1, 1, 1, 1, 1])
    expect([...two.x.dataSync().subarray(0, 8)]).toEqual([1, 2, 3, 4, 5, 0, 0, 0])
    for (const { x, y } of [short, long, two]) for (const tensor of [x, y]) tensor.dispose()
  })

  it('stay so when some are taken or joined', () => {
    expect([take(ids(), [1]).padding, concat(ids(), ids()).padding]).toEqual([1, 1])
  })
})
