import { key } from '@ptu/core'
import { moments, toTensors } from '@ptu/data'
import { initBody, mlp } from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import { mean, square } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { right } from '../../tests/right.ts'
import { portable, type PortableNetwork } from '../sources/portable-network.ts'
import { closeTask, fewShotTask, type FewShotTask } from './few-shot-task.ts'
import { taskData, type TaskData } from './task-data.ts'

const body = mlp([6, 5])
const pool = blobs(key(1), 40, { classes: ['a', 'b', 'c'], spread: 2 })
const examples = blobs(key(2), 30, { classes: ['a', 'b', 'c'], spread: 9 })

let network: PortableNetwork
let target: TaskData

beforeAll(async () => {
  const params = initBody(body, key(0), [4])
  const input = { shape: [4], normalisation: moments(pool), vocabulary: null, image: null }
  network = await portable(body, params, input)
  disposeParams(params)
  target = await taskData({ train: pool, test: examples })
})

const open = async (seed: number, rescales = true, shots = 7): Promise<FewShotTask> =>
  right(await fewShotTask({ network, target, shots, rescales }, seed)())

/** The size of each block's outputs on the labelled examples: the root of the mean square. */
const sizes = ({ source, labelled, normalisation }: FewShotTask): readonly number[] => {
  const { x, y } = toTensors(labelled, normalisation)
  const activations = source.activations(x)
  const squares = activations.map((activation) => {
    const squared = square(activation)
    const found = mean(squared)
    const value = Math.sqrt(found.dataSync()[0] ?? NaN)
    disposeParams([squared, found])
    return value
  })
  disposeParams([x, y, [...activations]])
  return squares
}

describe('a few-shot task', () => {
  it('has numbers at the mean and the deviation of its own labels', async () => {
    const values = Float64Array.from({ length: 120 }, (_, i) => 100 + ((7 * i) % 120))
    const numbers = {
      ...pool,
      classes: ['y'],
      labels: new Int32Array(120),
      targets: { kind: 'regress' as const, values },
    }
    const data = await taskData({ train: numbers, test: numbers })
    const task = right(await fewShotTask({ network, target: data, shots: 2, rescales: false }, 1)())
    const { values: drawn = [], scale } = task.labelled.targets ?? {}
    expect([task.kind.name, drawn.length]).toEqual(['regress', 20])
    expect(scale?.mean).toBeCloseTo(
      [...drawn].reduce((sum, y) => sum + y / 20, 0),
      9,
    )
    expect(scale?.mean).not.toBeCloseTo(159.5, 3)
    closeTask(task)
  })

  it('has so many labels of each class, drawn from the training part by its seed', async () => {
    const [first, again, other] = [await open(5), await open(5), await open(6)]
    expect([0, 1, 2].map((label) => first.labelled.labels.filter((each) => each === label).length)).toEqual([7, 7, 7])
    expect(again.labelled.features).toEqual(first.labelled.features)
    expect(other.labelled.features).not.toEqual(first.labelled.features)
    const known = new Set(Array.from({ length: 120 }, (_, i) => pool.features.subarray(4 * i, 4 * i + 4).join()))
    for (let i = 0; i < 21; i++) expect(known).toContain(first.labelled.features.subarray(4 * i, 4 * i + 4).join())
    for (const task of [first, again, other]) closeTask(task)
  })

  it('has keys of its own for what is random in its training', async () => {
    const [first, other] = [await open(5), await open(6)]
    const keys = [first, other].flatMap((task) => Object.values(task.keys).map((each) => JSON.stringify(each)))
    expect(keys).toHaveLength(6)
    expect(new Set(keys).size).toBe(6)
    closeTask(first)
    closeTask(other)
  })

  it('has blocks of unit size on the labelled inputs, as the network sees them', async () => {
    const task = await open(5)
    for (const size of sizes(task)) expect(size).toBeCloseTo(1, 5)
    closeTask(task)
  })

  it('has the blocks as they are where nothing is to be rescaled', async () => {
    const task = await open(5, false)
    for (const size of sizes(task)) expect(Math.abs(size - 1)).toBeGreaterThan(0.01)
    closeTask(task)
  })

  it('gives its test examples once', async () => {
    const task = await open(5)
    expect(task.test.open()).toBe(target.test)
    expect(() => task.test.open()).toThrow('opened before')
    closeTask(task)
  })
})
