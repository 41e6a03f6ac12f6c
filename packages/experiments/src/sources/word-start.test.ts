import { key } from '@ptu/core'
import { initBody } from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import { describe, expect, it } from 'vitest'

import { bodies } from './bodies.ts'
import { startAtVectors } from './word-start.ts'

const known = Uint8Array.of(0, 0, ...Array<number>(398).fill(1))
const values = Float32Array.from({ length: 1600 }, (_, i) => (i < 8 ? 0 : 3 * Math.sin(i)))

describe('a table of tokens that starts at vectors', () => {
  it('holds each vector at its token, and draws the others as widely spread', () => {
    const sparse = known.map((is, token) => (token % 2 === 0 ? is : 0))
    const table = startAtVectors({
      width: 4,
      values: values.map((v, i) => v * (sparse[i >> 2] ?? 0)),
      known: sparse,
      notes: [],
    })(key(0), [400, 4], { in: 1, out: 4 })
    const start = table.dataSync()
    expect([...start.subarray(8, 12)]).toEqual([...values.subarray(8, 12)])
    const drawn = [...start].filter((_, i) => sparse[i >> 2] === 0)
    const spread = Math.sqrt(drawn.reduce((sum, v) => sum + v * v, 0) / drawn.length)
    expect(spread).toBeGreaterThan(0.85 * (3 / Math.SQRT2))
    expect(spread).toBeLessThan(1.15 * (3 / Math.SQRT2))
    table.dispose()
  })

  it('is the first layer of an LSTM over texts, as wide as the vectors', () => {
    const vocabulary = Array.from({ length: 400 }, (_, i) => `t${i}`)
    const recipe = bodies.find(({ name }) => name === 'text-lstm')
    const body = recipe?.body({ shape: [6], vocabulary, vectors: { width: 4, values, known, notes: [] } }) ?? []
    expect(body[0]?.layer.spec).toMatchObject({ type: 'embedding', vocabulary: 400, features: 4 })
    const params = initBody(body, key(1), [6])
    const [{ table } = { table: undefined }] = params as unknown as readonly {
      readonly table: { dataSync: () => Float32Array }
    }[]
    expect([...(table?.dataSync().subarray(8) ?? [])]).toEqual([...values.subarray(8)])
    disposeParams(params)
  })
})
