import { countOf } from '@ptu/data'
import { dense, type StagedLayer } from '@ptu/layers'
import { disposeParams, scope } from '@ptu/tensor'
import { mul, square, tanh, type Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { asIs, blobs, numbersIn } from '../tests/blobs.ts'
import { encodeDataset, encodeEachBatch, type EncodedDataset } from './encodings.ts'
import { evaluate } from './evaluate.ts'

const head = dense(3)

/** A model whose encoding is a tree of two tensors. */
const model: StagedLayer = {
  ...head,
  encode: (x) => scope(() => ({ activation: tanh(mul(x, 1.7)), taps: [square(x)] })),
  decode: (params, encoded, mode) => head.apply(params as never, (encoded as { activation: Tensor }).activation, mode),
}

const batchOf = (source: EncodedDataset, indices: readonly number[]): readonly (readonly number[])[] => {
  const { x, y } = source.batch(indices)
  const numbers = numbersIn([x, y])
  disposeParams([x, y])
  return numbers
}

describe('an encoded data set', () => {
  it('is refused where a label, whichever, is no class', async () => {
    const good = blobs()
    const labels = good.labels.map((label, i) => (i === good.labels.length - 1 ? good.classes.length : label))
    await expect(encodeDataset(model, { ...good, labels }, asIs, { chunk: 1 })).rejects.toThrow(
      `label ${String(labels.length - 1)} is ${String(good.classes.length)}, expected a class from 0`,
    )
    expect(() => encodeEachBatch(model, { ...good, labels }, asIs)).toThrow('expected a class from 0')
    await expect(evaluate(head, [], { ...good, labels }, asIs)).rejects.toThrow('expected a class from 0')
  })

  it('has the same bits whether it is kept or encoded batch by batch, whatever the chunk', async () => {
    const sources = await Promise.all([
      encodeDataset(model, blobs(), asIs),
      encodeDataset(model, blobs(), asIs, { chunk: 7 }),
      encodeDataset(model, blobs(), asIs, { memoryBudget: 0 }),
    ])
    expect(sources.map(({ isCached }) => isCached)).toEqual([true, true, false])
    const [first, ...others] = sources.map((source) => batchOf(source, [29, 3, 3, 0]))
    expect(first?.map(({ length }) => length)).toEqual([16, 16, 12])
    for (const other of others) expect(other).toEqual(first)
    for (const source of sources) source.dispose()
  })

  it('is kept where it takes the budget to the byte, and not where it takes more', async () => {
    const bytes = countOf(blobs()) * (4 + 4 + 3) * 4
    const kept = await encodeDataset(model, blobs(), asIs, { memoryBudget: bytes, chunk: 4 })
    const notKept = await encodeDataset(model, blobs(), asIs, { memoryBudget: bytes - 1, chunk: 4 })
    expect([kept.isCached, kept.bytes, notKept.isCached, notKept.bytes]).toEqual([true, bytes, false, bytes])
    kept.dispose()
    notKept.dispose()
  })

  it('of a layer without stages holds the inputs', async () => {
    const source = await encodeDataset(head, blobs(), asIs)
    expect(batchOf(source, [2])[0]).toEqual([...blobs().features.slice(8, 12)])
    source.dispose()
  })

  it('refuses a data set without examples and a chunk of none', async () => {
    const none = { ...blobs(), features: new Float32Array(0), labels: new Int32Array(0) }
    await expect(encodeDataset(model, none, asIs)).rejects.toThrow('expected a data set with examples, got none')
    await expect(encodeDataset(model, blobs(), asIs, { chunk: 0 })).rejects.toThrow('from 1, got 0')
  })
})
