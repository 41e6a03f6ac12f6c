import { valueAt } from '../layers-model/fields.ts'
import type { OnnxNode, OnnxTables } from './tables.ts'

/** Operators that have the channels on axis 1 and places after it. */
const overPlaces: ReadonlySet<string> = new Set([
  ...['Conv', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'BatchNormalization'],
])

/** Operators that have the steps on axis 0 and the examples on axis 1. */
const overSteps: ReadonlySet<string> = new Set(['GRU', 'LSTM', 'RNN'])

/** Operators that run over the last axis. */
const overLast: ReadonlySet<string> = new Set(['MatMul', 'LayerNormalization'])

/** Operators that leave all axes where they are. */
const numberByNumber: ReadonlySet<string> = new Set([
  ...[
    'Identity',
    'Cast',
    'Clip',
    'Relu',
    'LeakyRelu',
    'PRelu',
    'Sigmoid',
    'Tanh',
    'Elu',
    'Selu',
    'HardSwish',
    'HardSigmoid',
  ],
  ...['Softplus', 'Softsign', 'Gelu', 'Dropout', 'Add', 'Sub', 'Mul', 'Div', 'Neg', 'Pad'],
])

/** The order of the axes of an input that an operator asks for, where `axes` are the input's as it reads them. */
const askedBy = ({ op }: OnnxNode, axes: readonly number[]): readonly number[] | undefined => {
  const [first = 0, second = 1, ...places] = axes
  if (overPlaces.has(op) && axes.length > 2) return [first, ...places, second]
  if (overLast.has(op)) return axes
  return overSteps.has(op) && axes.length === 3 ? [second, first, ...places] : undefined
}

/**
 * The order in which the axes of the model's input lie in our tensors, the batch first.
 *
 * It is what the first operator asks for that does not work number by number: a convolution has channels on axis 1, a
 * recurrent layer the examples on axis 1. A graph that begins with channels last moves them by a Transpose first, or by a Reshape
 * where there is only one. Of four axes the second is the channels where no operator says otherwise.
 */
export const inputOrder = (
  { nodes }: OnnxTables,
  input: string,
  sizes: readonly (number | undefined)[],
): readonly number[] => {
  const rank = sizes.length
  const all = sizes.map((_, axis) => axis)
  const reached = new Map<string, readonly number[]>([[input, all]])
  for (const node of nodes) {
    const axes = node.inputs.map((name) => reached.get(name)).find((one) => one !== undefined)
    if (axes === undefined) continue
    const asked = askedBy(node, axes)
    if (asked !== undefined) return asked
    const next = behind(node, axes, axes === all && rank === 4 && sizes[3] === 1)
    if (next !== undefined) reached.set(node.outputs[0] ?? '', next)
  }
  return rank === 4 ? [0, 2, 3, 1] : all
}

/** The axes behind an operator that asks for no order; undefined where they cannot be followed. */
const behind = (node: OnnxNode, axes: readonly number[], hasOneChannelLast: boolean): readonly number[] | undefined => {
  const perm = valueAt(node.config, 'perm')
  if (node.op === 'Transpose') return Array.isArray(perm) ? perm.map((axis) => axes[Number(axis)] ?? 0) : axes
  // A single channel that was last comes first in another shape, without any number moved.
  if (node.op === 'Reshape' && hasOneChannelLast) return [0, 3, 1, 2]
  return numberByNumber.has(node.op) ? axes : undefined
}
