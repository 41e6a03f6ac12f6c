import { key } from '@ptu/core'
import { dense, flatten, serial } from '@ptu/layers'
import { disposeSource } from '@ptu/networks'
import { fineTune, share } from '@ptu/strategies'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { colours, rightOf, smallNetwork } from '../../tests/small-network.ts'
import { openNetwork } from '../sources/portable-network.ts'
import { costOfOption, type OptionCost } from './option-costs.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** The cost where four steps take so many seconds. */
const costWith = async (
  blocks: Parameters<typeof costOfOption>[0],
  seconds: readonly number[],
): Promise<OptionCost> => {
  const { input, ...network } = await smallNetwork()
  const source = rightOf(await openNetwork({ input, ...network })())
  const clock = seconds.flatMap((_, i) => {
    const began = 1000 * seconds.slice(0, i).reduce((sum, x) => sum + x, 0)
    return [began, began + 1000 * (seconds[i] as number)]
  })
  vi.spyOn(performance, 'now').mockImplementation(() => clock.shift() ?? NaN)
  const context = {
    source,
    labelled: colours(2, 3),
    normalisation: input.normalisation,
    head: serial(flatten, dense(2)),
  }
  const found = await costOfOption(blocks, { ...context, rate: 1e-3, batch: 4, key: key(0) })
  disposeSource(source)
  return found
}

describe('the cost of an option', () => {
  it('is the median of three steps, the first one left out', async () => {
    expect((await costWith([share, share, share], [9, 1, 4, 2])).seconds).toBeCloseTo(2, 9)
    expect((await costWith([share, share, share], [9, 2, 1, 4])).seconds).toBeCloseTo(2, 9)
  })

  it('counts the numbers that are trained, and those of the head', async () => {
    const frozen = await costWith([share, share, share], [1, 1, 1, 1])
    expect(frozen.trainable).toBe(frozen.head)
    const all = await costWith([fineTune, fineTune, fineTune], [1, 1, 1, 1])
    // 3·3·3·6 + 6, 3·3·6·6 + 6 and 6·6 + 6 beside the head
    expect([all.head, all.trainable - all.head]).toEqual([frozen.head, 168 + 330 + 42])
  })
})
