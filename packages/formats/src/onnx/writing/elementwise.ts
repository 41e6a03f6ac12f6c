import type { Attributes } from './attribute.ts'
import { required, type Emitter, type Subject } from './emitter.ts'
import { permuted } from './permuted.ts'
import { channelAxis, renamed } from './value.ts'

/** One operator that keeps the shape. */
const operator =
  (name: string, attributes: (subject: Subject) => Attributes = () => ({})): Emitter =>
  (subject) => {
    const { graph, input, place } = subject
    return renamed(input, graph.node(name, [input.name], attributes(subject), place))
  }

const between =
  (most: (subject: Subject) => number): Emitter =>
  (subject) => {
    const { graph, input, place } = subject
    const limits = [0, most(subject)].map((limit) => graph.floats([limit], []))
    return renamed(input, graph.node('Clip', [input.name, ...limits], {}, place))
  }

/** `x/2 · (1 + erf(x / √2))`: opset 17 has no operator for it. */
const gelu: Emitter = ({ graph, input, place }) => {
  const scaled = graph.node('Mul', [input.name, graph.floats([Math.SQRT1_2], [])], {}, place)
  const sum = graph.node('Add', [graph.node('Erf', [scaled], {}, place), graph.floats([1], [])], {}, place)
  const half = graph.node('Mul', [input.name, graph.floats([0.5], [])], {}, place)
  return renamed(input, graph.node('Mul', [half, sum], {}, place))
}

const silu: Emitter = ({ graph, input, place }) =>
  renamed(input, graph.node('Mul', [input.name, graph.node('Sigmoid', [input.name], {}, place)], {}, place))

/** `x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))` */
const geluTanh: Emitter = ({ graph, input, place }) => {
  const node = (operator: string, ...inputs: readonly string[]): string => graph.node(operator, inputs, {}, place)
  const number = (value: number): string => graph.floats([value], [])
  const cube = node('Mul', node('Mul', input.name, input.name), input.name)
  const sum = node('Add', input.name, node('Mul', cube, number(0.044715)))
  const bent = node('Add', node('Tanh', node('Mul', sum, number(Math.sqrt(2 / Math.PI)))), number(1))
  return renamed(input, node('Mul', node('Mul', input.name, number(0.5)), bent))
}

/** `x · σ(1.702 · x)` */
const quickGelu: Emitter = ({ graph, input, place }) => {
  const scaled = graph.node('Mul', [input.name, graph.floats([1.702], [])], {}, place)
  return renamed(input, graph.node('Mul', [input.name, graph.node('Sigmoid', [scaled], {}, place)], {}, place))
}

const prelu: Emitter = (subject) => {
  const { graph, input, place } = subject
  const { values, shape } = required(subject, 'slope')
  const order = [shape.length - 1, ...shape.keys()].slice(0, shape.length)
  const slope =
    input.channels === 'first'
      ? graph.floats(permuted(values, shape, order), order.map((axis) => shape[axis] ?? 1), `${place}.slope`) // prettier-ignore
      : graph.floats(values, shape, `${place}.slope`)
  return renamed(input, graph.node('PRelu', [input.name, slope], {}, place))
}

const passed: Emitter = ({ input }) => input

/** Activations, and layers that only training needs. */
export const elementwise: Readonly<Record<string, Emitter>> = {
  clippedRelu: between((subject) => (subject.spec as unknown as { max: number }).max),
  dropout: passed,
  elu: operator('Elu'),
  gelu,
  geluTanh,
  hardSigmoid: operator('HardSigmoid', (subject) => ({
    alpha: { float: (subject.spec as unknown as { slope: number }).slope },
    beta: { float: 0.5 },
  })),
  hardSwish: operator('HardSwish'),
  identity: passed,
  leakyRelu: operator('LeakyRelu', (subject) => ({
    alpha: { float: (subject.spec as unknown as { slope: number }).slope },
  })),
  prelu,
  quickGelu,
  relu: operator('Relu'),
  relu6: between(() => 6),
  selu: operator('Selu'),
  sigmoid: operator('Sigmoid'),
  silu,
  softmax: operator('Softmax', ({ input }) => ({ axis: { int: channelAxis(input) } })),
  softplus: operator('Softplus'),
  softsign: operator('Softsign'),
  tanh: operator('Tanh'),
}
