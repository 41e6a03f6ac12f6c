import { key, ShapeError, Tree } from '@ptu/core'
import { conv2d, dense, globalAveragePool, relu, serial } from '@ptu/layers'
import { decodeMetadata, decodeParams, disposeParams, encodeParams, type ParamTree } from '@ptu/tensor'
import { fill } from '@tensorflow/tfjs-core'
import * as E from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it } from 'vitest'

import { messageIn, rightOf } from '../../tests/small-network.ts'
import { decodeModel, encodeModel, type ModelFacts } from './model-file.ts'

const network = serial(conv2d(4, 3), relu, globalAveragePool, dense(2))

const facts: ModelFacts = {
  format: 'ptu-model/2',
  spec: network.spec,
  blocks: ['conv', 'relu', 'pool'],
  shape: [8, 8, 3],
  classes: ['cat', 'dog'],
  vocabulary: null,
  image: { size: [8, 8], channels: 3, fit: 'crop', shorter: 9, background: [255, 255, 255] },
  normalisation: { mean: [1, 2, 3], deviation: [4, 5, 6] },
  ...{ method: 'ptu', rate: 1e-3, seed: 0, steps: 3, sourceData: null, targetData: 'abc', accuracy: null, gates: [] },
}

let bytes = new Uint8Array(0)
let plain: ParamTree

beforeAll(async () => {
  plain = network.init(key(0), [8, 8, 3])
  bytes = Uint8Array.from(await encodeModel(plain, facts))
  disposeParams(plain)
})

/** The file with other facts over the same parameters. */
const withFacts = async (changes: object): Promise<Uint8Array> => {
  const params = network.init(key(0), [8, 8, 3])
  const made = await encodeParams(params, { ptu: JSON.stringify({ ...facts, ...changes }) })
  disposeParams(params)
  return made
}

describe('the file of a model', () => {
  it('gives back its facts, its network and the bits of its parameters', async () => {
    const model = rightOf(await decodeModel(bytes)())
    expect(model.facts).toEqual(facts)
    expect(model.layer.spec).toEqual(network.spec)
    const { params } = rightOf(await decodeParams(bytes)())
    expect(await encodeParams(model.params)).toEqual(await encodeParams(params))
    disposeParams([params, model.params])
  })

  it('is refused where it describes a network that no memory holds, before that is made', async () => {
    const wide = serial(globalAveragePool, dense(1_000_000), dense(1_000_000), dense(2))
    const refused = await decodeModel(await withFacts({ spec: wide.spec }))()
    expect(messageIn(refused)).toContain('its network has more parameters than the')
  })

  it('is refused where it normalises another number of channels', async () => {
    const refused = await decodeModel(await withFacts({ normalisation: { mean: [0, 0], deviation: [1, 1] } }))()
    expect(messageIn(refused)).toContain('expected its mean to be one number or 3, it has 2')
  })

  it.each([NaN, Infinity])('is refused where a parameter is %s', async (value) => {
    const params = network.init(key(0), [8, 8, 3])
    const spoilt = Tree.map(params, (leaf) => fill(leaf.shape, value))
    const refused = await decodeModel(await encodeModel(spoilt, facts))()
    disposeParams([params, spoilt])
    expect(messageIn(refused)).toContain('no finite numbers')
  })

  it('is plain safetensors whose metadata hold the facts', async () => {
    const { ptu = '' } = rightOf(await decodeMetadata(bytes)())
    expect(JSON.parse(ptu)).toEqual(facts)
  })

  it('is refused where it is damaged', async () => {
    for (const length of [0, 9, 100, bytes.length - 1])
      expect(E.isLeft(await decodeModel(bytes.slice(0, length))()), `${length} bytes`).toBe(true)
    const flipped = bytes.slice()
    flipped[flipped.length - 5] = 255 - (flipped.at(-5) ?? 0)
    expect(E.isLeft(await decodeModel(flipped)())).toBe(true)
  })

  it('is refused where its facts are none', async () => {
    for (const changes of [
      { format: 'ptu-model/9' },
      { encoding: { kind: 'sound' } },
      { encoding: { kind: 'table', label: 'a', columns: [], missing: 'refuse' } },
      { shape: [] },
      { shape: [8, 8, 3, 1, 1, 1, 1, 1, 1] },
      { shape: [8, 8, -3] },
      { classes: ['cat'] },
      { task: { kind: 'sound' } },
      { task: { kind: 'regress', scale: { mean: 0, deviation: 1 } } },
      { classes: ['cat'], task: { kind: 'regress', scale: { mean: 0, deviation: 0 } } },
      { task: { kind: 'multi-label', thresholds: [0.5] } },
      { task: { kind: 'multi-label', thresholds: [0.5, 2] } },
      { normalisation: { mean: [1, 2], deviation: [1, 0] } },
      { accuracy: 2 },
      { rate: 0 },
      { steps: 0.5 },
      { image: { size: [8], channels: 3, fit: 'crop' } },
      { image: { size: [8, 8], channels: 2.5, fit: 'crop' } },
      { vocabulary: ['a'] },
    ])
      expect(messageIn(await decodeModel(await withFacts(changes))()), JSON.stringify(changes)).toContain(
        'it is not a model',
      )
  })

  it('is refused where its network has other parameters or other outputs than it says', async () => {
    const wider = serial(conv2d(5, 3), relu, globalAveragePool, dense(2))
    expect(messageIn(await decodeModel(await withFacts({ spec: wider.spec }))())).toBe(
      'its parameters are not those of the network it describes',
    )
    expect(messageIn(await decodeModel(await withFacts({ classes: ['a', 'b', 'c'] }))())).toBe(
      'expected outputs [3] for its classes, its network has [2]',
    )
    expect(E.isLeft(await decodeModel(await withFacts({ shape: [8, 8, 4] }))())).toBe(true)
    expect(E.isLeft(await decodeModel(await withFacts({ spec: { type: 'constructor' } }))())).toBe(true)
    expect(E.isLeft(await decodeModel(await withFacts({ spec: null }))())).toBe(true)
    expect(() => network.output([3])).toThrow(ShapeError)
  })
})
