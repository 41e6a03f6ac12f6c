import { foldIn, key } from '@ptu/core'
import { disposeSource } from '@ptu/networks'
import { normal, scope, uniform } from '@ptu/tensor'
import * as tf from '@tensorflow/tfjs'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { cutPoints, decodeLayersModel, fromLayersModel, type StoredLayersModel } from '../src/index.ts'
import { everyKerasLayer } from './every-keras-layer.ts'

const opened = <A>(either: E.Either<Error, A>): A => {
  if (E.isLeft(either)) throw either.left
  return either.right
}

/** Weights that are not what they start as, none of them 0; variances are positive. */
const shaken = (model: tf.LayersModel): tf.LayersModel => {
  scope(() => {
    const weights = model.weights.map(({ shape, originalName }, i) => {
      const size = shape.map((n) => n ?? 1)
      const seed = foldIn(key(3), i)
      return originalName.includes('variance') ? uniform(seed, size, 0.5, 1.5) : normal(seed, size, 0.5)
    })
    // `setWeights` wants the order of `getWeights`, which puts those that are not trained last
    const placed = new Map(model.weights.map(({ id }, i) => [id, weights[i] as tf.Tensor]))
    const order = [...model.trainableWeights, ...model.nonTrainableWeights].map(({ id }) => placed.get(id) as tf.Tensor)
    model.setWeights(order)
  })
  return model
}

const inputFor = (model: tf.LayersModel, tokens?: number): tf.Tensor => {
  const shape = [3, ...(model.inputs[0]?.shape.slice(1) as number[])]
  return tokens === undefined ? normal(key(8), shape) : tf.floor(uniform(key(8), shape, 0, tokens))
}

/** The model as its files hold it. */
const filed = async (model: tf.LayersModel): Promise<StoredLayersModel> => {
  const kept: tf.io.ModelArtifacts[] = []
  await model.save(
    tf.io.withSaveHandler((artifacts) => {
      kept.push(artifacts)
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } })
    }),
  )
  const [{ weightData, ...json }] = kept as [tf.io.ModelArtifacts & { readonly weightData: ArrayBuffer }]
  return opened(decodeLayersModel(JSON.parse(JSON.stringify(json)), new Uint8Array(weightData)))
}

describe('a source from a LayersModel of tfjs computes what the model does', () => {
  it.each(everyKerasLayer.map(([what, make, tokens]) => ({ what, make, tokens })))(
    'with $what, in memory and from files',
    async ({ make, tokens }) => {
      const model = shaken(make())
      const stored = await filed(model)
      for (const form of [model, stored]) {
        const source = opened(fromLayersModel(form, []))
        scope(() => {
          const x = inputFor(model, tokens)
          const expected = model.predict(x) as tf.Tensor
          const [ours] = source.activations(x)
          expect(source.blocks[0]?.output(x.shape.slice(1))).toEqual(expected.shape.slice(1))
          expect(ours).toBeAllClose(expected, { absolute: 1e-5, relative: 1e-5 })
        })
        disposeSource(source)
      }
      model.dispose()
    },
  )
})

describe('a model that is cut', () => {
  const inner = (): tf.LayersModel => {
    const x = tf.input({ shape: [6, 6, 4] })
    const conv = tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'conv' }).apply(x)
    const add = tf.layers.add({ name: 'add' }).apply([x, conv] as tf.SymbolicTensor[])
    return tf.model({ inputs: x, outputs: add as tf.SymbolicTensor, name: 'inner' })
  }
  const outer = (): tf.LayersModel => {
    const x = tf.input({ shape: [6, 6, 3] })
    const stem = tf.layers.conv2d({ filters: 4, kernelSize: 1, activation: 'relu', name: 'stem' }).apply(x)
    const body = inner().apply(stem)
    const pool = tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(body)
    return tf.model({ inputs: x, outputs: pool as tf.SymbolicTensor })
  }

  it('has a block for each cut, whatever their order, and a last one', () => {
    const model = shaken(outer())
    expect(opened(cutPoints(model))).toEqual(['stem', 'inner/add', 'pool'])
    const source = opened(fromLayersModel(model, ['inner', 'stem']))
    expect(source.blocks.map(({ name }) => name)).toEqual(['stem', 'inner/add', 'pool'])
    scope(() => {
      const x = inputFor(model)
      const [stem, body, pool] = source.activations(x) as [tf.Tensor, tf.Tensor, tf.Tensor]
      expect(stem).toBeAllClose(model.getLayer('stem').apply(x) as tf.Tensor, { absolute: 1e-5 })
      expect(body).toBeAllClose(model.getLayer('inner').apply(stem) as tf.Tensor, { absolute: 1e-5 })
      expect(pool).toBeAllClose(model.predict(x) as tf.Tensor, { absolute: 1e-5 })
    })
    disposeSource(source)
    model.dispose()
  })

  it('takes images of another size, and does not change with the model', () => {
    const model = shaken(outer())
    const source = opened(fromLayersModel(model, [], { input: [9, 8, 3], until: 'inner' }))
    expect(source.blocks[0]?.output([9, 8, 3])).toEqual([9, 8, 4])
    scope(() => {
      const x = normal(key(4), [2, 9, 8, 3])
      const [before] = source.activations(x) as [tf.Tensor]
      model.setWeights(model.getWeights().map((weight) => tf.zerosLike(weight)))
      expect(source.activations(x)[0]).toBeAllClose(before, { absolute: 0 })
    })
    disposeSource(source)
    model.dispose()
  })
})
