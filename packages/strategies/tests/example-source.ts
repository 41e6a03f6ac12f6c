import { key, split } from '@ptu/core'
import {
  bidirectional,
  classToken,
  conv2d,
  dense,
  firstStep,
  flatten,
  gru,
  lastStep,
  lstm,
  maxPool,
  patchEmbedding,
  positionEmbedding,
  relu,
  residual,
  serial,
  simpleRnn,
  transformerBlock,
} from '@ptu/layers'
import { freeze, initBody, type Body, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import { normal, type Shape } from '@ptu/tensor'
import type { Tensor } from '@tensorflow/tfjs-core'

/** A source of three blocks, the last of which gives `[5]`. */
export interface Example {
  readonly body: Body
  readonly inputShape: Shape
}

/** Blocks of every kind that transfer meets in pictures: two convolutions and a dense layer. */
const pictures: Example = {
  body: [
    { name: 'conv1', layer: serial(conv2d(4, 3), relu, maxPool(2)) },
    { name: 'conv2', layer: serial(conv2d(6, 3), relu, maxPool(2)) },
    { name: 'dense', layer: serial(flatten, dense(5), relu) },
  ],
  inputShape: [6, 6, 1],
}

/** Every recurrent layer, in both directions and one. */
const sequences: Example = {
  body: [
    { name: 'context', layer: bidirectional(gru(2)) },
    { name: 'memory', layer: lstm(2) },
    { name: 'summary', layer: serial(simpleRnn(5), lastStep()) },
  ],
  inputShape: [3, 2],
}

/** A vision transformer, normalised before its paths and after. */
const patches: Example = {
  body: [
    { name: 'patches', layer: serial(patchEmbedding(4, 2), classToken(), residual(positionEmbedding(5))) },
    { name: 'attention', layer: transformerBlock(4, 2, { hidden: 5, scaled: true }) },
    { name: 'class', layer: serial(transformerBlock(4, 1, { hidden: 3, norm: 'after' }), firstStep, dense(5)) },
  ],
  inputShape: [4, 4, 1],
}

export const everyExample: Readonly<Record<'pictures' | 'sequences' | 'patches', Example>> = {
  pictures,
  sequences,
  patches,
}

export const { inputShape } = pictures

export const sourceOf = (example: Example): SourceNetwork<OpenBlock> =>
  freeze(example.body, initBody(example.body, key(11), example.inputShape))

export const examplesOf = (example: Example, count: number, seed = 5): Tensor =>
  normal(key(seed), [count, ...example.inputShape])

export const exampleSource = (): SourceNetwork<OpenBlock> => sourceOf(pictures)

export const examples = (count: number, seed = 5): Tensor => examplesOf(pictures, count, seed)

export const [initKey, noiseKey] = split(key(3), 2) as [ReturnType<typeof key>, ReturnType<typeof key>]
