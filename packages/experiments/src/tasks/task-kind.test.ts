import { describe, expect, it } from 'vitest'

import { fromScratch, pretrained, pretrainedOnTexts, trainedHere } from './regime.ts'
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

  it('of a pretrained network are few, more by three for each label over 20, and never over 600', () => {
    const shots = [1, 10, 11, 20, 21, 100, 180, 181, 1000]
    expect(shots.map((count) => pretrained.steps(count))).toEqual([80, 80, 120, 120, 123, 360, 600, 600, 600])
    expect(shots.map((count) => pretrainedOnTexts.steps(count))).toEqual(shots.map((count) => pretrained.steps(count)))
  })

  it('of pretrained networks are at low rates and start from a head of zeros', () => {
    expect(pretrained).toMatchObject({ rate: 3e-4, rates: [3e-4, 1e-3], batch: 16, rescales: false, zeroHead: true })
    expect(pretrainedOnTexts).toMatchObject({ rate: 1e-4, rates: [3e-5, 1e-4, 3e-4], batch: 16, zeroHead: true })
    expect(fromScratch(taskKindOf({}))).toMatchObject({ rate: 4e-3, rescales: false, zeroHead: false, probe: 'inputs' })
    expect([pretrained.probe, trainedHere(taskKindOf({})).probe]).toEqual(['features', 'inputs'])
  })
})

describe('a task of classes', () => {
  const { classify } = taskKinds

  it('takes convolutions for images from 8 pixels on, else a dense body', () => {
    const shapes = [[8, 8, 1], [7, 30, 3], [30, 7, 3], [8], [8, 8]]
    expect(shapes.map((shape) => classify?.body({ shape }))).toEqual(['lenet', 'mlp', 'mlp', 'mlp', 'mlp'])
  })

  it('has hits as values, and none where nothing was predicted', () => {
    const probabilities = Float32Array.of(0.9, 0.1, 0.6, 0.4, NaN, NaN)
    const judged = { probabilities, labels: Int32Array.of(0, 1, 1), classes: 2 }
    expect([...(classify?.values(judged) ?? [])]).toEqual([1, 0, NaN])
    expect(classify?.score(judged)).toBe(0.5)
  })

  it('trains by the middle one of the counts, the lower of two', () => {
    expect([[3, 100, 7], [9, 1, 4, 5], []].map((counts) => classify?.labelsEach(counts))).toEqual([7, 4, 0])
  })
})
