import {
  bidirectional,
  concatenate,
  gru,
  lastStep,
  lstm,
  recurrentVariant,
  reverseSteps,
  simpleRnn,
  type Layer,
  type RecurrentParams,
} from '@ptu/layers'
import { scope } from '@ptu/tensor'
import { add, concat, slice, split, squeeze, transpose, zeros, type Tensor } from '@tensorflow/tfjs-core'

import { inSeries } from '../layers-model/blocks.ts'
import {
  checkOnly,
  itemsOf,
  numberAt,
  refuse,
  shown,
  sizeAt,
  textAt,
  valueAt,
  type Fields,
} from '../layers-model/fields.ts'
import { plain, type Part } from '../layers-model/part.ts'
import { countOf } from '../stored-tensor.ts'
import {
  asGroups,
  refuseNode,
  shownSizes,
  weightIf,
  weightOf,
  type OnnxContext,
  type OnnxTranslator,
} from './context.ts'
import { sizesOf, type Factor, type Value } from './value.ts'

/** A recurrent operator, with the place in ONNX of each of our gates. */
interface Cell {
  readonly gates: readonly number[]
  /** The activations of the gates and of the candidate that are opened. */
  readonly activations: readonly string[]
  /** The layer of ours; the state of a GRU is reset after the product or before it. */
  layer(units: number, resetAfter: boolean): Layer<RecurrentParams>
}

const cells: Readonly<Record<string, Cell>> = {
  GRU: {
    gates: [1, 0, 2],
    activations: ['Sigmoid', 'Tanh'],
    layer: (units, resetAfter) => (resetAfter ? gru(units) : recurrentVariant('gru', units)),
  },
  LSTM: { gates: [0, 2, 3, 1], activations: ['Sigmoid', 'Tanh', 'Tanh'], layer: (units) => lstm(units) },
  RNN: { gates: [0], activations: ['Tanh'], layer: (units) => simpleRnn(units) },
}

/** The facts of a recurrent node. */
interface Facts {
  readonly cell: Cell
  readonly units: number
  readonly directions: number
  readonly resetAfter: boolean
  /** True if the two biases of each gate are kept apart. */
  readonly twoBiases: boolean
}

/** The blocks of rows of each gate in our order, as the last axis. */
const gatesLast = ({ cell }: Facts, rows: Tensor): Tensor => {
  const parts = split(rows, cell.gates.length, 0)
  const ordered = concat(cell.gates.map((gate) => parts[gate] ?? rows), 0) // prettier-ignore
  return rows.rank === 2 ? transpose(ordered) : ordered
}

/** The parameters of one direction. */
const paramsOf = (context: OnnxContext, facts: Facts, features: number, direction: number): (() => RecurrentParams) => {
  const { cell, units, directions, twoBiases } = facts
  const width = cell.gates.length * units
  const kernel = weightOf(context, 1, 'W', [directions, width, features])
  const state = weightOf(context, 2, 'R', [directions, width, units])
  const biases = weightIf(context, 3, 'B', [directions, 2 * width])
  const own = (all: Tensor): Tensor => squeeze(slice(all, [direction], [1]), [0])
  return () =>
    scope(() => {
      const [input, recurrent] = split(biases ? own(biases.tensor()) : zeros([2 * width]), 2).map((one) => gatesLast(facts, one)) // prettier-ignore
      const [first, second] = [input ?? zeros([width]), recurrent ?? zeros([width])]
      return {
        kernel: gatesLast(facts, own(kernel.tensor())),
        recurrentKernel: gatesLast(facts, own(state.tensor())),
        ...(twoBiases ? { bias: first, recurrentBias: second } : { bias: add(first, second) }),
      }
    })
}

/** Throws for an option that no layer of ours has. */
const checkOptions = (config: Fields, activations: readonly string[]): void => {
  checkOnly(config, 'direction', ['forward', 'reverse', 'bidirectional'])
  checkOnly(config, 'layout', [0])
  checkOnly(config, 'input_forget', [0])
  const found = itemsOf(valueAt(config, 'activations') ?? activations)
  if (shown(found).toLowerCase() !== shown(activations).toLowerCase())
    refuse(config, 'activations', activations.join(', '))
  for (const name of ['clip', 'activation_alpha', 'activation_beta'])
    if (valueAt(config, name) !== undefined) refuse(config, name, 'left out')
}

const factsOf = (context: OnnxContext): Facts => {
  const { config, op } = context
  const [type = ''] = op.split(':')
  const cell = cells[type] ?? refuseNode(context, 'expected a recurrent operator')
  const direction = textAt(config, 'direction', 'forward')
  const directions = direction === 'bidirectional' ? 2 : 1
  checkOptions(config, Array.from({ length: directions }, () => cell.activations).flat())
  const resetAfter = numberAt(config, 'linear_before_reset', 0) === 1
  return { cell, units: sizeAt(config, 'hidden_size'), directions, resetAfter, twoBiases: type === 'GRU' && resetAfter }
}

/** Throws unless the states start at zero, and every sequence has all its steps. */
const checkStart = (context: OnnxContext): void => {
  const names = ['sequence_lens', 'initial_h', 'initial_c', 'P']
  for (const [i, name] of names.entries()) {
    const place = i + 4
    if (place >= context.count) return
    const isValue = context.isValue(place)
    const found = isValue ? undefined : context.input(place)
    const isZero =
      found !== undefined && i > 0 && countOf(found.shape) <= 2 ** 24 && found.values().every((one) => one === 0)
    if (isValue || (found !== undefined && !isZero)) refuseNode(context, `expected ${name} to be left out or zeros`)
  }
}

/** The layers of all steps, or of the last one of each direction. */
const layersOf = (context: OnnxContext, ways: readonly Part[], isLastStep: boolean): readonly Part[] => {
  const reverse = plain(reverseSteps)
  const last = plain(lastStep())
  const [forward, backward] = ways
  if (forward === undefined) return []
  const isReverse = textAt(context.config, 'direction', 'forward') === 'reverse'
  if (backward === undefined)
    return [...(isReverse ? [reverse] : []), forward, ...(isLastStep ? [last] : isReverse ? [reverse] : [])]
  if (!isLastStep)
    return [
      { layer: bidirectional(forward.layer, backward.layer), params: () => [forward.params(), backward.params()] },
    ]
  const [a, b] = [inSeries([forward, last]), inSeries([reverse, backward, last])]
  return [{ layer: concatenate(a.layer, b.layer), params: () => [a.params(), b.params()] }]
}

const factorsOf = (size: number): readonly Factor[] => (size === 1 ? [] : [{ size }])

/** `Y` is `[steps, directions, N, units]`, `Y_h` is `[directions, N, units]`. */
const recurrent =
  (isLastStep: boolean): OnnxTranslator =>
  (context) => {
    const { value } = context
    const [steps = 1, examples, features = 1] = sizesOf(value)
    if (value.axes.length !== 3 || !Number.isNaN(examples))
      return refuseNode(context, `expected an input [steps, N, features], got ${shownSizes(value)}`)
    const facts = factsOf(context)
    checkStart(context)
    const [time = [], examplesAxis = [], inputs = []] = value.axes
    const shaped = asGroups(context, [time, inputs])
    const ways = Array.from({ length: facts.directions }, (_, direction): Part => ({
      layer: facts.cell.layer(facts.units, facts.resetAfter),
      params: paramsOf(context, facts, features, direction),
    }))
    const [direction, unit] = [factorsOf(facts.directions), factorsOf(facts.units)]
    const width = facts.directions * facts.units
    const last: Value = {
      axes: [direction, examplesAxis, unit],
      order: [...direction, ...unit],
      shape: [width],
      kind: 'computed',
    }
    const all: Value = {
      axes: [time, ...last.axes],
      order: [...time, ...last.order],
      shape: [steps, width],
      kind: 'computed',
    }
    const parts = [...shaped.parts, ...layersOf(context, ways, isLastStep)]
    return { parts, value: isLastStep ? last : all }
  }

/** Translators of recurrent operators; those of the second output have `:1` after the name. */
export const recurrentOperators: Readonly<Record<string, OnnxTranslator>> = Object.fromEntries(
  Object.keys(cells).flatMap((op) => [
    [op, recurrent(false)],
    [`${op}:1`, recurrent(true)],
  ]),
)
