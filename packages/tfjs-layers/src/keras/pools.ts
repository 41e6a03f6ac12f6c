import { pairOf, type Window } from '@ptu/layers'
import { layers } from '@tensorflow/tfjs-layers'

import { noCounterpart, type Stages, type Subject } from './stage.ts'

type PoolFactory = (args: Parameters<typeof layers.maxPooling2d>[0]) => layers.Layer
type StepPoolFactory = (args: Parameters<typeof layers.maxPooling1d>[0]) => layers.Layer

/**
 * A pool. One that is padded by counts slides by one position first, with the padding of `'same'`, which is no part of the map
 * either; of its places those that the pool has are kept.
 */
const pool2d =
  (type: string, make: PoolFactory): Stages =>
  (subject) => {
    const { spec, nameOf } = subject
    const { size, stride, padding } = spec as unknown as Window
    const slides = { poolSize: pairOf(size), strides: pairOf(stride) }
    if (typeof padding === 'string') return [{ layer: make({ ...slides, padding, name: nameOf(type) }) }]
    return [
      { layer: make({ ...slides, strides: [1, 1], padding: 'same', name: nameOf(type) }) },
      { layer: layers.cropping2D({ cropping: keptPlaces(subject), name: nameOf('cropping2d') }) },
      { layer: layers.maxPooling2d({ poolSize: [1, 1], strides: pairOf(stride), name: nameOf('every') }) },
    ]
  }

type Sides = [number, number]

/** The rows and columns to leave out of a pool that slid by one position, so that each stride from there on is a window. */
const keptPlaces = ({ spec, input }: Subject): [Sides, Sides] => {
  const { size, stride, padding } = spec as unknown as Window
  const along = (axis: 0 | 1): Sides => {
    const [length, span, step] = [input[axis] ?? 1, pairOf(size)[axis], pairOf(stride)[axis]]
    const [before, after] = typeof padding === 'number' ? [padding, padding] : (padding[axis] as unknown as Sides)
    const centre = Math.floor((span - 1) / 2)
    if (before > centre || after > span - 1 - centre)
      throw noCounterpart(spec, 'the pools of tfjs are padded by half of a window at most')
    const last = Math.floor((length + before + after - span) / step) * step
    return [centre - before, length - 1 - last - (centre - before)]
  }
  return [along(0), along(1)]
}

export const maxPool: Stages = pool2d('max_pooling2d', layers.maxPooling2d)
export const averagePool: Stages = pool2d('average_pooling2d', layers.averagePooling2d)

const pool1d =
  (type: string, make: StepPoolFactory): Stages =>
  (subject) => {
    const { size, stride, padding } = subject.spec as unknown as {
      size: number
      stride: number
      padding: 'same' | 'valid'
    }
    return [{ layer: make({ poolSize: size, strides: stride, padding, name: subject.nameOf(type) }) }]
  }

export const maxPool1d: Stages = pool1d('max_pooling1d', layers.maxPooling1d)
export const averagePool1d: Stages = pool1d('average_pooling1d', layers.averagePooling1d)
