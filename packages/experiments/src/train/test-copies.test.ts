import type { Dataset } from '@ptu/data'
import { describe, expect, it } from 'vitest'

import { rightOf } from '../../tests/small-network.ts'
import type { Judged } from './judgement.ts'
import { copiesFound, withCopies } from './test-copies.ts'
import type { TrainContext } from './train.ts'

/** Points in the plane, whose angle tells what is like what. */
const points = (...rows: readonly (readonly [number, number])[]): Dataset => ({
  shape: [2],
  features: Float32Array.from(rows.flat()),
  labels: new Int32Array(rows.length),
  classes: ['a', 'b'],
})

const contextOf = (kind: 'photos' | 'table', training: Dataset): TrainContext =>
  ({
    spec: { reading: { kind } },
    tools: {},
    source: { regime: { probe: 'inputs' } },
    opened: { network: { input: { normalisation: { mean: 0, deviation: 1 } } } },
    vectors: training,
    data: { files: ['east', 'north', 'almost'], testFiles: ['first', 'second', 'third'] },
    held: { near: [[0, 2]], apart: 1, problem: null },
  }) as unknown as TrainContext

const training = points([1, 0], [0, 1], [1, 0.2])

// The first and the third test example are like training examples; the first is judged wrong.
const examples = points([1, 0.05], [-1, -1], [0, 2])
const judged: Judged = {
  probabilities: Float32Array.of(0.1, 0.9, 0.8, 0.2, 0.7, 0.3),
  labels: new Int32Array(3),
  classes: 2,
}

describe('test pictures that have near copies among those of the training', () => {
  it('are named with the nearest one, and a judgement is given without them', async () => {
    const context = contextOf('photos', training)
    const tested = rightOf(await withCopies(context, examples, judged)())
    expect(tested.judgement).toMatchObject({ count: 3, accuracy: 2 / 3 })
    expect(tested.without).toMatchObject({ count: 1, accuracy: 1 })
    const { test, testWithout, together, apart } = copiesFound(context, tested)
    expect(test.map(({ file, like }) => [file, like])).toEqual([
      ['first', 'east'],
      ['third', 'north'],
    ])
    expect(test[1]?.similarity).toBeCloseTo(1, 6)
    expect([testWithout, together, apart]).toEqual([tested.without, [['east', 'almost']], 1])
    expect([...judged.probabilities]).not.toContain(NaN)
  })

  it('are none where all are unlike, and there is no judgement without them', async () => {
    const tested = rightOf(await withCopies(contextOf('photos', points([0, 1])), points([1, 0]), judged)())
    expect([tested.copies, tested.without]).toEqual([[], null])
  })

  it('are not looked for among rows, which may be nearly equal', async () => {
    const tested = rightOf(await withCopies(contextOf('table', training), examples, judged)())
    expect([tested.copies, tested.without, tested.problem]).toEqual([[], null, null])
  })
})
