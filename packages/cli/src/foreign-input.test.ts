import { normalisationFor, type PixelRange } from '@ptu/experiments'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { foreignInput } from './foreign-input.ts'

const asked = (shape: readonly number[], range?: PixelRange, usual: PixelRange = 'imagenet') =>
  foreignInput('net', { shape, range, usual, fit: { fit: 'crop' } })

const taken = (...given: Parameters<typeof asked>) => {
  const found = asked(...given)
  if (E.isLeft(found)) throw found.left
  return found.right
}

const refused = (...given: Parameters<typeof asked>): string => {
  const found = asked(...given)
  return E.isLeft(found) ? found.left.message : ''
}

describe('the input of a network that says nothing but its shape', () => {
  it('is images in the usual range, with a warning that names the others', () => {
    const { input, warnings } = taken([8, 6, 3])
    expect(input).toEqual({
      ...{ shape: [8, 6, 3], vocabulary: null, image: { size: [8, 6], channels: 3, fit: 'crop' } },
      normalisation: normalisationFor('imagenet'),
    })
    expect(warnings).toEqual([
      'net does not say what it expects of its pixels: imagenet is taken; if that is wrong, say so with --range 0..1 or -1..1 or 0..255 or imagenet',
    ])
  })

  it('is images in the range that was named, without a warning', () => {
    const { input, warnings } = taken([8, 6, 3], '0..255')
    expect([input.normalisation, warnings]).toEqual([normalisationFor('0..255'), []])
  })

  it('of one channel has one step for all pixels, and no range of three', () => {
    expect(taken([8, 6, 1]).input.normalisation).toEqual({ mean: 0, deviation: 255 })
    expect(taken([8, 6, 1], '-1..1').input.normalisation).toEqual({ mean: 127.5, deviation: 127.5 })
    expect(taken([8, 6, 1], undefined, '-1..1').input.normalisation).toEqual({ mean: 127.5, deviation: 127.5 })
    expect(refused([8, 6, 1], 'imagenet')).toContain('imagenet is a range of three channels, the network reads one')
  })

  it('is measurements where it is no image, as they are, and has no range of pixels', () => {
    for (const shape of [[6], [8, 6, 4], [8, 6, 2], [2, 8, 6, 3]]) {
      const { input, warnings } = taken(shape)
      expect(input).toEqual({ shape, vocabulary: null, image: null, normalisation: { mean: 0, deviation: 1 } })
      expect(warnings).toEqual(['net does not say how its inputs were scaled: they are taken as they are'])
      expect(refused(shape, '0..1')).toContain(`net reads ${shape.join(' × ')} and no images`)
    }
  })
})
