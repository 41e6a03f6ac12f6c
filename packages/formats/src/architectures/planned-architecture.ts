import { disposeSource, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import { openFolded } from '../open-folded.ts'
import { moduleOf } from '../pytorch/module-of.ts'
import { readLayers } from '../pytorch/read-layers.ts'
import { shownShape } from '../shown.ts'
import type { Architecture, BuildOptions, BuiltNetwork, Likeness, TensorTable } from './architecture.ts'
import { expectedTensors } from './expected-tensors.ts'
import type { NetworkPlan, PlannedBlock } from './plan.ts'

/** Counters that only training reads: one for each batch normalisation. */
const isCounter = (name: string): boolean => name.endsWith('.num_batches_tracked')

/**
 * An architecture that is a plan: layers, and the modules that their parameters are in.
 *
 * The plan may depend on the tensors, for example on the number of classes. The architecture has exactly the tensors
 * that its layers ask for, so what is recognised and what is built cannot differ.
 */
export const plannedArchitecture = (name: string, plan: (tensors: TensorTable) => NetworkPlan): Architecture => ({
  name,
  plan,
  recognise: (tensors) => likeness(plan(tensors), tensors),
  build: (tensors, options) => build(plan(tensors), tensors, options),
})

const likeness = ({ body, input }: NetworkPlan, tensors: TensorTable): Likeness => {
  const expected = expectedTensors(body, input)
  const missing = [...expected].flatMap(([tensor, shape]) => {
    const found = tensors.get(tensor)?.shape
    if (found?.join() === shape.join()) return []
    return [`${tensor} ${shownShape(shape)} is ${found ? shownShape(found) : 'missing'}`]
  })
  const roots = new Set([...expected.keys()].map(rootOf))
  const more = [...tensors.keys()].filter((one) => roots.has(rootOf(one)) && !expected.has(one) && !isCounter(one))
  return { differences: [...missing, ...more.map((one) => `${one} is more than it has`)] }
}

/**
 * The outermost module of a tensor. A tensor inside an architecture's modules that none of its layers asks for belongs
 * to another architecture.
 */
const rootOf = (tensor: string): string => tensor.split('.')[0] ?? ''

const build = (plan: NetworkPlan, tensors: TensorTable, options: BuildOptions): BuiltNetwork => {
  const input = options.input ?? plan.input
  const used = new Set<string>()
  const source = openBlocks(plan.body, input, { plan, tensors, used })
  try {
    const last = source.blocks.reduce((shape, one) => one.output(shape), input)
    const planned = headFor(plan, last, tensors)
    const [head] = openBlocks(planned, last, { plan, tensors, used }).blocks
    const counters = [...tensors.keys()].filter(isCounter)
    for (const counter of counters) used.add(counter)
    return { source, head, input, used, facts: factsOf(plan, counters.length) }
  } catch (cause) {
    disposeSource(source)
    throw cause
  }
}

/** The head, if it reads maps of this shape and the file has its tensors. */
const headFor = ({ head, headInput }: NetworkPlan, last: Shape, tensors: TensorTable): readonly PlannedBlock[] => {
  if (head === undefined || (headInput !== undefined && headInput.join() !== last.join())) return []
  return holds(tensors, expectedTensors([head], last)) ? [head] : []
}

const holds = (tensors: TensorTable, expected: ReadonlyMap<string, Shape>): boolean =>
  [...expected].every(([name, shape]) => tensors.get(name)?.shape.join() === shape.join())

const factsOf = ({ epsilon, facts }: NetworkPlan, counters: number): Readonly<Record<string, string>> => ({
  ...facts,
  'batch normalisation': `epsilon ${epsilon.toExponential()}, folded into the convolutions before it`,
  ...(counters > 0 && { 'not needed': `${counters} counters of batches (num_batches_tracked)` }),
})

interface Reading {
  readonly plan: NetworkPlan
  readonly tensors: TensorTable
  readonly used: Set<string>
}

/** Every shape is checked before the first parameter is made; then one block is made and folded at a time. */
const openBlocks = (planned: readonly PlannedBlock[], input: Shape, reading: Reading): SourceNetwork<OpenBlock> => {
  const find = moduleOf(reading.tensors, reading.used)
  let at: { readonly shape: Shape } = { shape: input }
  const makers = planned.map(({ name, layer, modules }) => {
    const read = readLayers(layer, at, { block: name, names: modules, epsilon: reading.plan.epsilon, moduleOf: find })
    at = read.at
    return { name, layer, params: read.params }
  })
  return openFolded(makers)
}
