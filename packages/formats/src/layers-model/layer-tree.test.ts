import { describe, expect, it } from 'vitest'

import { layerTree, type LayerTree } from './layer-tree.ts'

/** A ReLU in so many models, one in the other. */
const nested = (models: number): object =>
  Array.from({ length: models }).reduce<object>(
    (inner, _, i) => ({ class_name: 'Sequential', config: { name: `m${i}`, layers: [inner] } }),
    { class_name: 'ReLU', config: { name: 'relu' } },
  )

const innermost = (layer: LayerTree | undefined): LayerTree | undefined =>
  layer?.layers === undefined ? layer : innermost(layer.layers[0])

describe('the layers of a description', () => {
  it('are read from 16 models inside of a model, and refused of one more', () => {
    const { own, name } = innermost(layerTree(nested(17))[0]) ?? {}
    expect(own).toBe('relu')
    expect(name?.split('/')).toEqual([...Array.from({ length: 16 }, (_, i) => `m${15 - i}`), 'relu'])
    expect(() => layerTree(nested(18))).toThrow('expected models nested at most 16 deep')
  })
})
