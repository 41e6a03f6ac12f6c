import { messageOf, OptionError } from '@ptu/core'
import * as E from 'fp-ts/lib/Either.js'

import { dotProductAttention } from './attention.ts'
import { averagePool } from './average-pool.ts'
import { bidirectional } from './bidirectional.ts'
import { leadingTokens } from './class-token.ts'
import { concatenate } from './concatenate.ts'
import { conv1d } from './conv1d.ts'
import { conv2d } from './conv2d.ts'
import { dense } from './dense.ts'
import { depthwiseConv2d } from './depthwise-conv2d.ts'
import { dropout } from './dropout.ts'
import { identity } from './elementwise.ts'
import { embedding } from './embedding.ts'
import { maximum, minimum } from './extremes.ts'
import { fixedAffine } from './fixed-affine.ts'
import { flatten } from './flatten.ts'
import { frozenBatchNorm } from './frozen-batch-norm.ts'
import { globalAveragePool, globalMaxPool } from './global-pool.ts'
import { groupNorm } from './group-norm.ts'
import { gru } from './gru.ts'
import { layerNorm } from './layer-norm.ts'
import { layerScale } from './layer-scale.ts'
import type { Layer } from './layer.ts'
import { lstm } from './lstm.ts'
import { maxPool } from './max-pool.ts'
import { averagePool1d, maxPool1d } from './pool1d.ts'
import { permute } from './permute.ts'
import { positionEmbedding, typeEmbedding } from './position-embedding.ts'
import { prelu } from './prelu.ts'
import { product } from './product.ts'
import { recurrentVariant } from './recurrent-variant.ts'
import { reshape } from './reshape.ts'
import { residual } from './residual.ts'
import { reverseSteps } from './reverse-steps.ts'
import { rotaryPositions } from './rotary-positions.ts'
import { serial } from './serial.ts'
import { simpleRnn } from './simple-rnn.ts'
import { elementwise } from './spec-activations.ts'
import { slice } from './slice.ts'
import {
  booleanAt,
  countAt,
  countsAt,
  extentAt,
  listAt,
  numberAt,
  numbersAt,
  oneOfAt,
  pairAt,
  placeAt,
  recordAt,
  shown,
  sidesAt,
  SpecError,
  stepPaddingAt,
  stepSidesAt,
  type Fields,
} from './spec-fields.ts'
import { attending, convolution, grouped, masking, paddingToken, pooling, stepPooling } from './spec-options.ts'
import { firstStep, lastStep, meanOverTime } from './step-pool.ts'
import { timeDistributed } from './time-distributed.ts'
import { upSample2d } from './up-sample2d.ts'
import { zeroPad1d } from './zero-pad1d.ts'
import { zeroPad2d } from './zero-pad2d.ts'

/** The most layers that may lie inside one another, and the most in all. */
const limits = { depth: 32, layers: 10_000 }

/** Makes the layer at a place of a spec; throws `SpecError` if the spec describes no layer. */
type Reader = (fields: Fields, part: PartReader) => Layer
type PartReader = (value: unknown, place: string) => Layer

const partAt = ({ values, place }: Fields, name: string, part: PartReader): Layer =>
  part(values[name], `${place}.${name}`)

const elementwiseAt = (fields: Fields, name: string): Layer<readonly []> => {
  const inner = recordAt(fields.values[name], `${fields.place}.${name}`)
  oneOfAt(inner, 'type', Object.keys(elementwise))
  return read(inner, () => identity) as Layer<readonly []>
}

const plain: Readonly<Record<string, Layer>> = {
  firstStep,
  flatten,
  frozenBatchNorm,
  globalAveragePool,
  globalMaxPool,
  reverseSteps,
}

const readers: Readonly<Record<string, Reader>> = {
  ...Object.fromEntries(Object.entries(plain).map(([type, layer]) => [type, (): Layer => layer])),
  ...elementwise,
  averagePool: (fields) => averagePool(extentAt(fields, 'size'), pooling(fields)),
  averagePool1d: (fields) => averagePool1d(countAt(fields, 'size'), stepPooling(fields)),
  concatenate: (fields, part) =>
    concatenate(...listAt(fields, 'paths').map((value, i) => part(value, `${fields.place}.paths.${i}`))),
  conv2d: (fields) => conv2d(countAt(fields, 'filters'), extentAt(fields, 'size'), grouped(fields)),
  bidirectional: (fields, part) => bidirectional(partAt(fields, 'forward', part), partAt(fields, 'backward', part)),
  conv1d: (fields) =>
    conv1d(countAt(fields, 'filters'), countAt(fields, 'size'), {
      stride: countAt(fields, 'stride'),
      padding: stepPaddingAt(fields),
      dilation: countAt(fields, 'dilation'),
      bias: booleanAt(fields, 'bias'),
    }),
  dense: (fields) => dense(countAt(fields, 'out')),
  depthwiseConv2d: (fields) =>
    depthwiseConv2d(extentAt(fields, 'size'), { ...convolution(fields), multiplier: countAt(fields, 'multiplier') }),
  dotProductAttention: (fields) => dotProductAttention(countAt(fields, 'heads'), attending(fields)),
  dropout: (fields) => dropout(numberAt(fields, 'rate')),
  embedding: (fields) =>
    embedding(countAt(fields, 'vocabulary'), countAt(fields, 'features'), {
      ...masking(fields),
      ...paddingToken(fields),
    }),
  fixedAffine: (fields) => fixedAffine({ scale: numbersAt(fields, 'scale'), shift: numbersAt(fields, 'shift') }),
  groupNorm: (fields) => groupNorm(countAt(fields, 'groups'), { epsilon: numberAt(fields, 'epsilon') }),
  gru: (fields) => gru(countAt(fields, 'units'), masking(fields)),
  lastStep: (fields) => lastStep(masking(fields)),
  layerScale: () => layerScale(),
  leadingTokens: (fields) => leadingTokens(countAt(fields, 'count')),
  layerNorm: (fields) => layerNorm({ epsilon: numberAt(fields, 'epsilon') }),
  lstm: (fields) => lstm(countAt(fields, 'units'), masking(fields)),
  maxPool: (fields) => maxPool(extentAt(fields, 'size'), pooling(fields)),
  maxPool1d: (fields) => maxPool1d(countAt(fields, 'size'), stepPooling(fields)),
  meanOverTime: (fields) => meanOverTime(masking(fields)),
  permute: (fields) => permute(countsAt(fields, 'order', 0)),
  positionEmbedding: (fields) => positionEmbedding(countAt(fields, 'positions'), masking(fields)),
  prelu: (fields) => prelu(fields.values['shared'] === undefined ? {} : { shared: countsAt(fields, 'shared', 0) }),
  maximum: (fields, part) => maximum(partAt(fields, 'first', part), partAt(fields, 'second', part)),
  minimum: (fields, part) => minimum(partAt(fields, 'first', part), partAt(fields, 'second', part)),
  product: (fields, part) => product(partAt(fields, 'first', part), partAt(fields, 'second', part)),
  recurrentVariant: (fields) =>
    recurrentVariant(oneOfAt(fields, 'cell', ['simpleRnn', 'gru', 'lstm']), countAt(fields, 'units'), {
      activation: elementwiseAt(fields, 'activation'),
      gate: elementwiseAt(fields, 'gate'),
      ...(fields.values['masked'] !== undefined && masking(fields)),
    }),
  reshape: (fields) => reshape(countsAt(fields, 'shape', -1)),
  residual: (fields, part) => residual(partAt(fields, 'main', part), partAt(fields, 'shortcut', part)),
  rotaryPositions: (fields) => rotaryPositions(countAt(fields, 'heads'), { base: numberAt(fields, 'base') }),
  serial: (fields, part) =>
    serial(...listAt(fields, 'layers').map((value, i) => part(value, `${fields.place}.layers.${i}`))),
  simpleRnn: (fields) => simpleRnn(countAt(fields, 'units'), masking(fields)),
  slice: (fields) => slice(placeAt(fields, 'axis'), placeAt(fields, 'from'), countAt(fields, 'size')),
  timeDistributed: (fields, part) => timeDistributed(partAt(fields, 'layer', part), masking(fields)),
  typeEmbedding: (fields) => typeEmbedding(countAt(fields, 'types'), masking(fields)),
  upSample2d: (fields) => upSample2d(pairAt(fields, 'size')),
  zeroPad1d: (fields) => zeroPad1d(stepSidesAt(fields)),
  zeroPad2d: (fields) => zeroPad2d(sidesAt(fields)),
}

/**
 * Makes the layer that a spec describes. Specs may come from files: nothing in them is trusted.
 *
 * The layer computes the same function of its parameters; its initializer is the default one, which a spec does not
 * hold. A Left names the place in the spec, what was expected there and what came.
 *
 * @example
 * ```ts
 * const made = fromSpec({ type: 'dense', out: 10 })
 * expect(E.isRight(made) && made.right.spec).toEqual(dense(10).spec)
 * const wrong = fromSpec({ type: 'dens', out: 10 })
 * expect(E.isLeft(wrong) && wrong.left.message).toMatch(/^at spec.type: expected one of .*, got "dens"$/)
 * ```
 */
export const fromSpec = (spec: unknown): E.Either<SpecError, Layer> => {
  let seen = 0
  const part =
    (depth: number): PartReader =>
    (value, place) => {
      if (++seen > limits.layers) throw new SpecError(`at ${place}: expected at most ${limits.layers} layers`)
      if (depth > limits.depth) throw new SpecError(`at ${place}: expected layers at most ${limits.depth} deep`)
      return read(recordAt(value, place), part(depth + 1))
    }
  return E.tryCatch(
    () => part(0)(spec, 'spec'),
    (cause) => (cause instanceof SpecError ? cause : new SpecError(messageOf(cause))),
  )
}

const read = (fields: Fields, part: PartReader): Layer => {
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
