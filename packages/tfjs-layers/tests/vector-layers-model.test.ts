import { key } from '@ptu/core'
import { dense, infer, relu, serial, type Layer } from '@ptu/layers'
import { disposeParams, scope, type ParamTree } from '@ptu/tensor'
import { softmax, tensor2d, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

import { vectorFolderFiles, vectorLayersModel, type VectorModelOptions } from '../src/index.ts'

const network = serial(dense(5), relu, dense(2))
const other = dense(2)
const inputs = [Float32Array.of(1000, 1e-4, -3), Float32Array.of(900, 3e-4, 4)]
const normalisation = { mean: [950, 2e-4, 0], deviation: [40, 1e-4, 2] }
const encoding = { kind: 'table', columns: [] }

const options: VectorModelOptions = { size: 3, normalisation, labels: ['no', 'yes'], encoding }

/** What the networks make of the inputs as they are normalised here: the mean of their probabilities. */
const expectedOf = (networks: readonly (readonly [Layer, ParamTree])[]): readonly (readonly number[])[] => {
  const rows = inputs.map((input) =>
    Array.from(input, (x, i) => (x - (normalisation.mean[i] ?? 0)) / (normalisation.deviation[i] ?? 1)),
  )
  const found = networks.map(([layer, params]) => {
    const y = scope(() => softmax(layer.apply(params, tensor2d(rows), infer) as Tensor2D))
    const values = y.arraySync()
    y.dispose()
    return values
  })
  return rows.map((_, i) => [0, 1].map((c) => found.reduce((sum, p) => sum + (p[i]?.[c] ?? 0), 0) / found.length))
}

describe('a layers model of encoded rows', () => {
  it('normalises each number, columns of small deviations too, and gives the probabilities of the network', async () => {
    const params = network.init(key(1), [3])
    const model = vectorLayersModel(network, params, options)
    const output = scope(() => model.predict(tensor2d(inputs.map((input) => [...input]))) as Tensor)
    const wanted = expectedOf([[network, params]]).flat()
    Array.from(await output.data()).forEach((p, i) => {
      expect(Math.abs(p - (wanted[i] ?? NaN))).toBeLessThan(1e-5)
    })
    expect(Math.abs((wanted[0] ?? 0) - (wanted[2] ?? 0))).toBeGreaterThan(0.01)
    expect(model.getUserDefinedMetadata()).toEqual({ labels: ['no', 'yes'], encoding, ptu: {} })
    disposeParams([params, output])
    model.dispose()
  })

  it('of two networks gives the mean of their probabilities', async () => {
    const [params, second] = [network.init(key(1), [3]), other.init(key(2), [3])]
    const model = vectorLayersModel(network, params, { ...options, ensemble: { layer: other, params: second } })
    const expected = expectedOf([
      [network, params],
      [other, second],
    ])
    const files = await vectorFolderFiles({ model, inputs, expected, files: { 'more.txt': 'more' } })
    expect([...files.keys()].toSorted()).toEqual(['labels.txt', 'model.json', 'more.txt', 'parity.json', 'weights.bin'])
    const parity = JSON.parse(files.get('parity.json') as string) as { readonly examples: readonly unknown[] }
    expect(parity.examples[1]).toEqual({ input: [...(inputs[1] ?? [])], probabilities: expected[1] })
    await expect(
      vectorFolderFiles({
        model,
        inputs,
        expected: [
          [0, 1],
          [1, 0],
        ],
      }),
    ).rejects.toThrow('differs from')
    await expect(vectorFolderFiles({ model, inputs: [Float32Array.of(1)], expected })).rejects.toThrow('of 3 numbers')
    disposeParams([params, second])
    model.dispose()
  })

  it('refuses labels that are not those of the network, and deviations of 0', () => {
    const params = network.init(key(1), [3])
    expect(() => vectorLayersModel(network, params, { ...options, labels: ['a', 'b', 'c'] })).toThrow('3 labels')
    const flat = { mean: 0, deviation: [1, 0, 1] }
    expect(() => vectorLayersModel(network, params, { ...options, normalisation: flat })).toThrow('above 0')
    disposeParams(params)
  })
})
