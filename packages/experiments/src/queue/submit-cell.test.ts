import * as E from 'fp-ts/lib/Either.js'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { colours, smallComparison, smallNetwork } from '../../tests/small-network.ts'
import { InterruptedError, RunError, UsageError } from '../errors.ts'
import type { JobResult } from '../results/results.ts'
import type { Cells } from '../run/cells.ts'
import type { Comparison } from '../run/comparison.ts'
import { notThere } from './grid-file.ts'
import { submitting, type Submit } from './submit-cell.ts'

// No pauses between the looks for a result.
vi.mock('node:timers/promises', () => ({ setTimeout: vi.fn(() => Promise.resolve()) }))

const grid = 'a'.repeat(64)
const result = { accuracy: 0.5 } as unknown as JobResult

let comparison: Comparison
let arrived: Set<string>
let looks: number
let abandoned: Error[]
let submit: Submit

const cells: Cells = {
  cellOf: (_, { seed }) => Promise.resolve({ key: String(seed), question: {} }),
  find: ({ key }) => {
    looks++
    return () => Promise.resolve(E.right(arrived.has(key) ? result : undefined))
  },
  keep: () => expect.fail('kept'),
}

beforeAll(async () => {
  comparison = smallComparison(await smallNetwork(), colours(2, 8), { steps: 2 })
})
beforeEach(() => {
  ;[arrived, looks, abandoned, submit] = [new Set(), 0, [], submitting('1', cells)]
})

/** The end of a cell that the queue fails with a reason, or calls done. */
const ended = (seed: number, reason?: Error) =>
  submit(
    {
      follow: () => (reason === undefined ? Promise.resolve() : Promise.reject(reason)),
      abandon: (cause) => void abandoned.push(cause),
    },
    { grid, comparison, job: { seed, method: 'ptu' }, onStep: () => undefined },
  )

const mistyped = {
  left: {
    name: 'UsageError',
    message: expect.stringContaining('give the same --store here and to every ptu worker') as string,
  },
}

describe('a cell that is submitted', () => {
  it('has the result that arrives in the store', async () => {
    arrived.add('0')
    expect(await ended(0)).toEqual(E.right(result))
    expect([looks, abandoned]).toEqual([1, []])
  })

  it('is the last that is waited for where a worker does not find its grid', async () => {
    expect(await ended(0, new RunError(notThere(grid)))).toMatchObject(mistyped)
    expect(abandoned).toEqual([expect.any(UsageError)])
  })

  it('is the last that is waited for where its result does not arrive', async () => {
    expect(await ended(0)).toMatchObject(mistyped)
    expect([looks, abandoned]).toEqual([10, [expect.any(UsageError)]])
  })

  it('fails alone once another result has arrived: then one worker of several has another store', async () => {
    arrived.add('0')
    await ended(0)
    for (const reason of [undefined, new RunError(notThere(grid))])
      expect(await ended(1, reason)).toMatchObject({
        left: {
          name: 'RunError',
          message: expect.stringMatching(/^seed1-ptu: .*is --store the same place/) as string,
        },
      })
    expect(abandoned).toEqual([])
  })

  it('fails alone for any other reason', async () => {
    expect(await ended(0, new RunError(notThere('b'.repeat(64))))).toMatchObject({ left: { name: 'RunError' } })
    expect(await ended(0, new RunError('diverged'))).toMatchObject({ left: { message: 'seed0-ptu: diverged' } })
    expect(abandoned).toEqual([])
  })

  it.each([new InterruptedError('stopped'), new UsageError('another store')])(
    'says why it is no longer waited for: %s',
    async (reason) => {
      expect(await ended(0, reason)).toEqual(E.left(reason))
      expect(abandoned).toEqual([])
    },
  )
})
