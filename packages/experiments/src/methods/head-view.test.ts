import { key } from '@ptu/core'
import { conv2d, relu, serial } from '@ptu/layers'
import { disposeSource, freeze, initBody, mlp } from '@ptu/networks'
import { normal, scope } from '@ptu/tensor'
import { mean } from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'

import { asHeadReads } from './head-view.ts'

const convolutions = [2, 3, 4].map((channels, i) => ({ name: `conv${i}`, layer: serial(conv2d(channels, 1), relu) }))

it('a source of maps gives the mean over positions at its last block, the others as they are', () => {
  const shape = [3, 2, 1]
  const source = freeze(convolutions, initBody(convolutions, key(0), shape))
  const seen = asHeadReads(source, shape)
  expect(seen.blocks.map(({ name }) => name)).toEqual(['conv0', 'conv1', 'conv2'])
  const { got, wanted } = scope(() => {
    const x = normal(key(1), [5, ...shape])
    const [first, second, last] = source.activations(x)
    return {
      got: seen.activations(x).map((activation) => [...activation.dataSync()]),
      wanted: [first, second, last && mean(last, [1, 2])].map((activation) => [...(activation?.dataSync() ?? [])]),
    }
  })
  expect(got[0]).toEqual(wanted[0])
  expect(got[1]).toEqual(wanted[1])
  expect(got[2]).toBeAllClose(wanted[2] ?? [])
  disposeSource(source)
})

it('a source of vectors stays as it is', () => {
  const source = freeze(mlp([4, 3]), initBody(mlp([4, 3]), key(0), [2]))
  expect(asHeadReads(source, [2])).toBe(source)
  disposeSource(source)
})
