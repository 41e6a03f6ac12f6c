import { disposeSource } from '@ptu/networks'
import { scope } from '@ptu/tensor'
import '@tensorflow/tfjs'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { decodeKeras, fromLayersModel } from '../src/index.ts'
import { bytesOf, jsonOf, opened, tensorOf, type Numbers } from './keras-files.ts'

type Fields = Record<string, unknown>

const golden = (jsonOf('outputs-3.json') as Readonly<Record<string, { input: Numbers; outputs: Record<string, Numbers> }>>)['attention'] // prettier-ignore

/** The layer of a description whose name this is. */
const layerIn = (value: unknown, name: string): Fields | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = value as Fields
  if (fields['name'] === name && 'inbound_nodes' in fields) return fields
  return Object.values(fields)
    .map((inner) => layerIn(inner, name))
    .find((found) => found !== undefined)
}

/** Opens the model of the fixture after its attention was described in another way: the first output, or why it cannot be opened. */
const outcome = (change: (layer: Fields, config: Fields) => void): readonly number[] | string => {
  const model = opened(decodeKeras({ name: 'k3-attention.h5', bytes: bytesOf('k3-attention.h5') }))
  const topology = structuredClone(model.topology)
  const layer = layerIn(topology, 'attend') as Fields
  change(layer, layer['config'] as Fields)
  const source = fromLayersModel({ ...model, topology }, ['add'])
  if (E.isLeft(source)) return source.left.message
  const values = scope(() => [...(source.right.activations(tensorOf(golden?.input as Numbers))[0]?.dataSync() ?? [])])
  disposeSource(source.right)
  return values
}

/** Describes the call as Keras 2 does, with other inputs by name; `input` stands for the layer that is read. */
const called =
  (options: Fields) =>
  (layer: Fields): void => {
    const [, name = ''] = /"keras_history":\["([^"]+)"/.exec(JSON.stringify(layer['inbound_nodes'])) ?? []
    const given = Object.entries(options).map(([key, value]) => [key, value === 'input' ? [name, 0, 0] : value])
    layer['inbound_nodes'] = [[[name, 0, 0, Object.fromEntries(given)]]]
  }

describe('self-attention of Keras', () => {
  it('is read as Keras 2 calls it, with its values and keys by name', () => {
    const expected = golden?.outputs['add']?.values ?? []
    for (const options of [
      { value: 'input' },
      { value: 'input', key: 'input', training: null, use_causal_mask: false },
    ]) {
      const found = outcome(called(options))
      expect(found).toHaveLength(expected.length)
      ;(found as number[]).forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] as number, 5)
      })
    }
  })

  it.each<readonly [string, (layer: Fields, config: Fields) => void, string]>([
    ['of values of another layer', called({ value: ['pool', 0, 0] }), 'queries, keys and values of one layer'],
    ['that looks back alone', called({ value: 'input', use_causal_mask: true }), 'one is given use_causal_mask'],
    ['with a mask', called({ value: 'input', attention_mask: ['pool', 0, 0] }), 'one is given attention_mask'],
    [
      'that gives its weights too',
      called({ value: 'input', return_attention_scores: true }),
      'return_attention_scores',
    ],
    [
      'over features',
      (_, config) => (config['attention_axes'] = [2]),
      'expected attention_axes to be the axis of steps',
    ],
    ['of values of other sizes', (_, config) => (config['value_dim'] = 5), 'expected value_dim to be 4, got 5'],
    ['of other sizes than its weights', (_, config) => (config['num_heads'] = 3), 'expected shape [6, 3, 4]'],
  ])('%s is refused by name', (_, change, message) => {
    expect(outcome(change)).toContain(message)
  })

  it('takes the axis of steps where it is named', () => {
    expect(outcome((_, config) => (config['attention_axes'] = [1]))).toHaveLength(golden?.outputs['add']?.values.length as number) // prettier-ignore
  })

  it('drops weights of the attention in training as often as Keras does', () => {
    const model = opened(decodeKeras({ name: 'k3-attention.h5', bytes: bytesOf('k3-attention.h5') }))
    const topology = structuredClone(model.topology)
    ;(layerIn(topology, 'attend')?.['config'] as Fields)['dropout'] = 0.3
    const source = opened(fromLayersModel({ ...model, topology }, []))
    expect(JSON.stringify(source.blocks.map(({ layer }) => layer.spec))).toContain('"dropout":0.3')
    disposeSource(source)
  })
})
