import { describe, expect, it } from 'vitest'

import { jobName } from './job.ts'

describe('the name of a job', () => {
  it('tells seed, method and depth', () => {
    expect(jobName({ seed: 3, method: 'ptu' })).toBe('seed3-ptu')
    expect(jobName({ seed: 3, method: 'share', held: { depth: 2, rate: 1e-3 } })).toBe('seed3-share-2')
    expect(jobName({ seed: 3, method: 'ptu', held: { depth: null, rate: 1e-3 } })).toBe('seed3-ptu')
  })
})
