import {
  bidirectional,
  concatenate,
  gru,
  identity,
  lastStep,
  lstm,
  recurrentVariant,
  reverseSteps,
  serial,
  sigmoid,
  simpleRnn,
  type Layer,
  type RecurrentParams,
  type VariantCell,
} from '@ptu/layers'
import { ImportError } from '@ptu/networks'
import { scope } from '@ptu/tensor'
import { concat, split, unstack, zeros, type Tensor } from '@tensorflow/tfjs-core'

import { activationNamed } from './activations.ts'
import { sequenceOf } from './convolutions.ts'
import { booleanAt, checkOnly, recordAt, refuse, shown, sizeAt, textAt, valueAt, type Fields } from './fields.ts'
import { plain, type Context, type Part, type Translator } from './part.ts'

const cells: Readonly<Record<string, { readonly cell: VariantCell; readonly gates: number }>> = {
  GRU: { cell: 'gru', gates: 3 },
  LSTM: { cell: 'lstm', gates: 4 },
  SimpleRNN: { cell: 'simpleRnn', gates: 1 },
}

/** The layer that computes what a recurrent layer does, all steps of it. */
const layerOf = (context: Context, cell: VariantCell, resetAfter: boolean): Layer<RecurrentParams> => {
  const units = sizeAt(context.config, 'units')
  const activation = activationNamed(context, 'activation', 'tanh') ?? identity
  const gate =
    cell === 'simpleRnn' ? sigmoid : (activationNamed(context, 'recurrent_activation', 'sigmoid') ?? identity)
  const usual = activation.spec.type === 'tanh' && gate.spec.type === 'sigmoid'
  if (resetAfter && !usual)
    return refuse(context.config, 'activation', 'tanh, with gates of sigmoid, where reset_after is true')
  const plainCell = usual && (cell !== 'gru' || resetAfter)
  return plainCell ? { gru, lstm, simpleRnn }[cell](units) : recurrentVariant(cell, units, { activation, gate })
}

/** A recurrent layer without what comes after its steps. `part` is what its weights' names begin with inside of another. */
const stepsOf = (type: string, context: Context, part?: string): Part => {
  const { cell, gates } = cellOf(type, context)
  const { config, weights } = context
  const [, features] = sequenceOf(context)
  for (const field of ['stateful', 'return_state', 'time_major']) checkOnly(config, field, [false])
  const units = sizeAt(config, 'units')
  const resetAfter = cell === 'gru' && booleanAt(config, 'reset_after', false)
  const biases = resetAfter ? [2, gates * units] : [gates * units]
  const { kernel, recurrent_kernel, bias } = weights(
    {
      kernel: [features, gates * units],
      recurrent_kernel: [units, gates * units],
      bias: booleanAt(config, 'use_bias', true) ? biases : undefined,
    },
    part,
  )
  const ordered = (made: Tensor): Tensor => (cell === 'gru' ? resetFirst(made) : made)
  const params = (): RecurrentParams =>
    scope(() => ({
      kernel: ordered(kernel()),
      recurrentKernel: ordered(recurrent_kernel()),
      ...biasesOf(ordered(bias?.() ?? zeros(biases))),
    }))
  return { layer: layerOf(context, cell, resetAfter), params }
}

/** The bias, and where there are two rows of it the recurrent bias. */
const biasesOf = (bias: Tensor): Pick<RecurrentParams, 'bias' | 'recurrentBias'> => {
  if (bias.rank === 1) return { bias }
  const [own = bias, recurrentBias = bias] = unstack(bias)
  return { bias: own, recurrentBias }
}

const cellOf = (type: string, { config }: Context): { readonly cell: VariantCell; readonly gates: number } => {
  const found = Object.hasOwn(cells, type) ? cells[type] : undefined
  if (found === undefined)
    throw new ImportError(
      `${config.place}: expected a layer ${Object.keys(cells).join(', ')}, got ${shown(type)}; use the model as a black box`,
    )
  return found
}

/** The gates of a GRU, update before reset in Keras, in our order. */
const resetFirst = (gates: Tensor): Tensor => {
  const [update = gates, reset = gates, candidate = gates] = split(gates, 3, gates.rank - 1)
  return concat([reset, update, candidate], gates.rank - 1)
}

const single =
  (type: string): Translator =>
  (context) => [
    ...(booleanAt(context.config, 'go_backwards', false) ? [plain(reverseSteps)] : []),
    stepsOf(type, context),
    ...(booleanAt(context.config, 'return_sequences', false) ? [] : [plain(lastStep())]),
  ]

/** The description of the backward layer, which Keras 3 always writes. Throws unless it is the forward one's mirror. */
const backwardOf = ({ config }: Context, forward: Fields, type: string): Fields => {
  if (valueAt(config, 'backward_layer') === undefined) return forward
  const layer = recordAt(config, 'backward_layer')
  checkOnly(layer, 'class_name', [type])
  const own = { ...recordAt(layer, 'config'), place: `${config.place}, backward` }
  checkOnly(own, 'go_backwards', [true])
  checkOnly(own, 'return_sequences', [booleanAt(forward, 'return_sequences', false)])
  return own
}

const bothWays: Translator = (context) => {
  checkOnly(context.config, 'merge_mode', ['concat'])
  const { place } = context.config
  const inner = recordAt(context.config, 'layer')
  const config = { ...recordAt(inner, 'config'), place }
  checkOnly(config, 'go_backwards', [false])
  const type = textAt(inner, 'class_name')
  const forward = stepsOf(type, { ...context, config }, 'forward')
  const backward = stepsOf(type, { ...context, config: backwardOf(context, config, type) }, 'backward')
  if (booleanAt(config, 'return_sequences', false))
    return [
      { layer: bidirectional(forward.layer, backward.layer), params: () => [forward.params(), backward.params()] },
    ]
  return [
    {
      layer: concatenate(serial(forward.layer, lastStep()), serial(reverseSteps, backward.layer, lastStep())),
      params: () => [
        [forward.params(), []],
        [[], backward.params(), []],
      ],
    },
  ]
}

/** Translators of recurrent layers. */
export const recurrentLayers: Readonly<Record<string, Translator>> = {
  ...Object.fromEntries(Object.keys(cells).map((type) => [type, single(type)])),
  Bidirectional: bothWays,
}
