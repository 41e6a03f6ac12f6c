import { key, OptionError } from '@ptu/core'
import { dense } from '@ptu/layers'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { blobs } from '../../tests/blobs.ts'
import { messageIn, rightOf } from '../../tests/small-network.ts'
import { columnsOf, type Measure } from './measure.ts'
import { changedFor, checkMeasures, measureModel, measuresNamed } from './measure-model.ts'

const measure = (name: string, taken: Measure['measure'], columns = ['one', 'two']): Measure => ({
  name,
  columns: columns.map((column) => ({ name: column, title: column, unit: 'part' })),
  problem: ({ classes }) => (classes.length === 2 ? undefined : 'expected two classes'),
  measure: taken,
})

const examples = blobs(key(0), 3)
const others = blobs(key(1), 2)
const model = { network: dense(2), params: [], examples, normalisation: { mean: 0, deviation: 1 } }
const task = { train: examples, test: examples, digest: 'x' }

const counting = measure('counting', ({ examples: { labels }, changed }) =>
  Promise.resolve([labels.length, changed[0]?.labels.length ?? 0]),
)
const withSets: Measure = { ...counting, name: 'sets', changed: () => [others] }

describe('measures of a model', () => {
  it('are taken in their order on the test examples and on the sets of their own', async () => {
    const measures = [withSets, counting]
    const sets = changedFor(measures, task) ?? []
    expect(sets.map(({ datasets }) => datasets)).toEqual([[others], []])
    expect(rightOf(await measureModel(model, sets, [counting, withSets])())).toEqual([
      { name: 'sets.one', value: 6 },
      { name: 'sets.two', value: 4 },
      { name: 'counting.one', value: 6 },
      { name: 'counting.two', value: 0 },
    ])
    expect(columnsOf(measures).map(({ name }) => name)).toEqual([
      'sets.one',
      'sets.two',
      'counting.one',
      'counting.two',
    ])
    expect(changedFor([], task)).toBeUndefined()
  })

  it('are refused where a number is missing or not finite, and where the model has none', async () => {
    const sets = [{ measure: 'odd', datasets: [] }]
    const taking = async (taken: Measure['measure']): Promise<string> =>
      messageIn(await measureModel(model, sets, [measure('odd', taken)])())
    expect(await taking(() => Promise.resolve([1, NaN]))).toBe('odd.two: expected a finite number, got NaN')
    expect(await taking(() => Promise.resolve([1]))).toBe('odd.two: expected a finite number, got undefined')
    expect(await taking(() => Promise.reject(new OptionError('no parameters')))).toBe('--measure odd: no parameters')
    await expect(taking(() => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug')
  })

  it('are found by name, with the list and the nearest for another', () => {
    expect(rightOf(measuresNamed(['sets', 'counting'], [counting, withSets]))).toEqual([withSets, counting])
    expect(messageIn(measuresNamed(['countin'], [counting, withSets]))).toMatch(
      /^--measure: expected counting, sets; got "countin".*counting/,
    )
  })

  it('are refused for a task of which they cannot be taken', () => {
    expect(E.isRight(checkMeasures([counting], task))).toBe(true)
    const sets = { kind: 'multi-label' as const, values: new Float64Array(12) }
    expect(messageIn(checkMeasures([counting], { ...task, test: { ...examples, targets: sets } }))).toBe(
      '--measure counting: expected one class for each example, got a task of the kind multi-label; leave it out',
    )
    const three = { ...task, test: { ...examples, classes: ['a', 'b', 'c'] } }
    expect(messageIn(checkMeasures([counting], three))).toBe('--measure counting: expected two classes')
  })
})
