import { Tree, key } from '@ptu/core'
import { conv2d, depthwiseConv2d, frozenBatchNorm, infer, relu6, residual, serial, type Layer } from '@ptu/layers'
import { disposeParams, mapParams, normal, scope, uniform } from '@ptu/tensor'
import { numbersOf } from '@ptu/testing'
import type { Tensor } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { disposeSource, freeze } from './freeze.ts'
import type { OpenBlock, SourceNetwork } from './source.ts'
import { foldNormalisations } from './fold-normalisations.ts'

/** A block with drawn parameters for maps of two channels, normalisations that do something included. */
const sourceOf = (layer: Layer): SourceNetwork<OpenBlock> => {
  const fresh = layer.init(key(1), [5, 5, 2])
  const params = scope(() =>
    mapParams(fresh, (leaf, path) =>
      path.at(-1) === 'kernel' ? leaf.clone() : uniform(key(Tree.format(path).length), leaf.shape, 0.5, 2),
    ),
  )
  disposeParams(fresh)
  return freeze([{ name: 'block', layer }], [params])
}

const outputOf = ({ blocks: [block] }: SourceNetwork<OpenBlock>): readonly number[] => {
  const x = normal(key(2), [3, 5, 5, 2])
  const y = block?.layer.apply(block.params, x, infer) as Tensor
  const numbers = numbersOf(y)
  disposeParams([x, y])
  return numbers
}

const typesOf = (layer: Layer | undefined): unknown =>
  layer?.structure.kind === 'composite' ? layer.structure.parts.map(typesOf) : layer?.spec.type

const noBias = { bias: false } as const

/** An inverted residual of MobileNetV2. */
const inverted = residual(
  serial(
    conv2d(6, 1, noBias),
    frozenBatchNorm,
    relu6,
    depthwiseConv2d(3, { ...noBias, multiplier: 2 }),
    frozenBatchNorm,
    relu6,
    conv2d(2, 1),
    frozenBatchNorm,
  ),
)

describe('a source with its normalisations folded', () => {
  it('computes the same with one affine map in place of two, the paths of a sum included', () => {
    const source = sourceOf(inverted)
    const folded = foldNormalisations(source)
    expect(typesOf(folded.blocks[0]?.layer)).toEqual([
      ['conv2d', 'relu6', 'depthwiseConv2d', 'relu6', 'conv2d'],
      'identity',
    ])
    const biases = (layer: Layer | undefined): readonly unknown[] =>
      layer?.structure.kind === 'composite' ? layer.structure.parts.flatMap(biases) : [layer?.spec['bias'] ?? 'none']
    expect(biases(folded.blocks[0]?.layer)).toEqual([true, 'none', true, 'none', true, 'none'])
    const [expected, got] = [outputOf(source), outputOf(folded)]
    got.forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-5 * (1 + Math.abs(value)))
    })
    disposeSource(source)
    disposeSource(folded)
  })

  it('owns its parameters: they stay when the source is freed', () => {
    const source = sourceOf(inverted)
    const folded = foldNormalisations(source)
    const before = outputOf(folded)
    disposeSource(source)
    expect(outputOf(folded)).toEqual(before)
    disposeSource(folded)
  })

  it('keeps a normalisation that follows no convolution', () => {
    const source = sourceOf(serial(frozenBatchNorm, conv2d(2, 3), relu6, frozenBatchNorm))
    const folded = foldNormalisations(source)
    expect(typesOf(folded.blocks[0]?.layer)).toEqual(['frozenBatchNorm', 'conv2d', 'relu6', 'frozenBatchNorm'])
    expect(outputOf(folded)).toEqual(outputOf(source))
    disposeSource(source)
    disposeSource(folded)
  })

  it('keeps a normalisation on a path beside a convolution', () => {
    const source = sourceOf(residual(conv2d(2, 3, noBias), frozenBatchNorm))
    const folded = foldNormalisations(source)
    expect(folded.blocks[0]?.layer.spec).toEqual(source.blocks[0]?.layer.spec)
    expect(outputOf(folded)).toEqual(outputOf(source))
    disposeSource(source)
    disposeSource(folded)
  })
})
