import { foldIn, key } from '@ptu/core'
import { normal, scope, uniform } from '@ptu/tensor'
import * as tf from '@tensorflow/tfjs'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'

import { decodeLayersModel, disposeSource, fromLayersModel, type StoredLayersModel } from '../src/index.ts'
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
