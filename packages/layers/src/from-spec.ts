import { messageOf, OptionError } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

import { averagePool } from './average-pool.ts'
import { conv2d } from './conv2d.ts'
import type { ConvolutionOptions } from './convolution.ts'
import { dense } from './dense.ts'
import { depthwiseConv2d } from './depthwise-conv2d.ts'
import { dropout } from './dropout.ts'
import * as activations from './elementwise.ts'
import { flatten } from './flatten.ts'
import { frozenBatchNorm } from './frozen-batch-norm.ts'
import { globalAveragePool, globalMaxPool } from './global-pool.ts'
import { groupNorm } from './group-norm.ts'
import { layerNorm } from './layer-norm.ts'
import type { Layer } from './layer.ts'
import { maxPool } from './max-pool.ts'
import type { PoolOptions } from './pool.ts'
import { residual } from './residual.ts'
import { serial } from './serial.ts'
import {
  booleanAt,
  countAt,
  listAt,
  numberAt,
  paddingAt,
  recordAt,
  shown,
  SpecError,
  type Fields,
} from './spec-fields.ts'

/** How many layers may lie inside of each other, and how many there may be in all. */
const limits = { depth: 32, layers: 10_000 }

/** Makes the layer at a place of a spec; throws `SpecError` for a spec of none. */
type Reader = (fields: Fields, part: (value: unknown, place: string) => Layer) => Layer

const pooling = (fields: Fields): PoolOptions => ({ stride: countAt(fields, 'stride'), padding: paddingAt(fields) })

const convolution = (fields: Fields): ConvolutionOptions => ({
  ...pooling(fields),
  dilation: countAt(fields, 'dilation'),
  bias: booleanAt(fields, 'bias'),
})

const { leakyRelu, ...plainActivations } = activations

const plain: Readonly<Record<string, Layer>> = {
  ...plainActivations,
  flatten,
  frozenBatchNorm,
  globalAveragePool,
  globalMaxPool,
}

const readers: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(Object.entries(plain).map(([type, layer]) => [type, (): Layer => layer])),
  averagePool: (fields) => averagePool(countAt(fields, 'size'), pooling(fields)),
  conv2d: (fields) => conv2d(countAt(fields, 'filters'), countAt(fields, 'size'), convolution(fields)),
  dense: (fields) => dense(countAt(fields, 'out')),
  depthwiseConv2d: (fields) =>
    depthwiseConv2d(countAt(fields, 'size'), { ...convolution(fields), multiplier: countAt(fields, 'multiplier') }),
  dropout: (fields) => dropout(numberAt(fields, 'rate')),
  groupNorm: (fields) => groupNorm(countAt(fields, 'groups'), { epsilon: numberAt(fields, 'epsilon') }),
  layerNorm: (fields) => layerNorm({ epsilon: numberAt(fields, 'epsilon') }),
  leakyRelu: (fields) => leakyRelu(numberAt(fields, 'slope')),
  maxPool: (fields) => maxPool(countAt(fields, 'size'), pooling(fields)),
  residual: (fields, part) =>
    residual(
      part(fields.values['main'], `${fields.place}.main`),
      part(fields.values['shortcut'], `${fields.place}.shortcut`),
    ),
  serial: (fields, part) =>
    serial(...listAt(fields, 'layers').map((value, i) => part(value, `${fields.place}.layers.${i}`))),
}

/**
 * The layer that a spec describes, for specs from files: nothing in them is trusted.
 *
 * The layer computes the same function of its parameters; its initializer is the default one, which a spec does not
 * hold. A Left names the place in the spec, what was expected there and what came.
 *
 * @example
 * ```ts
 * fromSpec({ type: 'dense', out: 10 }) // right(dense(10))
 * fromSpec({ type: 'dens', out: 10 }) // left: at spec.type: expected one of averagePool, conv2d, …, got "dens"
 * ```
 */
export const fromSpec = (spec: unknown): E.Either<SpecError, Layer> => {
  let seen = 0
  const part =
    (depth: number) =>
    (value: unknown, place: string): Layer => {
      if (++seen > limits.layers) throw new SpecError(`at ${place}: expected at most ${limits.layers} layers`)
      if (depth > limits.depth) throw new SpecError(`at ${place}: expected layers at most ${limits.depth} deep`)
      return read(recordAt(value, place), part(depth + 1))
    }
  return E.tryCatch(
    () => part(0)(spec, 'spec'),
    (cause) => (cause instanceof SpecError ? cause : new SpecError(messageOf(cause))),
  )
}

const read = (fields: Fields, part: (value: unknown, place: string) => Layer): Layer => {
  const { type } = fields.values
  const reader = typeof type === 'string' && Object.hasOwn(readers, type) ? readers[type] : undefined
  if (reader === undefined)
    throw new SpecError(
      `at ${fields.place}.type: expected one of ${Object.keys(readers).sort().join(', ')}, got ${shown(type)}`,
    )
  try {
    return reader(fields, part)
  } catch (cause) {
    throw cause instanceof OptionError ? new SpecError(`at ${fields.place}: ${cause.message}`) : cause
  }
}
