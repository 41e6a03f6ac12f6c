import { key } from '@ptu/core'
import { splitStratified, type Dataset } from '@ptu/data'
import { dense, dropout, relu, serial, type Layer } from '@ptu/layers'
import { adam, cosine, sgd } from '@ptu/optim'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it, vi } from 'vitest'

import { asIs, blobs, numbersIn } from '../tests/blobs.ts'
import type {
  Candidate,
  CandidateProgress,
  Judged,
  Outcome,
  ProtocolOptions,
  Trial,
  TrialMemory,
  TrialScore,
} from './candidate.ts'
import { bestByValidation, runCandidate } from './compare.ts'
import { encodeEachBatch } from './encodings.ts'
import { AbortedError, DivergedError } from './errors.ts'
import type { Predictions } from './evaluate.ts'
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
    chosen: chosen.label,
    losses,
    numbers,
    trials: trials.map(({ trial: { label }, accuracy, loss }) => ({ label, accuracy, loss })),
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
    expect(outcome.chosen.label).toBe('rate 0.03')
    expect(fast?.accuracy).toBeGreaterThan(slow?.accuracy ?? NaN)
    const alone = settled(await run({ name: 'pair', trials: [trial(0.03)] }))
    expect({ ...settled(outcome), trials: [] }).toEqual(alone)
  })

  it('counts the seconds of its own trials and of its training, and no other', async () => {
    let now = 10_000
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const outcome = await run(pair, { onProgress: () => (now += 250) })
    vi.restoreAllMocks()
    expect(outcome.trials.map(({ seconds }) => seconds)).toEqual([7.5, 7.5])
    expect(outcome.seconds).toEqual({ search: 15, train: 7.5 })
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
    expect(outcome.chosen.label).toBe('rate 0.05')
    settled(outcome)
  })

  it('takes the lower loss of equal accuracies in whatever order they come, and the first of equals', () => {
    const [low, high] = [
      { accuracy: 0.5, loss: 1 },
      { accuracy: 0.5, loss: 2 },
    ]
    for (const results of [
      [low, high],
      [high, low],
      [low, high, { ...low }],
    ])
      expect(bestByValidation(results)).toBe(low)
    expect(bestByValidation([low, { accuracy: 0.6, loss: 3 }])?.accuracy).toBe(0.6)
    const none: readonly { readonly accuracy: number; readonly loss: number }[] = []
    expect(bestByValidation(none)).toBeUndefined()
  })

  it('takes any score above that of a run that diverged, also one below 0', () => {
    const [broken, poor] = [
      { accuracy: 0, loss: Infinity },
      { accuracy: -3, loss: 9 },
    ]
    for (const results of [
      [broken, poor],
      [poor, broken],
    ])
      expect(bestByValidation(results)).toBe(poor)
    expect(bestByValidation([broken, { ...broken }])).toBe(broken)
  })

  it('ranks trials by a score of their outputs, where one is given', async () => {
    const train: Dataset = {
      ...{ shape: [1], features: Float32Array.from({ length: 20 }, (_, i) => i / 10 - 1), labels: new Int32Array(20) },
      ...{ classes: ['y'], targets: { kind: 'regress', values: Float64Array.from({ length: 20 }, (_, i) => i / 10) } },
    }
    const tried: Candidate = { name: 'line', trials: [trial(1e-6, dense(1)), trial(0.1, dense(1))] }
    const seen: (readonly [number, number, number])[] = []
    const errorOf = ({ logits }: Predictions, { targets, labels }: Dataset): number =>
      Array.from(logits, (y, i) => (y - (targets?.values[i] ?? NaN)) ** 2).reduce(
        (sum, e) => sum + e / labels.length,
        0,
      )
    const score: TrialScore = async ({ outputs, examples }, trained) => {
      const learnt = await trained.outputs()
      seen.push([errorOf(outputs, examples), outputs.loss, examples.labels.length])
      seen.push([errorOf(learnt, trained.examples), learnt.loss, trained.examples.labels.length])
      expect(new Set([...examples.features, ...trained.examples.features])).toEqual(new Set(train.features))
      return -outputs.loss
    }
    const outcome = await run(tried, { train, score })
    expect(outcome.chosen.label).toBe('rate 0.1')
    expect(outcome.trials.map(({ accuracy }) => accuracy)).toEqual(outcome.trials.map(({ loss }) => -loss))
    for (const [error, loss] of seen) expect(error).toBeCloseTo(loss, 5)
    expect(seen.map(([, , count]) => count)).toEqual([4, 16, 4, 16])
    const worst = await run(tried, { train, score: ({ outputs }) => outputs.loss })
    expect(worst.chosen.label).toBe('rate 0.000001')
    settled(outcome)
    settled(worst)
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

  it('never trains on an example that it judges a trial by, and trains its choice on all', async () => {
    const rows: Record<'train' | 'infer', Set<number>> = { train: new Set(), infer: new Set() }
    const watching: Layer = {
      ...relu,
      apply: (params, x, mode) => {
        for (const value of x.dataSync()) rows[mode.kind].add(value)
        return relu.apply(params as never, x, mode)
      },
    }
    const train: Dataset = {
      shape: [1],
      features: Float32Array.from({ length: 20 }, (_, i) => i + 1),
      labels: Int32Array.from({ length: 20 }, (_, i) => i % 2),
      classes: ['even', 'odd'],
    }
    const during: (readonly [string, readonly number[]])[] = []
    const watched = serial(watching, dense(2))
    await run(
      { name: 'watched', trials: [trial(0.01, watched)], judged: true },
      { train, steps: 9, batchSize: 4, onProgress: ({ phase }) => during.push([phase, [...rows.train]]) },
    ).then(settled)
    const searched = new Set(during.filter(([phase]) => phase === 'search').flatMap(([, seen]) => seen))
    // held back by a key of its own
    const { validation } = right(splitStratified(keysOf(options.key).division, train, { fraction: 0.2, atLeast: 2 }))
    expect([...rows.infer].toSorted((a, b) => a - b)).toEqual([...validation.features])
    expect(rows.infer.size).toBe(4)
    expect(searched.size).toBe(16)
    expect([...rows.infer].filter((row) => searched.has(row))).toEqual([])
    expect(rows.train.size).toBe(20)
  })

  it('takes a trial that diverges as the worst', async () => {
    const outcome = await run({ name: 'risky', trials: [diverging, trial(1e-5)] })
    expect(outcome.chosen.label).toBe('rate 0.00001')
    expect(outcome.trials[0]).toMatchObject({ trial: diverging, accuracy: 0, loss: Infinity })
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
    expect(outcome).toMatchObject({ name: 'one', chosen: { label: 'rate 0.03' }, trials: [], seconds: { search: 0 } })
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

describe('a candidate with a memory', () => {
  const remembering = (kept: Map<string, Judged>): TrialMemory => ({
    find: (label) => Promise.resolve(kept.get(label)),
    keep: (label, found) => {
      kept.set(label, found)
      return Promise.resolve()
    },
    checkpoint: () => undefined,
  })

  it('goes on after the trials that were judged before, to the same bits', async () => {
    const kept = new Map<string, Judged>()
    const whole = await run(pair, { memory: remembering(kept) })
    expect([...kept.keys()]).toEqual(['rate 0.00001', 'rate 0.03'])
    kept.delete('rate 0.03')
    const searched: string[] = []
    const onProgress = ({ phase, trial: label, done }: CandidateProgress): void => {
      if (phase === 'search') searched.push(`${label} ${String(done)}`)
    }
    const again = await run(pair, { memory: remembering(kept), onProgress })
    expect(searched[0]).toBe('rate 0.00001 30')
    expect(searched).toHaveLength(1 + 30)
    expect(settled(again)).toEqual(settled(whole))
  })

  it('believes what it kept', async () => {
    const kept = new Map([['rate 0.00001', { accuracy: 1, loss: 0, seconds: 7 }]])
    const outcome = await run(pair, { memory: remembering(kept) })
    expect(outcome.chosen).toBe(pair.trials[0])
    expect(outcome.seconds.search).toBeGreaterThan(7)
    settled(outcome)
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
