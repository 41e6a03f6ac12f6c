import { key, uniforms } from '@ptu/core'
import type { Dataset } from '@ptu/data'
import { conv2d, maxPool, relu, serial } from '@ptu/layers'
import { initBody, type NamedLayer } from '@ptu/networks'
import { disposeParams } from '@ptu/tensor'
import * as E from 'fp-ts/lib/Either.js'

import type { Comparison } from '../src/run/comparison.ts'
import { portable, type InputRule, type PortableNetwork } from '../src/sources/portable-network.ts'

export { right as rightOf } from './right.ts'

/** The message of a Left; throws if something came. */
export const messageIn = <A>(either: E.Either<Error, A>): string => {
  if (E.isRight(either)) throw new Error('expected a Left')
  return either.left.message
}

/** Three blocks of convolutions. */
export const smallBody: readonly NamedLayer[] = [
  { name: 'one', layer: serial(conv2d(6, 3, { stride: 2 }), relu) },
  { name: 'two', layer: serial(conv2d(6, 3), relu, maxPool(2)) },
  { name: 'three', layer: serial(conv2d(6, 1), relu) },
]

/** Images of 8×8 pixels in colour. */
export const smallInput: InputRule = {
  shape: [8, 8, 3],
  normalisation: { mean: 127.5, deviation: 127.5 },
  vocabulary: null,
  image: { size: [8, 8], channels: 3, fit: 'squash' },
}

/** A small network with random weights. */
export const smallNetwork = async (seed = 0, input: InputRule = smallInput): Promise<PortableNetwork> => {
  const params = initBody(smallBody, key(seed), input.shape)
  const network = await portable(smallBody, params, input)
  disposeParams(params)
  return network
}

/** Colours that are far apart, one for each class. */
const centres = [
  [210, 60, 60],
  [60, 210, 60],
  [60, 60, 210],
] as const

/** The pixels of an image of a class: its colour with noise. */
export const colourPixels = (label: number, seed: number, noise = 60): Uint8Array => {
  const draws = uniforms(key(seed), 8 * 8 * 3)
  const centre = centres[label] as readonly number[]
  return Uint8Array.from(draws, (u, i) => (centre[i % 3] as number) + noise * (u - 0.5))
}

/** Images of two or three colours, those of a class one after another. */
export const colours = (classes: number, perClass: number, seed = 1): Dataset => ({
  shape: [8, 8, 3],
  classes: ['red', 'green', 'blue'].slice(0, classes),
  labels: Int32Array.from({ length: classes * perClass }, (_, i) => Math.floor(i / perClass)),
  features: Uint8Array.from(
    Array.from({ length: classes * perClass }, (_, i) => [
      ...colourPixels(Math.floor(i / perClass), 1000 * seed + i),
    ]).flat(),
  ),
})

/** A comparison on colours with few, short trainings. */
export const smallComparison = (
  network: PortableNetwork,
  train: Dataset,
  changes: Partial<Comparison> = {},
): Comparison => ({
  ...{ prefix: null, network, target: { train, test: train, digest: 'target' }, sourceData: null, shots: 4 },
  ...{ rescales: false, rates: [1e-3], rate: 3e-3, zeroHead: true, steps: 12, batch: 8, record: { test: 1 } },
  ...changes,
})
