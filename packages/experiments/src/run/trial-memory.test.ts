import { CorruptFileError } from '@ptu/tensor'
import { CheckpointError } from '@ptu/trainer'
import { describe, expect, it } from 'vitest'

import { trialMemory } from './trial-memory.ts'
import { memoryStore } from './store.ts'

const quiet = (): void => undefined

describe('the memory of trials', () => {
  it('gives back a judgement under its job, label and record only', async () => {
    const store = memoryStore()
    const judged = { accuracy: 0.5, loss: 1.25, seconds: 2 }
    const memory = trialMemory(store, { steps: 1 }, 'seed0-share', quiet)
    await memory.keep('depth 1, rate 0.001', judged)
    expect(await memory.find('depth 1, rate 0.001')).toEqual(judged)
    expect(await memory.find('depth 1, rate 0.01')).toBeUndefined()
    expect(await trialMemory(store, { steps: 1 }, 'seed1-share', quiet).find('depth 1, rate 0.001')).toBeUndefined()
    expect(await trialMemory(store, { steps: 2 }, 'seed0-share', quiet).find('depth 1, rate 0.001')).toBeUndefined()
  })

  it('remembers a training that diverged as one', async () => {
    const memory = trialMemory(memoryStore(), {}, 'a', quiet)
    await memory.keep('rate 9', { accuracy: 0, loss: Infinity, seconds: 1 })
    expect(await memory.find('rate 9')).toEqual({ accuracy: 0, loss: Infinity, seconds: 1 })
  })

  it('has no checkpoint where there are no files', () => {
    expect(trialMemory(memoryStore(), {}, 'a', quiet).checkpoint('rate 1', 'search')).toBeUndefined()
  })

  it('keeps the checkpoint of a job under the trial, the phase and the record it is of', () => {
    const warnings: string[] = []
    const store = { ...memoryStore(), checkpoint: (name: string) => `/run/${name}` }
    const memory = trialMemory(store, { steps: 1 }, 'seed0-ptu', (text) => warnings.push(text))
    const checkpoint = memory.checkpoint('rate 1', 'search')
    expect(checkpoint).toMatchObject({
      path: '/run/seed0-ptu',
      ...{ every: 1, seconds: 0.25 },
      resume: true,
      settings: { trial: 'rate 1', phase: 'search', record: '{"steps":1}' },
    })
    checkpoint?.onUnusable?.(new CorruptFileError('it is cut short'))
    checkpoint?.onUnusable?.(new CheckpointError('it is of another trial'))
    expect(warnings).toEqual(['it is cut short; the training begins anew'])
  })
})
