import { disposeSource } from '@ptu/networks'
import { scope } from '@ptu/tensor'
import '@tensorflow/tfjs'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { decodeKeras, disposeModel, fromLayersModel, listTensors, openModel } from '../src/index.ts'
import { bytesOf, jsonOf, opened, tensorOf, type Numbers } from './keras-files.ts'

interface Golden {
  readonly input: Numbers
  readonly outputs: Readonly<Record<string, Numbers>>
}

type Goldens = Readonly<Record<string, Golden>>

const goldens = { k2: jsonOf('outputs-2.json') as Goldens, k3: jsonOf('outputs-3.json') as Goldens }

const files = (['k2', 'k3'] as const).flatMap((version) => [
  ...['branches', 'sequence', 'nested'].flatMap((name) => [
    [version, name, `${version}-${name}.keras`] as const,
    [version, name, `${version}-${name}.h5`] as const,
  ]),
  ...['mobile', 'efficient'].map((name) => [version, name, `${version}-${name}.keras`] as const),
  ...(version === 'k3' ? ['keras', 'h5'] : []).map((kind) => [version, 'attention', `k3-attention.${kind}`] as const),
])

const goldenOf = (version: 'k2' | 'k3', name: string): Golden => {
  const golden = goldens[version][name]
  if (golden === undefined) throw new Error(`no golden of ${name}`)
  return golden
}

/** Compares each output of a source with what Keras computed. */
const expectOutputs = (model: Parameters<typeof fromLayersModel>[0], { input, outputs }: Golden): void => {
  const names = Object.keys(outputs)
  const source = opened(fromLayersModel(model, names.slice(0, -1)))
  expect(source.blocks.map(({ name }) => name)).toEqual(names)
  scope(() => {
    const found = source.activations(tensorOf(input))
    for (const [i, name] of names.entries()) {
      const { shape, values } = outputs[name] as Numbers
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      expect(found[i]?.shape).toEqual(shape)
      expect(found[i], name).toBeAllClose([...values], { absolute: 1e-5 * Math.max(largest, 1), relative: 1e-5 })
    }
  })
  disposeSource(source)
}

describe('a file of Keras', () => {
  it.each(files)('%s, the model %s: %s, computes block by block what Keras does', (version, name, file) => {
    const model = opened(decodeKeras({ name: file, bytes: bytesOf(file) }))
    expectOutputs(model, goldenOf(version, name))
  })

  it.each(['k2', 'k3'] as const)('of weights alone opens with its description: %s', (version) => {
    const file = { name: 'nested.weights.h5', bytes: bytesOf(`${version}-nested.weights.h5`) }
    expectOutputs(opened(decodeKeras({ ...file, description: bytesOf(`${version}-nested.json`) })), goldenOf(version, 'nested')) // prettier-ignore
    const alone = decodeKeras(file)
    expect(E.isLeft(alone) && alone.left.message).toContain('weights of one with its config.json')
    const unopened = openModel(file)
    expect(E.isLeft(unopened) && unopened.left.message).toContain('put the config.json of the model beside them')
    expect(opened(listTensors(file)).tensors.find(({ name }) => name === 'layers/dense/vars/0')?.shape).toEqual([4, 2])
  })
})

describe('a layer of Keras', () => {
  const cases = jsonOf('layers.json') as Readonly<Record<string, { readonly keras: string; readonly input: Numbers; readonly output: Numbers }>> // prettier-ignore

  it.each(Object.keys(cases))('%s computes what Keras does', (name) => {
    const { keras, input, output } = cases[name] as (typeof cases)[string]
    const bytes = new Uint8Array(Buffer.from(keras, 'base64'))
    const source = opened(fromLayersModel(opened(decodeKeras({ name, bytes })), []))
    scope(() => {
      const [found] = source.activations(tensorOf(input))
      expect(found?.shape).toEqual(output.shape)
      expect(found).toBeAllClose([...output.values], { absolute: 1e-5, relative: 1e-5 })
    })
    disposeSource(source)
  })
})

describe('a network of images in a file of Keras', () => {
  it('is opened up to its last map, cut where residual blocks end, and says what it is', () => {
    const model = opened(openModel({ name: 'efficient.keras', bytes: bytesOf('k3-efficient.keras') }))
    const { source, head, input, facts, leftOver, format, architecture, pixels } = model
    expect(format).toMatch(/^Keras archive \(.keras, Keras 3/)
    expect({ architecture, input, pixels }).toEqual({ architecture: 'Keras efficient', input: [12, 12, 3], pixels: '0..255' }) // prettier-ignore
    expect(source.blocks.map(({ name }) => name)).toEqual(['block1a_add', 'block1b_add', 'top_activation'])
    expect(head?.name).toBe('predictions')
    expect(leftOver).toEqual(['layers/normalization/vars/2'])
    expect(facts['pixels']).toContain('from 0 to 255')
    scope(() => {
      const { input: x, outputs } = goldenOf('k3', 'efficient')
      const last = source.activations(tensorOf(x)).at(-1)
      expect(last).toBeAllClose([...(outputs['top_activation']?.values ?? [])], { absolute: 1e-4 })
      const classes = head?.layer.apply(head.params, last as never, { kind: 'infer' })
      expect(classes).toBeAllClose([...(outputs['predictions']?.values ?? [])], { absolute: 1e-5 })
    })
    disposeModel(model)
  })

  it('without scaling of its own leaves the range of pixels open, and takes another size', () => {
    const file = { name: 'mobile.keras', bytes: bytesOf('k2-mobile.keras') }
    const model = opened(openModel(file, { input: [20, 24, 3] }))
    expect(model.pixels).toBeUndefined()
    expect(model.leftOver).toEqual([])
    expect(model.source.blocks.map(({ name }) => name)).toEqual(['block_2_add', 'block_3_add', 'out_relu'])
    expect(model.source.blocks.reduce((shape, block) => block.output(shape), model.input)).toEqual([5, 6, 12])
    disposeModel(model)
  })
})
