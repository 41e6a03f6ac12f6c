import { relu } from '@ptu/layers'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { messageIn, rightOf, smallBody, smallInput } from '../../tests/small-network.ts'
import { cutBlocks, cutPlaces, type Cuts } from './cut-blocks.ts'

const names = ['stem', 'one', 'two', 'three', 'four']

describe('the cuts of a network', () => {
  it('are named or numbered from 1, in any order, and end where the network does', () => {
    expect(cutPlaces(names, { cut: ['4', 'one'] })).toEqual(E.right({ last: 4, ends: [1, 3, 4] }))
    expect(cutPlaces(names, { cut: ['stem', '1', '2'], until: '4' })).toEqual(E.right({ last: 3, ends: [0, 1, 3] }))
    expect(cutPlaces(names, { cut: ['three'], until: 'three' })).toEqual(E.right({ last: 3, ends: [3] }))
  })

  it('are those of the network where none are asked for', () => {
    expect(cutPlaces(names, {})).toEqual(E.right({ last: 4, ends: undefined }))
    expect(cutPlaces(names, { until: 'one' })).toEqual(E.right({ last: 1, ends: undefined }))
  })

  it('prefer a name that is a number to the number', () => {
    expect(cutPlaces(['a', 'b', '1'], { until: '1' })).toEqual(E.right({ last: 2, ends: undefined }))
  })

  it('are refused with what there is and the nearest name', () => {
    expect(messageIn(cutPlaces(names, { until: 'thre' }))).toBe(
      '--until: expected a name or a number from 1 to 5 among stem, one, two, three, four; got "thre"; did you mean "three"?',
    )
    for (const word of ['0', '6', '-1', '1.5', '', 'constructor'])
      expect(messageIn(cutPlaces(names, { cut: [word] })), word).toMatch(
        /^--cut: expected a name or a number from 1 to 5/,
      )
    expect(messageIn(cutPlaces(names, { cut: ['four'], until: 'two' }))).toBe(
      '--cut: expected blocks that end before two, where the network ends, got four',
    )
  })

  it('are listed up to a dozen names', () => {
    const many = Array.from({ length: 40 }, (_, i) => `b${i}`)
    expect(messageIn(cutPlaces(many, { until: 'x' }))).toContain('b11, … (28 more; ptu inspect lists them)')
  })
})

describe('a network that is cut', () => {
  const pieces = smallBody.map(({ name, layer }, i) => ({ name, layer, params: [i] as never }))
  const cut = (cuts: Cuts) => rightOf(cutBlocks(pieces, cuts))

  it('has blocks called like their last pieces, with the layers and parameters of all of theirs', () => {
    const blocks = cut({ cut: ['two'] })
    expect(blocks.map(({ name }) => name)).toEqual(['two', 'three'])
    expect(blocks[0]?.layer.spec).toEqual({
      type: 'serial',
      layers: smallBody.slice(0, 2).map(({ layer }) => layer.spec),
    })
    expect(blocks.map(({ params }) => params)).toEqual([[[0], [1]], [2]])
    expect(blocks.reduce((at, { layer }) => layer.output(at), smallInput.shape)).toEqual([2, 2, 6])
  })

  it('leaves out what comes after its end', () => {
    expect(cut({ until: '2' })).toEqual(pieces.slice(0, 2))
    expect(cut({ cut: ['1'], until: 'one' })).toEqual(pieces.slice(0, 1))
    expect(cut({})).toEqual(pieces)
  })

  it('keeps a layer that is a block by itself as it is', () => {
    const [block] = rightOf(cutBlocks([{ name: 'a', layer: relu, params: [] }], { cut: ['a'] }))
    expect(block?.layer).toBe(relu)
  })
})
