import { key } from '@ptu/core'
import {
  bidirectional,
  dense,
  gru,
  infer,
  lastStep,
  lstm,
  serial,
  shapesOf,
  simpleRnn,
  timeDistributed,
  type Layer,
} from '@ptu/layers'
import { disposeParams, normal, scope } from '@ptu/tensor'
import { slice, tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { freeze, disposeSource } from './freeze.ts'
import { initBody, withHead } from './body.ts'
import { rescale, rescaleProblem } from './rescale.ts'
import { rowReader, tagger, textReader } from './sequence-bodies.ts'

describe('rowReader', () => {
  it('takes images with and without an axis of channels', () => {
    const layers = rowReader(6).map(({ layer }) => layer)
    expect(shapesOf(layers, [28, 28])).toEqual([[6]])
    expect(shapesOf(layers, [28, 28, 1])).toEqual([[6]])
  })

  it('cannot be rescaled, and says which layer is why', () => {
    const source = freeze(rowReader(3), initBody(rowReader(3), key(1), [4, 4]))
    expect(rescaleProblem(source)).toMatch(/^block rows: gru cannot be rescaled without changing its function/)
    disposeSource(source)
  })

  it.each<readonly [string, Layer]>([
    ['simpleRnn', simpleRnn(2)],
    ['gru', serial(gru(2), lastStep())],
    ['lstm', lstm(2)],
    ['(lstm|bidirectional.*)', bidirectional(lstm(2))],
  ])('like every body with a %s', async (named, layer) => {
    const body = [{ name: 'memory', layer }]
    const source = freeze(body, initBody(body, key(1), [4, 3]))
    const x = normal(key(2), [2, 4, 3])
    await expect(rescale(source, x)).rejects.toThrow(
      new RegExp(
        `^block memory: ${named} cannot be rescaled without changing its function; compare without rescaling$`,
      ),
    )
    x.dispose()
    disposeSource(source)
  })

  it('reads the rows in their order', () => {
    const body = withHead(rowReader(3), dense(2))
    const params = body.init(key(1), [4, 4])
    scope(() => {
      const x = normal(key(2), [1, 4, 4])
      const y = body.apply(params, x, infer)
      const first = body.apply(params, slice(x, [0, 0, 0], [1, 3, 4]), infer)
      expect([...y.dataSync()]).not.toEqual([...first.dataSync()])
    })
    disposeParams(params)
  })
})

describe('textReader', () => {
  const network = withHead(textReader({ vocabulary: 9, features: 4, units: 3 }), dense(2))

  it('gives a text the same scores however far it is padded, other ones in another order', () => {
    const params = network.init(key(1), [3])
    expect([
      network.output([7]),
      shapesOf(
        textReader({ vocabulary: 9 }).map(({ layer }) => layer),
        [5],
      ).at(-1),
    ]).toEqual([[2], [64]])
    scope(() => {
      const short = network.apply(params, tensor([[4, 1, 8]]), infer)
      expect(network.apply(params, tensor([[4, 1, 8, 0, 0]]), infer)).toBeAllClose(short, { absolute: 1e-6 })
      expect([...network.apply(params, tensor([[1, 4, 8]]), infer).dataSync()]).not.toEqual([...short.dataSync()])
    })
    disposeParams(params)
  })
})

describe.each(['gru', 'lstm'] as const)('tagger with %s', (cell) => {
  const network = withHead(
    tagger({ vocabulary: 9, features: 4, units: 3, cell }),
    timeDistributed(dense(5), { masked: true }),
  )

  it('gives scores for every token', () => {
    expect(network.output([7])).toEqual([7, 5])
  })

  it('gives a sentence the same scores however far it is padded', () => {
    const params = network.init(key(1), [3])
    scope(() => {
      const short = network.apply(params, tensor([[4, 1, 8]]), infer)
      const long = network.apply(params, tensor([[4, 1, 8, 0, 0]]), infer)
      expect(slice(long, [0, 0, 0], [1, 3, 5])).toBeAllClose(short, { absolute: 1e-6 })
      expect([...slice(long, [0, 3, 0]).dataSync()].every((score) => score === 0)).toBe(true)
    })
    disposeParams(params)
  })

  it('refuses a token that is not in its vocabulary', () => {
    const params = network.init(key(1), [3])
    scope(() => {
      expect(() => network.apply(params, tensor([[4, 9, 0]]), infer)).toThrow(
        'embedding(9, 4): expected tokens from 0 to 8, got 9',
      )
    })
    disposeParams(params)
  })
})
