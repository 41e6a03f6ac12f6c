import { key, Tree } from '@ptu/core'
import { fewShot, moments, type Dataset } from '@ptu/data'
import { disposeSource, freeze, initBody, mlp, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { fineTune, share } from '@ptu/strategies'
import { disposeParams, type ParamTree } from '@ptu/tensor'
import { evaluate, type Judged, type TrialMemory } from '@ptu/trainer'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { blobs, noise } from '../../tests/blobs.ts'
import { right } from '../../tests/right.ts'
import { RunError } from '../errors.ts'
import { heldAt } from '../methods/built-in.ts'
import type { Hyperparameters, Method } from '../methods/method.ts'
import { keysOf, type TrainingTask } from '../tasks/few-shot-task.ts'
import { taskKindOf } from '../tasks/task-kind.ts'
import { trainMethod, type TrainedMethod, type TrainingOptions } from './run-method.ts'

let source: SourceNetwork<OpenBlock>
let wide: SourceNetwork<OpenBlock>
beforeAll(() => {
  source = freeze(mlp([6]), initBody(mlp([6]), key(0), [4]))
  wide = freeze(mlp([64]), initBody(mlp([64]), key(0), [8]))
})
afterAll(() => {
  disposeSource(source)
  disposeSource(wide)
})

const taskOf = (labelled: Dataset, seed = 0, from = source): TrainingTask => ({
  ...{
    seed,
    labelled,
    source: from,
    kind: taskKindOf(labelled),
    normalisation: moments(labelled),
    keys: keysOf(seed),
    rescaled: true,
  },
})

const options: TrainingOptions = {
  ...{ rates: [1e-3, 2e-2], rate: 5e-3, zeroHead: false, steps: 20, batch: 8 },
  signal: new AbortController().signal,
  onStep: () => undefined,
}

const method = (role: Method['role'], trials: readonly Hyperparameters[]): Method => ({
  ...{ name: 'mine', role, trials: () => trials },
  plan: ({ blocks }) => blocks.map(() => fineTune),
})

const at = (rate: number): Hyperparameters => ({ depth: null, rate })
const two = [at(1e-3), at(2e-2)]

interface Settled extends Omit<TrainedMethod, 'params' | 'chosen' | 'trials'> {
  readonly chosen: Hyperparameters
  readonly trials: readonly (Hyperparameters & Omit<Judged, 'seconds'>)[]
  readonly numbers: readonly (readonly number[])[]
}

/** Trains a method and returns the result without its tensors. */
const train = async (task: TrainingTask, of: Method, changes: Partial<TrainingOptions> = {}): Promise<Settled> => {
  const { params, chosen, trials, ...rest } = right(await trainMethod(task, of, { ...options, ...changes })())
  const numbers = Tree.leaves(params as ParamTree).map((leaf) => Array.from(leaf.dataSync()))
  disposeParams(params)
  return {
    ...rest,
    numbers,
    chosen: chosen.hyperparameters,
    trials: trials.map(({ trial, accuracy, loss }) => ({ ...trial.hyperparameters, accuracy, loss })),
  }
}

const labelled = blobs(key(1), 10)

describe('a tuned baseline', () => {
  it('never trains on the labels that judge its trials: of meaningless ones it gets half right, not all', async () => {
    const meaningless = taskOf(noise(4, 40), 0, wide)
    const found = await train(meaningless, method('baseline', [at(2e-2), at(3e-2)]), { steps: 150, batch: 40 })
    expect(found.losses.at(-1)).toBeLessThan(0.05) // all labels, learnt by heart
    for (const { accuracy } of found.trials) expect(accuracy).toBeLessThan(0.9)
  })

  it('trains the setting of the best validation again on all labels', async () => {
    const found = await train(taskOf(labelled), method('baseline', two))
    const best = found.trials.toSorted((a, b) => b.accuracy - a.accuracy || a.loss - b.loss)[0]
    expect(found.trials).toHaveLength(2)
    expect(found.chosen.rate).toBe(best?.rate)
    const alone = await train(taskOf(labelled), heldAt(method('baseline', two), found.chosen))
    expect(found.numbers).toEqual(alone.numbers)
  })

  it('trains the chosen setting on all labels, those that judged it too: meaningless ones are learnt by heart', async () => {
    const task = taskOf(noise(4, 40), 0, wide)
    const settings = { ...options, steps: 150, batch: 40 }
    const { chosen, params } = right(await trainMethod(task, method('baseline', [at(2e-2)]), settings)())
    const { accuracy } = await evaluate(chosen.model, params, task.labelled, task.normalisation)
    expect(accuracy).toBe(1)
    disposeParams(params)
  })

  it('is judged even where it has a single trial, so that any* can choose it; others are not', async () => {
    expect((await train(taskOf(labelled), method('baseline', [at(1e-2)]))).trials).toHaveLength(1)
    for (const role of ['candidate', 'control', 'recipe'] as const)
      expect((await train(taskOf(labelled), method(role, [at(1e-2)]))).trials).toEqual([])
  })

  it('costs the seconds of its search too', async () => {
    const remembered: TrialMemory = {
      find: () => Promise.resolve({ accuracy: 0.5, loss: 1, seconds: 1000 }),
      keep: () => Promise.resolve(),
      checkpoint: () => undefined,
    }
    const { seconds } = await train(taskOf(labelled), method('baseline', two), { memory: remembered })
    expect(seconds).toBeGreaterThan(2000)
    expect(seconds).toBeLessThan(2100)
  })
})

describe('a method that looks at the labelled examples', () => {
  const task = (): TrainingTask => taskOf(labelled)
  const looking = (adapt: NonNullable<Method['adapt']>): Method => ({ ...method('candidate', [at(1e-2)]), adapt })

  it('sees all of them and trains the plan that it changes', async () => {
    const seen: unknown[] = []
    const found = await train(
      task(),
      looking(({ blocks, head }, { labelled: examples, key: own }) => {
        seen.push([examples.labels.length, own])
        return Promise.resolve({ blocks: blocks.map(() => share), head })
      }),
    )
    expect(seen).toEqual([[20, keysOf(0).adaptation]])
    expect(found.numbers.map(({ length }) => length)).toEqual([6 * 2, 2]) // the head alone
    const keys = Object.values(keysOf(0)).map((own) => JSON.stringify(own))
    expect(new Set(keys).size).toBe(3)
  })

  it('gets examples of its own: what it does to them changes no other training', async () => {
    const own = task()
    const before = structuredClone(own.labelled)
    await train(
      own,
      looking((plan, { labelled: examples }) => {
        examples.features.fill(7)
        examples.labels.fill(0)
        return plan
      }),
    )
    expect(own.labelled).toEqual(before)
  })

  it('counts the seconds of the look', async () => {
    const { seconds } = await train(
      task(),
      looking((plan) => {
        vi.spyOn(performance, 'now').mockReturnValueOnce(performance.now() + 100_000)
        return plan
      }),
    )
    vi.restoreAllMocks()
    expect(seconds).toBeGreaterThan(99)
  })

  it('says what the examples do not allow, by the name of the method; what else it throws is a bug', async () => {
    const refused = looking(() => Promise.reject(new RunError('too few')))
    expect(await trainMethod(task(), refused, options)()).toMatchObject({ left: { message: 'mine: too few' } })
    const broken = looking(() => {
      throw new TypeError('a slip')
    })
    await expect(trainMethod(task(), broken, options)()).rejects.toThrow('a slip')
  })

  it('is no tuned baseline, whose search would be judged by labels that it saw', async () => {
    const searching = { ...looking((plan) => plan), role: 'baseline' as const }
    await expect(trainMethod(task(), searching, options)()).rejects.toThrow('no `adapt` in a tuned baseline')
  })
})

describe('a training', () => {
  const once = method('candidate', [at(1e-2)])

  it('follows from its seed', async () => {
    const [first, again, other] = [
      await train(taskOf(labelled, 3), once),
      await train(taskOf(labelled, 3), once),
      await train(taskOf(labelled, 4), once),
    ]
    expect(again.numbers).toEqual(first.numbers)
    expect(other.numbers).not.toEqual(first.numbers)
  })

  it('takes the steps that it is told to and starts a head at zero where that is asked for', async () => {
    const { losses } = await train(taskOf(labelled), once, { steps: 7, zeroHead: true })
    expect(losses).toHaveLength(7)
    expect((await train(taskOf(labelled), once, { steps: 1100 })).losses).toHaveLength(1100)
    expect(losses[0]).toBeCloseTo(Math.log(2), 5)
  })

  it('learns from the examples of its draw', () => {
    const pool = blobs(key(2), 30)
    const drawn = [1, 2].map((seed) => right(fewShot(keysOf(seed).draw, pool, 5)))
    expect(drawn[0]?.features).not.toEqual(drawn[1]?.features)
    expect(drawn[0]?.features).toEqual(right(fewShot(keysOf(1).draw, pool, 5)).features)
  })
})
