import { StructureError } from '@ptu/core'
import { add, memory, mul, ones, scalar, tensor1d, zeros } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { bytesOf, cloneParams, countParams, disposeParams, mapParams, zipParams } from './params.ts'

const tree = () => ({ kernel: ones([2, 3]), inner: [tensor1d([1, 2]), scalar(4)] })

describe('parameter trees', () => {
  it('map every leaf with its path and free what was made on the way', () => {
    const params = tree()
    const before = memory().numTensors
    const paths: string[] = []
    const doubled = mapParams(params, (leaf, path) => {
      paths.push(path.join('/'))
      return mul(add(leaf, leaf), 1)
    })
    expect(memory().numTensors - before).toBe(3)
    expect(paths).toEqual(['kernel', 'inner/0', 'inner/1'])
    expect(doubled.inner[0]).toBeAllClose([2, 4])
    disposeParams([params, doubled])
  })

  it('zip leaf by leaf, and refuse another structure', () => {
    const [a, b] = [tree(), tree()]
    const sum = zipParams(a, b, (x, y) => add(x, y))
    expect(sum.inner[1]).toBeAllClose([8])
    expect(() => zipParams(a, { kernel: b.kernel }, add)).toThrow(StructureError)
    disposeParams([a, b, sum])
  })

  it('are cloned so that freeing either leaves the other whole', () => {
    const params = tree()
    const copy = cloneParams(params)
    disposeParams(params)
    expect(copy.inner[0]).toBeAllClose([1, 2])
    disposeParams(copy)
  })

  it('count their numbers and bytes, also when empty', () => {
    const params = { ...tree(), none: zeros([0, 5]) }
    expect([countParams(params), bytesOf(params)]).toEqual([9, 36])
    expect([countParams({}), bytesOf([])]).toEqual([0, 0])
    disposeParams(params)
  })
})
