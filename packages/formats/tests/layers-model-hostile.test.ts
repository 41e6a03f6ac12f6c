import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { fromLayersModel, type LayersModelLike } from '../src/index.ts'
import {
  dense,
  functional,
  good,
  goodBytes,
  modelOf,
  node,
  opening,
  outcome,
  start,
  weightOf,
} from './layers-model-graphs.ts'

const sides = [weightOf('a/kernel'), weightOf('a/bias', [2])]

describe('a model that cannot be opened', () => {
  it.each<readonly [string, () => string, string]>([
    ['an unknown layer', () => opening(functional([start, node('Lambda', 'odd', ['in'])], 'odd')), 'layer odd (Lambda): a layer "Lambda" cannot be opened'], // prettier-ignore
    ['a layer called like a method', () => opening(functional([start, node('constructor', 'odd', ['in'])], 'odd')), 'layer odd (constructor): a layer "constructor" cannot be opened'], // prettier-ignore
    ['channels first in some layers', () => opening(functional([start, node('MaxPooling2D', 'pool', ['in'], { data_format: 'channels_first' }), node('UpSampling2D', 'up', ['pool'])], 'up')), 'layer up (UpSampling2D): expected data_format to be "channels_first", which other layers of the model have, got nothing'], // prettier-ignore
    ['a window of three sides', () => opening(functional([start, node('MaxPooling2D', 'pool', ['in'], { pool_size: [1, 2, 2] })], 'pool')), 'expected pool_size to be a size from 1 to'], // prettier-ignore
    ['an unknown activation', () => opening(functional([start, node('Activation', 'act', ['in'], { activation: '__proto__' })], 'act')), 'got "__proto__"'], // prettier-ignore
    ['the format of graphs', () => outcome({ ...(good as object), format: 'graph-model' }, goodBytes), 'as a black box with fromGraphModel'], // prettier-ignore
    ['a cycle', () => opening(functional([start, node('Add', 'a', ['in', 'b']), node('ReLU', 'b', ['a'])], 'b')), 'without cycles'], // prettier-ignore
    ['a layer that reads itself', () => opening(functional([start, node('ReLU', 'b', ['b'])], 'b')), 'got none'],
    ['a layer that is not there', () => opening(functional([start, node('ReLU', 'b', ['nowhere'])], 'b')), 'called "nowhere"'], // prettier-ignore
    ['two layers of one name', () => opening(functional([start, node('ReLU', 'b', ['in']), node('ReLU', 'b', ['in'])], 'b')), 'two are called "b"'], // prettier-ignore
    ['two weights of one name', () => opening(functional([start], 'in'), [weightOf('a/kernel'), weightOf('a/kernel')]), 'two have this'], // prettier-ignore
    ['a layer that is used twice', () => opening(functional([start, { ...dense('a', ['in']), inbound_nodes: [[['in', 0, 0]], [['in', 0, 0]]] }], 'a')), 'shared layers'], // prettier-ignore
    ['two inputs', () => opening(functional([start, node('InputLayer', 'other', [], { batch_input_shape: [null, 4, 4, 2] }), node('Add', 'a', ['in', 'other'])], 'a')), 'expected a model with one input'], // prettier-ignore
    ['a weight of another shape', () => opening(functional([start, dense('a', ['in'], 3)], 'a'), sides), 'weight a/kernel: expected shape [2, 3]'], // prettier-ignore
    ['a weight that is missing', () => opening(functional([start, dense('a', ['in'])], 'a')), 'layer a: expected a weight kernel, got none'], // prettier-ignore
    ['a weight that two layers claim', () => opening(functional([start, dense('a', ['in']), { class_name: 'Sequential', name: 'inner', config: { name: 'inner', layers: [dense('a', [])] }, inbound_nodes: [[['a', 0, 0, {}]]] }], 'inner'), sides), 'weight a/kernel: expected one layer to have it, two claim it'], // prettier-ignore
    ['an input of unknown size', () => opening(functional([{ ...node('InputLayer', 'in', [], { batch_input_shape: [null, null, 4] }) }, dense('a', ['in'])], 'a')), 'say it with input'], // prettier-ignore
    ['a size beyond all use', () => opening(functional([start, node('ZeroPadding2D', 'a', ['in'], { padding: 2 ** 23 })], 'a')), 'expected an output of 1 to'], // prettier-ignore
    ['a cut beside the main path', () => outcome(good, goodBytes, ['side']), 'one of conv, add, flat'],
    ['fewer bytes than it says', () => outcome(good, goodBytes.subarray(4)), 'expected 176 bytes of weights'],
    ['a weight of 2⁴⁸ numbers', () => outcome(modelOf({}, [weightOf('a', [2 ** 24, 2 ** 24])]), goodBytes), 'expected 1125899906842624 bytes'], // prettier-ignore
    ['paths that part and meet crosswise', () => opening(functional([start, node('ReLU', 'a', ['in']), node('ReLU', 'b', ['in']), node('Add', 'c', ['a', 'b']), node('Add', 'd', ['a', 'c'])], 'd')), 'layer a (ReLU): the paths that read it'], // prettier-ignore
  ])('because of %s says so', (_why, run, message) => {
    expect(run()).toContain(message)
  })

  it('because its tensors belong to another copy of tfjs says so', () => {
    const model: LayersModelLike = {
      toJSON: () => functional([start], 'in'),
      weights: [{ originalName: 'a/kernel', read: () => ({ dataId: {}, shape: [2] }) as never }],
    }
    const left = fromLayersModel(model, [])
    expect(E.isLeft(left) && left.left.message).toContain('npm ls @tensorflow/tfjs-core')
  })

  it('nested beyond reason says so before the stack ends', () => {
    const deep = Array.from({ length: 3000 }).reduce<object>(
      (inner, _, i) => ({ class_name: 'Sequential', config: { name: `m${String(i)}`, layers: [inner] } }),
      node('ReLU', 'r', []),
    )
    expect(opening(deep)).toContain('nested at most 16 deep')
  })

  it('with thousands of sums inside of each other says so in time', () => {
    const layers = Array.from({ length: 2400 }, (_, i) => [
      node('ReLU', `r${i}`, [i === 0 ? 'in' : `a${i - 1}`]),
      node('Add', `a${i}`, [`r${i}`, 'in']),
    ])
    expect(opening(functional([start, ...layers.flat()], 'a2399'))).toContain('inside of each other')
  })
})

/** Places in a JSON value and what to put there. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, -1, 0, 1e308, 2 ** 40, 0.5, '', '__proto__', 'in', 'conv', [], {}, [[]], true, 'same'),
  fc.jsonValue({ maxDepth: 2 }),
)

const changed = (value: unknown, path: readonly number[], put: unknown): unknown => {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return put
  const entries = Object.entries(value as Readonly<Record<string, unknown>>)
  const [name] = entries[step % Math.max(entries.length, 1)] ?? []
  if (name === undefined) return put
  const next = entries.map(([field, part]) => [field, field === name ? changed(part, rest, put) : part] as const)
  return Array.isArray(value) ? next.map(([, part]) => part) : Object.fromEntries(next)
}

describe('anything that looks like a model', () => {
  it('is opened or refused with an ImportError, and leaves no tensor', () => {
    const before = tf.memory().numTensors
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.array(fc.nat(30), { maxLength: 9 }), odd), { maxLength: 3 }), (changes) => {
        const json = changes.reduce<unknown>((value, [path, put]) => changed(value, path, put), good)
        outcome(json, goodBytes)
        expect(tf.memory().numTensors).toBe(before)
      }),
      { numRuns: 600 },
    )
  })

  it('has bytes that are flipped, and is read or refused', () => {
    const text = new TextEncoder().encode(JSON.stringify(good))
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Uint8Array.from(text, (byte, i) => (i === at ? byte ^ flip : byte))
        let json: unknown
        try {
          json = JSON.parse(new TextDecoder().decode(bytes))
        } catch {
          return
        }
        outcome(json, goodBytes)
      }),
      { numRuns: 500 },
    )
  })
})
