import { key } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { dense, dropout, relu, serial, type Layer } from '@ptu/layers'
import { adam, cosine, sgd } from '@ptu/optim'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { asIs, blobs, numbersIn } from '../tests/blobs.ts'
import type { Candidate, CandidateProgress, Outcome, ProtocolOptions, Trial } from './candidate.ts'
import { runCandidate } from './compare.ts'
import { encodeEachBatch } from './encodings.ts'
import { AbortedError, DivergedError } from './errors.ts'
import { fit } from './fit.ts'
import { crossEntropy } from './losses.ts'
import { start } from './step.ts'
import { keysOf } from './trial.ts'

const model = serial(dense(6), relu, dropout(0.2), dense(3))

const trial = (rate: number, of: Layer = model): Trial => ({
  label: `rate ${String(rate)}`,
  model: of,
  optimizer: (steps) => adam(cosine({ from: rate, to: 0.02, steps })),
  average: { decay: 0.9 },
})

const diverging: Trial = { label: 'diverging', model, optimizer: () => sgd(1e30) }

const options: ProtocolOptions = {
  train: blobs(10, key(3)),
  normalisation: asIs,
  key: key(11),
  steps: 30,
  batchSize: 8,
}

const right = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

/** An outcome without what time it took, its tensors freed. */
const settled = ({ name, chosen, params, trials, losses }: Outcome): Settled => {
  const numbers = numbersIn(params)
  disposeParams(params)
  return {
    name,
    chosen,
    losses,
    numbers,
    trials: trials.map(({ label, accuracy, loss }) => ({ label, accuracy, loss })),
  }
}

interface Settled {
  readonly name: string
  readonly chosen: string
  readonly losses: readonly number[]
  readonly numbers: readonly (readonly number[])[]
  readonly trials: readonly { readonly label: string; readonly accuracy: number; readonly loss: number }[]
}

const run = async (candidate: Candidate, changes: Partial<ProtocolOptions> = {}): Promise<Outcome> =>
  right(await runCandidate(candidate, { ...options, ...changes })())

const pair: Candidate = { name: 'pair', trials: [trial(1e-5), trial(0.03)] }

describe('a candidate of several trials', () => {
  it('is the trial of the best validation, trained again on all labels', async () => {
    const outcome = await run(pair)
    const [slow, fast] = outcome.trials
    expect(outcome.chosen).toBe('rate 0.03')
    expect(fast?.accuracy).toBeGreaterThan(slow?.accuracy ?? NaN)
    const alone = settled(await run({ name: 'pair', trials: [trial(0.03)] }))
    expect({ ...settled(outcome), trials: [] }).toEqual(alone)
  })

  it('counts the time of its own trials and of its training, and no other', async () => {
    const begun = performance.now()
    const outcome = await run(pair)
    const passed = (performance.now() - begun) / 1000
    const { search, train } = outcome.seconds
    expect(search).toBe(outcome.trials.reduce((sum, { seconds }) => sum + seconds, 0))
    expect(Math.min(train, ...outcome.trials.map(({ seconds }) => seconds))).toBeGreaterThan(0)
    expect(search + train).toBeLessThanOrEqual(passed)
    settled(outcome)
  })

  it('judges a single trial where that is asked for, and trains it to the same bits', async () => {
    const only = { name: 'only', trials: [trial(0.03)] }
    const judged = settled(await run({ ...only, judged: true }))
    expect(judged.trials).toEqual(
      settled(await run({ ...only, trials: [trial(0.03), trial(1e-5)] })).trials.slice(0, 1),
    )
    expect({ ...judged, trials: [] }).toEqual(settled(await run(only)))
  })

  it('gives the same result whatever ran before and in whatever order its trials are', async () => {
    const first = settled(await run(pair))
    settled(await run({ name: 'other', trials: [trial(0.01)] }))
    expect(settled(await run(pair))).toEqual(first)
    const reversed = settled(await run({ name: 'pair', trials: pair.trials.toReversed() }))
    expect(reversed.numbers).toEqual(first.numbers)
  })

  it('breaks ties in accuracy by the validation loss', async () => {
    // Far apart, so that both rates get everything right.
    const train = blobs(10, key(3), 0.05)
    const tied = { name: 'tied', trials: [trial(0.02), trial(0.05)] }
    const outcome = await run(tied, { train, steps: 60 })
    expect(outcome.trials.map(({ accuracy }) => accuracy)).toEqual([1, 1])
    expect(outcome.chosen).toBe('rate 0.05')
    settled(outcome)
  })

  it('searches on labels that leave at least 2 of each class for validation', async () => {
    const seen: number[] = []
    const watching: Layer = {
      ...relu,
      apply: (params, x, mode) => {
        if (mode.kind === 'infer') seen.push(x.shape[0])
        return relu.apply(params as never, x, mode)
      },
    }
    const watched = serial(watching, dense(3))
    const train = blobs(5, key(3))
    settled(await run({ name: 'watched', trials: [trial(0.01, watched), trial(0.02, watched)] }, { train, steps: 2 }))
    expect(seen).toEqual([6, 6])
  })

  it('takes a trial that diverges as the worst', async () => {
    const outcome = await run({ name: 'risky', trials: [diverging, trial(1e-5)] })
    expect(outcome.chosen).toBe('rate 0.00001')
    expect(outcome.trials[0]).toMatchObject({ label: 'diverging', accuracy: 0, loss: Infinity })
    settled(outcome)
  })

  it('is a Left where all trials diverge', async () => {
    const ended = await runCandidate({ name: 'lost', trials: [diverging, { ...diverging, label: 'too' }] }, options)()
    expect(E.isLeft(ended) && ended.left).toBeInstanceOf(DivergedError)
  })

  it('is a Left that names the class with too few examples', async () => {
    const train: Dataset = { ...blobs(2, key(3)) }
    const ended = await runCandidate(pair, { ...options, train })()
    expect(E.isLeft(ended) && ended.left.message).toContain('class a has 2 examples')
  })
})

describe('a candidate of one trial', () => {
  it('trains once, on all labels', async () => {
    const outcome = await run({ name: 'one', trials: [trial(0.03)] })
    expect(outcome).toMatchObject({ name: 'one', chosen: 'rate 0.03', trials: [], seconds: { search: 0 } })
    const { weights, order } = keysOf(options.key)
    const one = trial(0.03)
    const objective = { model, loss: crossEntropy, optimizer: one.optimizer(30), average: { decay: 0.9 } }
    const data = encodeEachBatch(model, options.train, asIs)
    const direct = right(
      await fit(objective, { data, key: order, steps: 30, batchSize: 8 })(start(objective, weights, [4]))(),
    )
    expect(numbersIn(outcome.params)).toEqual(numbersIn(direct.params))
    expect(outcome.losses).toEqual(direct.losses)
    disposeParams([outcome.params, direct.params])
  })
})

describe('runCandidate', () => {
  it('reports steps over all runs', async () => {
    const seen: CandidateProgress[] = []
    settled(await run(pair, { steps: 2, onProgress: (progress) => seen.push(progress) }))
    expect(seen.map(({ phase, done, total }) => `${phase} ${String(done)}/${String(total)}`)).toEqual([
      'search 1/6',
      'search 2/6',
      'search 3/6',
      'search 4/6',
      'train 5/6',
      'train 6/6',
    ])
  })

  it('ends at an abort', async () => {
    const controller = new AbortController()
    const onProgress = ({ done }: CandidateProgress): void => {
      if (done === 40) controller.abort()
    }
    const ended = await runCandidate(pair, { ...options, signal: controller.signal, onProgress })()
    expect(E.isLeft(ended) && ended.left).toBeInstanceOf(AbortedError)
  })

  it('refuses a candidate without trials', () => {
    expect(() => runCandidate({ name: 'none', trials: [] }, options)).toThrow('none: expected at least one trial')
  })
})
