import { concatenate, dense, dotProductAttention, serial, timeDistributed, type Layer } from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import { scope, type ParamTree } from '@ptu/tensor'
import { reshape, zeros, type Tensor } from '@tensorflow/tfjs-core'

import { booleanAt, checkOnly, itemsOf, numberAt, refuse, sizeAt, squareAt, valueAt, type Fields } from './fields.ts'
import type { Context, Part, Translator } from './part.ts'

/** A map of each step, of which Keras keeps the features of every head apart. */
interface HeadMap {
  /** The beginnings of its names: in an `.h5`, and in an archive of Keras 3. */
  readonly names: readonly string[]
  readonly kernel: readonly number[]
  readonly bias: readonly number[]
  readonly size: readonly [inputs: number, units: number]
}

const mapOf =
  ({ config, weights }: Context) =>
  ({ names, kernel, bias, size }: HeadMap): Part => {
    const made = weights({ kernel, bias: booleanAt(config, 'use_bias', true) ? bias : undefined }, names)
    const flat = (weight: (() => Tensor) | undefined, shape: readonly number[]): Tensor =>
      scope(() => (weight === undefined ? zeros([...shape]) : reshape(weight(), [...shape])))
    return {
      layer: timeDistributed(dense(size[1])),
      params: () => ({ kernel: flat(made.kernel, size), bias: flat(made.bias, [size[1]]) }),
    }
  }

/** The features of each step that the last map gives: those of the input unless they are named. */
const outputOf = (config: Fields, features: number): number =>
  valueAt(config, 'output_shape') === undefined ? features : squareAt(config, 'output_shape')

/** Throws unless steps attend to steps, which is what no axes mean too. */
const checkAxes = (config: Fields): void => {
  const axes = valueAt(config, 'attention_axes')
  if (axes !== undefined && itemsOf(axes).join() !== '1') refuse(config, 'attention_axes', 'the axis of steps, 1')
}

/** Self-attention: the graph has seen to it that queries, keys and values are of one layer. */
const selfAttention: Translator = (context) => {
  const { config, input } = context
  if (input.length !== 2)
    throw new ImportError(`${config.place}: expected steps with features, got an input of [${input.join(', ')}]`)
  checkAxes(config)
  const [heads, depth, features = 0] = [sizeAt(config, 'num_heads'), sizeAt(config, 'key_dim'), input[1]]
  checkOnly(config, 'value_dim', [depth])
  const [width, out] = [heads * depth, outputOf(config, features)]
  const map = mapOf(context)
  const [query, key, value] = ['query', 'key', 'value'].map((name) =>
    map({ names: [name], kernel: [features, heads, depth], bias: [heads, depth], size: [features, width] }),
  ) as [Part, Part, Part]
  const names = ['attention_output', 'output_dense']
  const last = map({ names, kernel: [heads, depth, out], bias: [out], size: [width, out] })
  const layer: Layer<readonly ParamTree[]> = serial(
    concatenate(query.layer, key.layer, value.layer),
    dotProductAttention(heads, { dropout: numberAt(config, 'dropout', 0) }),
    last.layer,
  )
  return [{ layer, params: () => [[query.params(), key.params(), value.params()], [], last.params()] }]
}

/** Translators of attention. */
export const attentionLayers: Readonly<Record<string, Translator>> = { MultiHeadAttention: selfAttention }
