import { ones, onesLike, tensor1d, zeros, zerosLike, type Tensor } from '@tensorflow/tfjs-core'
import { layers } from '@tensorflow/tfjs-layers'

import { noCounterpart, tensorsOf, type Stages, type Subject } from './stage.ts'

const weightsNamed =
  (subject: Subject, ...wanted: readonly string[]) =>
  (): readonly Tensor[] =>
    wanted.flatMap((name) => tensorsOf(subject)[name] ?? [])

export const dense: Stages = (subject) => [
  {
    layer: layers.dense({ units: (subject.spec as unknown as { out: number }).out, name: subject.nameOf('dense') }),
    weights: weightsNamed(subject, 'kernel', 'bias'),
  },
]

/** Keras refuses to flatten what is flat. */
export const flatten: Stages = ({ input, nameOf }) =>
  input.length === 1 ? [] : [{ layer: layers.flatten({ name: nameOf('flatten') }) }]

export const reshape: Stages = (subject) => [
  {
    layer: layers.reshape({
      targetShape: [...(subject.spec as unknown as { shape: readonly number[] }).shape],
      name: subject.nameOf('reshape'),
    }),
  },
]

export const dropout: Stages = (subject) => [
  {
    layer: layers.dropout({
      rate: (subject.spec as unknown as { rate: number }).rate,
      name: subject.nameOf('dropout'),
    }),
  },
]

export const globalAveragePool: Stages = ({ nameOf }) => [
  { layer: layers.globalAveragePooling2d({ name: nameOf('global_average_pooling2d') }) },
]

export const globalMaxPool: Stages = ({ nameOf }) => [
  { layer: layers.globalMaxPooling2d({ name: nameOf('global_max_pooling2d') }) },
]

/** Scale and shift as a batch normalisation of mean 0 and variance 1. */
export const frozenBatchNorm: Stages = (subject) => [
  {
    layer: layers.batchNormalization({ epsilon: 0, name: subject.nameOf('batch_normalization') }),
    weights: () => {
      const [scale, shift] = weightsNamed(subject, 'scale', 'shift')()
      return scale && shift ? [scale, shift, zerosLike(scale), onesLike(scale)] : []
    },
  },
]

/** A scale and a shift that were fixed, as a batch normalisation whose weights are these numbers. */
export const fixedAffine: Stages = (subject) => {
  const { scale, shift } = subject.spec as unknown as { scale: readonly number[]; shift: readonly number[] }
  const channels = subject.input.at(-1) ?? 1
  const each = (numbers: readonly number[]): Tensor =>
    tensor1d(Array.from({ length: channels }, (_, i) => numbers[i] ?? numbers[0] ?? 0))
  return [
    {
      layer: layers.batchNormalization({ epsilon: 0, trainable: false, name: subject.nameOf('rescaling') }),
      weights: () => [each(scale), each(shift), zeros([channels]), ones([channels])],
    },
  ]
}

export const layerNorm: Stages = (subject) => [
  {
    layer: layers.layerNormalization({
      epsilon: (subject.spec as unknown as { epsilon: number }).epsilon,
      name: subject.nameOf('layer_normalization'),
    }),
    weights: weightsNamed(subject, 'scale', 'shift'),
  },
]

export const upSample2d: Stages = (subject) => {
  const [rows, columns] = (subject.spec as unknown as { size: readonly [number, number] }).size
  return [{ layer: layers.upSampling2d({ size: [rows, columns], name: subject.nameOf('up_sampling2d') }) }]
}

export const groupNorm: Stages = ({ spec }) => {
  throw noCounterpart(spec, 'tfjs-layers has no group normalisation')
}
