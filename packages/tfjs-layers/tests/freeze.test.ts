import { disposeParams, normal, scope } from '@ptu/tensor'
import { key } from '@ptu/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { initializers, layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers'
import { describe, expect, it } from 'vitest'

import { assertFrozen, freeze, LayersModelError, NotFrozenError, PtuInference, PtuUnit } from '../src/index.ts'
import { classesFor, everySource, examplesFor, numbersOf } from './sources.ts'

const body = (): layers.Layer[] => [
  layers.dense({ units: 4, inputShape: [3], name: 'first' }),
  layers.batchNormalization({ name: 'norm' }),
  layers.dropout({ rate: 0.5, name: 'drop' }),
]

const source = (): LayersModel => sequential({ layers: body() })

const train = async (model: LayersModel): Promise<void> => {
  const [x, y] = [scope(() => normal(key(1), [16, 3]).add(5)), classesFor(16, 2)]
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' })
  await model.fit(x, y, { epochs: 1 })
  disposeParams([x, y])
}

const outputs = (model: LayersModel, x: Tensor, training: boolean): readonly number[] =>
  scope(() => [...(model.apply(x, { training }) as Tensor).dataSync()])

describe('trainable = false of tfjs', () => {
  it('lets the statistics of batch normalisation move: why freeze exists', async () => {
    const still = body()
    for (const layer of still) layer.trainable = false
    const model = sequential({ layers: [...still, layers.dense({ units: 2, activation: 'softmax' })] })
    const before = still.map(numbersOf)
    expect(() => {
      assertFrozen(still)
    }).toThrow(/layer norm \(BatchNormalization\) behaves otherwise in training/)
    await train(model)
    expect(still.map(numbersOf)).not.toEqual(before)
    model.dispose()
  })
})

describe('freeze', () => {
  it('of layers gives layers that learn nothing and compute in training what they compute at inference', async () => {
    const model = source()
    const frozen = freeze(model.layers)
    const target = sequential({ layers: [...frozen, layers.dense({ units: 2, activation: 'softmax' })] })
    const shared = target.layers.slice(0, -1)
    assertFrozen(shared)
    const before = [numbersOf(model), ...shared.map(numbersOf)]
    await train(target)
    expect([numbersOf(model), ...shared.map(numbersOf)]).toEqual(before)
    expect(shared.flatMap(numbersOf)).toEqual(model.layers.flatMap(numbersOf))
    target.dispose()
    model.dispose()
  })

  it('of a model gives a model with the same names and outputs, in training too', () => {
    for (const { make, ...example } of Object.values(everySource)) {
      const model = make()
      const frozen = freeze(model)
      assertFrozen(frozen)
      const x = examplesFor({ make, ...example }, 3)
      expect(frozen.name).toBe(model.name)
      expect(outputs(frozen, x, true)).toEqual(outputs(model, x, false))
      x.dispose()
      frozen.dispose()
      model.dispose()
    }
  })

  it('refuses a model among layers', () => {
    const model = source()
    expect(() => freeze([model])).toThrow(LayersModelError)
    model.dispose()
  })
})

describe('assertFrozen', () => {
  it('names the layer that learns', () => {
    const model = source()
    expect(() => {
      assertFrozen(model)
    }).toThrow(new NotFrozenError('layer first (Dense) has 2 trainable weights; freeze it with freeze()'))
    model.dispose()
  })
})

describe('PtuInference', () => {
  it('trains the weights of its layer where it is trainable, and moves no statistics', async () => {
    const inner = layers.batchNormalization({})
    const norm = new PtuInference({ name: 'norm', trainable: true, layer: inner, batchInputShape: [null, 3] })
    // With other weights probabilities may be 0 and 1, and gradients 0.
    const kernelInitializer = initializers.glorotUniform({ seed: 1 })
    const model = sequential({ layers: [norm, layers.dense({ units: 2, activation: 'softmax', kernelInitializer })] })
    const [gamma, , ...statistics] = numbersOf(norm)
    await train(model)
    const [after, , ...still] = numbersOf(norm)
    expect(after).not.toEqual(gamma)
    expect(still).toEqual(statistics)
    model.dispose()
  })

  it('refuses a class that is not registered', () => {
    expect(() => new PtuInference({ layer: { className: 'Ghost', config: {} } })).toThrow('unknown layer class Ghost')
  })
})

describe('PtuUnit', () => {
  it('refuses branches of other numbers and shapes', () => {
    const x = examplesFor(everySource['nested'] as (typeof everySource)[string], 2)
    expect(() => new PtuUnit({ name: 'unit' }).apply([x])).toThrow('unit: expected 2 branches of one shape')
    expect(() => new PtuUnit({ name: 'unit', branches: 3 }).apply([x, x])).toThrow('expected 3 branches')
    x.dispose()
  })
})
