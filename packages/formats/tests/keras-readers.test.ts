import { disposeSource } from '@ptu/networks'
import { normal, scope } from '@ptu/tensor'
import { key } from '@ptu/core'
import { describe, expect, it } from 'vitest'

import { decodeKeras, decodeLayersModel, fromLayersModel } from '../src/index.ts'
import { merges } from '../src/layers-model/merges.ts'
import { translators } from '../src/layers-model/translate.ts'
import { everyKerasLayer } from './every-keras-layer.ts'
import { jsonOf, opened } from './keras-files.ts'

const classesIn = (topology: unknown): readonly string[] =>
  [...JSON.stringify(topology).matchAll(/"class_name":"(\w+)"/g)].map(([, name = '']) => name)

/** The classes of the models that tests compare with tfjs, number by number. */
const comparedWithTfjs = (): readonly string[] =>
  everyKerasLayer.flatMap(([, make]) => {
    const model = make()
    const found = classesIn(model.toJSON(null, false))
    model.dispose()
    return found
  })

/** The classes of the files that tests compare with Keras, number by number. */
const comparedWithKeras = (): readonly string[] =>
  Object.values(jsonOf('layers.json') as Readonly<Record<string, { readonly keras: string }>>).flatMap(({ keras }) => {
    const bytes = new Uint8Array(Buffer.from(keras, 'base64'))
    return classesIn(opened(decodeKeras({ name: 'layer.keras', bytes })).topology)
  })

/** Made by the reader of what `operations with numbers` of the fixture does; no file names them. */
const ofNumbers = ['Add of a number', 'Multiply of a number']

const size = [4, 4, 2]

/** Tells whether a layer, opened by itself, gives its input as it is. */
const passesOn = (type: string): boolean => {
  const config = { name: 'one', height: 4, width: 4 }
  const layers = [
    { class_name: 'InputLayer', name: 'in', config: { name: 'in', batch_input_shape: [null, ...size] }, inbound_nodes: [] },
    { class_name: type, name: 'one', config, inbound_nodes: [[['in', 0, 0, {}]]] },
  ] // prettier-ignore
  const topology = {
    class_name: 'Functional',
    config: { name: 'm', layers, input_layers: [['in', 0, 0]], output_layers: [['one', 0, 0]] },
  }
  const json = { modelTopology: topology, weightsManifest: [{ paths: ['w.bin'], weights: [] }] }
  const source = opened(fromLayersModel(opened(decodeLayersModel(json, new Uint8Array(0))), []))
  const isSame = scope(() => {
    const x = normal(key(1), [3, ...size])
    return source.activations(x)[0]?.dataSync().join() === x.dataSync().join()
  })
  disposeSource(source)
  return isSame
}

describe('the table of layers that are read from Keras', () => {
  const compared = new Set([...comparedWithTfjs(), ...comparedWithKeras(), ...ofNumbers])
  const rest = Object.keys(translators).filter((type) => !compared.has(type))

  it('holds none that reads several inputs and is compared with nothing', () => {
    expect(Object.keys(merges).filter((type) => !compared.has(type))).toEqual([])
  })

  it.each(rest)('has %s, compared with nothing, which only passes its input on', (type) => {
    expect(passesOn(type)).toBe(true)
  })

  it('compares most of its readers that compute something', () => {
    expect(compared.has('LSTM') && compared.has('GroupNormalization') && compared.has('TimeDistributed')).toBe(true)
    expect(rest).not.toContain('Dense')
  })
})
