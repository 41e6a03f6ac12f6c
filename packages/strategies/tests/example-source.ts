import { key, split } from '@ptu/core'
import { conv2d, dense, flatten, maxPool, relu, serial } from '@ptu/layers'
import { freeze, initBody, type Body, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { normal } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

/** A small source with blocks of every kind that transfer meets: two convolutions and a dense layer. */
export const body: Body = [
  { name: 'conv1', layer: serial(conv2d(4, 3), relu, maxPool(2)) },
  { name: 'conv2', layer: serial(conv2d(6, 3), relu, maxPool(2)) },
  { name: 'dense', layer: serial(flatten, dense(5), relu) },
]

export const inputShape = [6, 6, 1] as const

export const exampleSource = (): SourceNetwork<OpenBlock> => freeze(body, initBody(body, key(11), inputShape))

export const examples = (count: number, seed = 5): Tensor => normal(key(seed), [count, ...inputShape])

export const [initKey, noiseKey] = split(key(3), 2) as [ReturnType<typeof key>, ReturnType<typeof key>]
