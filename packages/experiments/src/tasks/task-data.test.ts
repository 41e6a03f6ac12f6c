import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key } from '@ptu/core'
import { distinct, type Dataset } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { writeTagged } from '../../tests/tagged-files.ts'
import { blobs } from '../../tests/blobs.ts'
import { labelCount, loadTask, taskData, type TaskData } from './task-data.ts'

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

describe('data with numbers or sets of labels', () => {
  const values = Float64Array.from({ length: 6 }, (_, i) => i % 2)
  const data = (kind: 'regress' | 'multi-label', of = values): Dataset => ({
    ...blobs(key(0), 3),
    targets: { kind, values: of },
  })
  const one = data('regress')
  const sets = { ...blobs(key(0), 3), targets: { kind: 'multi-label' as const, values: new Float64Array(12) } }

  it('are told from others by their values and their kind', async () => {
    const others = [
      data(
        'regress',
        values.map((x) => x + 1),
      ),
      data('multi-label'),
      blobs(key(0), 3),
      one,
    ]
    const digests = await Promise.all(
      [one, ...others].map(async (train) => (await taskData({ train, test: one })).digest),
    )
    expect(new Set(digests).size).toBe(4)
    expect(digests[0]).toBe(digests[4])
  })

  it('count each label that may be on', () => {
    expect([one, sets, blobs(key(0), 3)].map(labelCount)).toEqual([6, 12, 6])
  })
})

describe('the parts of tagged data', () => {
  let source: TaskData
  let target: TaskData
  let folder = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptu-task-'))
    await writeTagged(folder)
    source = right(await loadTask(`tags:${folder}/from.jsonl#steps=8`)())
    target = right(await loadTask(`tags:${folder}/to.jsonl#steps=8`, source)())
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('have no text in common, nor with those of the source', () => {
    for (const [part, ...others] of [
      [source.train, source.test],
      [target.train, target.test, source.train, source.test],
      [target.test, source.train, source.test],
    ] as const)
      expect(distinct(part, ...others)).toEqual(part)
  })

  it('are numbered by the words of the source', () => {
    expect(target.train.vocabulary).toBe(source.train.vocabulary)
    expect(source.train.vocabulary).not.toContain('foxx')
    expect(target.train.features.includes(1)).toBe(true)
  })

  it('are tested from the shortest text to the longest', () => {
    const zeros = Array.from(
      { length: target.test.labels.length / 8 },
      (_, i) => target.test.features.subarray(8 * i, 8 * i + 8).filter((token) => token === 0).length,
    )
    expect(zeros).toEqual(zeros.toSorted((a, b) => b - a))
  })
})

describe('the digest of data', () => {
  const [train, test] = [blobs(key(1), 3), blobs(key(2), 2)]
  const digest = async (changes: { readonly train?: Dataset; readonly test?: Dataset }): Promise<string> =>
    (await taskData({ train, test, ...changes })).digest
  const labels = ({ labels: own }: Dataset): Int32Array => own.map((label, i) => (i === 0 ? 1 - label : label))
  const features = ({ features: own }: Dataset): Float32Array => Float32Array.from(own, (x, i) => (i === 0 ? x + 1 : x))

  it('is equal for equal data, and differs where any part of them does', async () => {
    const changed = await Promise.all([
      digest({}),
      digest({ train: { ...train, labels: labels(train) } }),
      digest({ train: { ...train, features: features(train) } }),
      digest({ train: { ...train, classes: ['a', 'c'] } }),
      digest({ train: { ...train, shape: [2, 2] } }),
      digest({ test: { ...test, labels: labels(test) } }),
      digest({ test: { ...test, features: features(test) } }),
    ])
    expect(new Set(changed).size).toBe(7)
    expect(await digest({ train: { ...train, labels: Int32Array.from(train.labels) } })).toBe(changed[0])
  })
})
