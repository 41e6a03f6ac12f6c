import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { distinct } from '@ptu/data'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { writeTagged } from '../../tests/tagged-files.ts'
import { loadTask, type TaskData } from './task-data.ts'

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

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
