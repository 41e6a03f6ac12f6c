import type { LayerSpec } from '@ptu/layers'

import type { Attributes } from './attribute.ts'
import { notInOnnx, parameter, required, type Emitter, type Subject } from './emitter.ts'
import { realSteps } from './sequences.ts'
import { channelsLast, lastValue, type Value } from './value.ts'

/** A recurrent operator of ONNX, and what of a layer goes where in it. */
interface Cell {
  readonly operator: string
  /** The place among our gates of each of the operator's gates. */
  readonly gates: readonly number[]
  /** Inputs of our gates at which a step keeps its state. A step of padding reads them. */
  readonly idle: readonly number[]
  /** The activations of the operator, of which ours are a gate's and the candidate's. */
  readonly activations: (gate: LayerSpec, candidate: LayerSpec) => readonly LayerSpec[]
}

/** An input at which a gate is fully open; its negative shuts it. */
const open = 1e3

const cells: Readonly<Record<string, Cell>> = {
  simpleRnn: { operator: 'RNN', gates: [0], idle: [0], activations: (_, candidate) => [candidate] },
  gru: {
    operator: 'GRU',
    gates: [1, 0, 2],
    idle: [0, open, 0],
    activations: (gate, candidate) => [gate, candidate],
  },
  lstm: {
    operator: 'LSTM',
    gates: [0, 3, 1, 2],
    idle: [-open, open, 0, 0],
    activations: (gate, candidate) => [gate, candidate, candidate],
  },
}

/** An activation of a recurrent operator: its name, then alpha and beta where it has them. */
type Activation = readonly [name: string, ...numbers: number[]]

/** The activations that recurrent operators know. */
const activations: Readonly<Record<string, (spec: LayerSpec) => Activation>> = {
  elu: () => ['Elu', 1],
  hardSigmoid: (spec) => ['HardSigmoid', Number(spec['slope']), 0.5],
  leakyRelu: (spec) => ['LeakyRelu', Number(spec['slope'])],
  relu: () => ['Relu'],
  sigmoid: () => ['Sigmoid'],
  softplus: () => ['Softplus'],
  softsign: () => ['Softsign'],
  tanh: () => ['Tanh'],
}

const named = (subject: Subject, { type, ...spec }: LayerSpec): Activation => {
  const found = Object.hasOwn(activations, type) ? activations[type] : undefined
  if (found === undefined) throw notInOnnx(subject, `its recurrent operators have no activation ${type}`)
  return found({ type, ...spec })
}

/** Columns of gates, `[rows, gates · units]`, as rows in the order of the operator, `[gates · units, rows]`. */
const gateRows = (values: Float32Array, rows: number, gates: readonly number[]): Float32Array => {
  const width = values.length / rows
  const units = width / gates.length
  return Float32Array.from({ length: values.length }, (_, i) => {
    const [row, column] = [i % rows, Math.floor(i / rows)]
    const gate = gates[Math.floor(column / units)] ?? 0
    return values[row * width + gate * units + (column % units)] ?? 0
  })
}

/** The kernel with one row more, which at a step of padding turns the map of the input into the idle inputs. */
const withIdleRow = (kernel: Float32Array, bias: Float32Array, { idle }: Cell): Float32Array => {
  const units = bias.length / idle.length
  const row = bias.map((value, i) => (idle[Math.floor(i / units)] ?? 0) - value)
  return Float32Array.from([...kernel, ...row])
}

/** A sequence with a feature more, which is 1 at steps of padding. */
const withPadding = ({ graph, place }: Subject, input: Value): Value => {
  const [steps = 1, features = 1] = input.shape
  const padding = graph.node('Sub', [graph.floats([1], []), realSteps(graph, input)])
  return lastValue(graph.node('Concat', [input.name, padding], { axis: { int: 2 } }, place), [steps, features + 1])
}

const weightsOf = (subject: Subject, cell: Cell, masked: boolean): readonly string[] => {
  const { graph, place } = subject
  const [kernel, state, bias] = [required(subject, 'kernel'), required(subject, 'recurrentKernel'), required(subject, 'bias')] // prettier-ignore
  const width = bias.values.length
  const ofInput = masked ? withIdleRow(kernel.values, bias.values, cell) : kernel.values
  const ofState = parameter(subject, 'recurrentBias')?.values ?? new Float32Array(width)
  const add = (values: Float32Array, rows: number, name: string): string =>
    graph.floats(gateRows(values, rows, cell.gates), [1, width, rows], `${place}.${name}`)
  const biases = [bias.values, ofState].flatMap((values) => [...gateRows(values, 1, cell.gates)])
  return [
    add(ofInput, ofInput.length / width, 'kernel'),
    add(state.values, width / cell.gates.length, 'recurrentKernel'),
    graph.floats(biases, [1, 2 * width], `${place}.bias`),
  ]
}

interface RecurrentFields {
  readonly units: number
  readonly cell?: string
  readonly activation?: LayerSpec
  readonly gate?: LayerSpec
}

/** The numbers at a place of activations, as an attribute; none if no activation has one there. */
const numbersAt = (used: readonly Activation[], at: 1 | 2, name: string): Attributes => {
  const floats = used.flatMap((one) => one[at] ?? [])
  return floats.length === 0 ? {} : { [name]: { floats } }
}

/** The cell of a layer, and its attributes. Throws `ExportError` for a cell or activation that ONNX has not. */
const operatorOf = (subject: Subject): { readonly cell: Cell; readonly attributes: Attributes } => {
  const { spec } = subject
  const fields = spec as unknown as RecurrentFields
  const { cell: type = spec.type, activation = { type: 'tanh' }, gate = { type: 'sigmoid' } } = fields
  const cell = cells[type]
  if (cell === undefined) throw notInOnnx(subject, `it has no recurrent operator for a cell ${type}`)
  const used = cell.activations(gate, activation).map((one) => named(subject, one))
  return {
    cell,
    attributes: {
      hidden_size: { int: fields.units },
      activations: { texts: used.map(([name]) => name) },
      ...numbersAt(used, 1, 'activation_alpha'),
      ...numbersAt(used, 2, 'activation_beta'),
      ...(cell.operator === 'GRU' && { linear_before_reset: { int: spec.type === 'gru' ? 1 : 0 } }),
    },
  }
}

const recurrent: Emitter = (subject) => {
  const { graph, place, spec, output } = subject
  const { cell, attributes } = operatorOf(subject)
  const masked = spec['masked'] === true
  const input = channelsLast(graph, subject.input)
  const read = masked ? withPadding(subject, input) : input
  const timeFirst = { perm: { ints: [1, 0, 2] } }
  const steps = graph.node('Transpose', [read.name], timeFirst, place)
  const states = graph.node(cell.operator, [steps, ...weightsOf(subject, cell, masked)], attributes, place)
  const squeezed = graph.node('Squeeze', [states, graph.integers([1])], {}, place)
  const back = graph.node('Transpose', [squeezed], timeFirst, place)
  return lastValue(masked ? graph.node('Mul', [back, realSteps(graph, input)], {}, place) : back, output)
}

/** Layers with a state. */
export const recurrents: Readonly<Record<string, Emitter>> = {
  gru: recurrent,
  lstm: recurrent,
  recurrentVariant: recurrent,
  simpleRnn: recurrent,
}
