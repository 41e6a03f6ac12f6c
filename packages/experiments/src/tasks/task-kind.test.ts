import { describe, expect, it } from 'vitest'

import { pretrained, pretrainedOnTexts, trainedHere } from './regime.ts'
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

  it('of a pretrained network are few, three more for each label beyond 20, and 600 at the most', () => {
    const shots = [1, 10, 11, 20, 21, 50, 180, 181, 500]
    for (const { steps } of [pretrained, pretrainedOnTexts])
      expect(shots.map(steps)).toEqual([80, 80, 120, 120, 123, 210, 600, 600, 600])
    expect(pretrained).toMatchObject({ rate: 3e-4, rates: [3e-4, 1e-3], batch: 16, zeroHead: true, rescales: false })
    expect(pretrainedOnTexts).toMatchObject({ rate: 1e-4, rates: [3e-5, 1e-4, 3e-4], batch: 16, zeroHead: true })
  })
})
