import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { key } from '@ptu/core'
import { batchIndices, toTensors } from '@ptu/data'
import { dense, dropout, relu, serial, type Layer } from '@ptu/layers'
import { adam } from '@ptu/optim'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { asIs, blobs, numbersIn } from '../tests/blobs.ts'
import { encodeDataset } from './encodings.ts'
import type { TrainError } from './errors.ts'
import { fit, type FitResult } from './fit.ts'
import { crossEntropy } from './losses.ts'
import { ownPart, type Replica } from './replica.ts'
import { disposeState, start, step, tensorsOf, type Objective, type TrainState } from './step.ts'
import type { FitOptions } from './train.ts'
import { trainTrial } from './trial.ts'

const objectiveOf = (model: Layer): Objective => ({
  ...{ model, loss: crossEntropy, optimizer: adam(0.01), average: { decay: 0.9 } },
})
const quiet = objectiveOf(serial(dense(8), relu, dense(3)))
const noisy = objectiveOf(serial(dense(8), relu, dropout(0.5), dense(3)))

const examples = blobs()
/** Seven examples of every class. */
const indices = Uint32Array.from({ length: 7 }, (_, i) => 4 * i)

/** One step of a copy, of which `sum` is told. Consumes the state, unless `sum` throws. */
const stepOf = (objective: Objective, state: TrainState, replica: Replica): { state: TrainState; loss: number } => {
  const own = ownPart(indices, replica)
  const { x, y } = toTensors(examples, asIs, own)
  const share = { replica, weight: own.length / indices.length }
  try {
    const stepped = step(objective)(state, { x, y }, { share })
    const [loss = NaN] = stepped.loss.dataSync()
    stepped.loss.dispose()
    return { state: stepped.state, loss }
  } finally {
    disposeParams([x, y])
  }
}

/** The numbers that a copy adds to the sum of its next step. */
const givenBy = (objective: Objective, state: TrainState, rank: number, count: number): Float32Array => {
  let given = new Float32Array(0)
  const sum = (values: Float32Array): void => {
    given = values.slice()
    throw new Error('only looked at')
  }
  expect(() => stepOf(objective, state, { rank, count, sum })).toThrow('only looked at')
  return given
}

/** Some steps of all copies, in turns. */
const copies = (objective: Objective, count: number, steps: number): { states: TrainState[]; losses: number[] } => {
  let states = Array.from({ length: count }, () => start(objective, key(0), [4]))
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    const given = states.map((state, rank) => givenBy(objective, state, rank, count))
    const sum = (values: Float32Array): void => {
      values.fill(0)
      for (const part of given) values.forEach((x, at) => (values[at] = x + (part[at] ?? NaN)))
    }
    const next = states.map((state, rank) => stepOf(objective, state, { rank, count, sum }))
    losses.push(next[0]?.loss ?? NaN)
    states = next.map(({ state }) => state)
  }
  return { states, losses }
}

describe('copies of a training that compute each gradient together', () => {
  it('take the steps of one that computes it alone, but for rounding', () => {
    const alone = copies(quiet, 1, 5)
    const wanted = numbersIn(tensorsOf(alone.states[0] as TrainState))
    for (const count of [2, 3]) {
      const { states, losses } = copies(quiet, count, 5)
      for (const state of states) {
        for (const [i, values] of numbersIn(tensorsOf(state)).entries())
          expect(values).toBeAllClose(wanted[i] ?? [], { absolute: 2e-5, relative: 1e-4 })
      }
      expect(losses).toBeAllClose(alone.losses, { absolute: 1e-5, relative: 1e-5 })
      states.forEach(disposeState)
    }
    alone.states.forEach(disposeState)
  })

  it('stay equal bit for bit, with noise that is not the same in all of them', () => {
    const [first, second] = [copies(noisy, 2, 5), copies(noisy, 2, 5)]
    const [wanted, ...others] = [...first.states, ...second.states].map((state) => numbersIn(tensorsOf(state)))
    for (const other of others) expect(other).toEqual(wanted)
    const [a, b] = first.states as [TrainState, TrainState]
    const whole = Uint32Array.from({ length: 4 }, () => 0)
    const { x, y } = toTensors(examples, asIs, whole)
    const seen = [0, 1].map((rank) => {
      let given: readonly number[] = []
      const sum = (values: Float32Array): void => {
        given = [...values]
        throw new Error('only looked at')
      }
      const share = { replica: { rank, count: 2, sum }, weight: 1 }
      expect(() => step(noisy)(a, { x, y }, { share })).toThrow('only looked at')
      return given
    })
    expect(seen[0]).not.toEqual(seen[1])
    disposeParams([x, y])
    ;[a, b, ...second.states].forEach(disposeState)
  })

  it('divide a batch among them without rest', () => {
    const all = batchIndices(key(1), 0, 30, 11)
    for (const count of [1, 2, 4, 11]) {
      const parts = Array.from({ length: count }, (_, rank) => ownPart(all, { rank, count, sum: () => undefined }))
      expect(parts.flatMap((part) => [...part])).toEqual([...all])
      const sizes = parts.map(({ length }) => length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }
    expect(() => ownPart(all, { rank: 0, count: 12, sum: () => undefined })).toThrow(
      'expected batches of at least 12 examples, one for each thread, got 11',
    )
  })
})

/** A run of a copy whose fellows find what it finds. */
const run = async (
  { rank, count }: Pick<Replica, 'rank' | 'count'>,
  more: Partial<FitOptions> = {},
): Promise<E.Either<TrainError, FitResult>> => {
  const data = await encodeDataset(quiet.model, examples, asIs)
  const sum = (values: Float32Array): void => {
    values.forEach((x, i) => (values[i] = count * x))
  }
  const replica = { rank, count, sum }
  const options = { data, key: key(1), steps: 6, batchSize: 8, replica, ...more }
  const result = await fit(quiet, options)(start(quiet, key(0), [4]))()
  data.dispose()
  return result
}

describe('a run with several copies', () => {
  it('is saved by the first copy alone, and no run with another number of threads goes on with it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ptu-copies-'))
    const checkpoint = { path: join(folder, 'run.safetensors'), every: 2, resume: true }
    const results = [await run({ rank: 1, count: 2 }, { checkpoint })]
    expect(await readdir(folder)).toEqual([])
    results.push(await run({ rank: 0, count: 2 }, { checkpoint }))
    expect(await readdir(folder)).toEqual(['run.safetensors'])
    for (const result of results) if (E.isRight(result)) disposeParams(result.right.params)
    const other = await run({ rank: 0, count: 3 }, { checkpoint })
    expect(E.isLeft(other) && other.left.name).toBe('CheckpointError')
    await rm(folder, { recursive: true })
  })

  it('is refused for losses that are no mean over examples', async () => {
    const tagged = { ...examples, tagged: true, shape: [1, 4] }
    const replica: Replica = { rank: 0, count: 2, sum: () => undefined }
    const trial = { label: '', model: quiet.model, optimizer: () => adam(0.01) }
    const options = { train: tagged, normalisation: asIs, key: key(0), steps: 1, batchSize: 8, replica }
    await expect(
      trainTrial(trial, { phase: 'train', dataset: tagged, onStep: () => undefined }, options),
    ).rejects.toThrow('expected one thread for examples with a label at each step')
  })
})
