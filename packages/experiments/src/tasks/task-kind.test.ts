import { describe, expect, it } from 'vitest'

import { trainedHere } from './regime.ts'
import { taskKindOf, taskKinds } from './task-kind.ts'

describe('the training steps', () => {
  it.each([
    ['classify', [1, 10, 11, 50, 51, 100, 101, 500], [300, 300, 450, 450, 700, 700, 1500, 1500]],
    ['tag', [1, 50, 51, 500], [150, 150, 300, 300]],
  ] as const)('of a task to %s grow with its labels', (name, shots, steps) => {
    const kind = taskKinds[name]
    expect(shots.map((count) => kind?.steps(count))).toEqual(steps)
    expect(kind && shots.map((count) => trainedHere(kind).steps(count))).toEqual(steps)
  })

  it('of a source trained here are at 4e-3, where tuned baselines choose 1e-3 or 4e-3', () => {
    expect(trainedHere(taskKindOf({}))).toMatchObject({ rate: 4e-3, rates: [1e-3, 4e-3], batch: 32, rescales: true })
  })
})
