import { key } from '@ptu/core'
import { disposeParams } from '@ptu/tensor'
import { describe, expect, it } from 'vitest'

import { prelu } from './prelu.ts'

const slopesOf = (layer: ReturnType<typeof prelu>): readonly number[] => {
  const params = layer.init(key(0), [4, 5, 3])
  const { shape } = params.slope
  disposeParams(params)
  return shape
}

describe('the slopes of prelu', () => {
  it('are one for each channel unless told, which all positions share', () => {
    expect(slopesOf(prelu())).toEqual([1, 1, 3])
  })

  it('are shared along the axes that are named, and no others', () => {
    expect(slopesOf(prelu({ shared: [1] }))).toEqual([4, 1, 3])
    expect(slopesOf(prelu({ shared: [] }))).toEqual([4, 5, 3])
  })
})
