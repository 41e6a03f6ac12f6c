import { disposeSource, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import { openFolded } from '../open-folded.ts'
import { moduleOf } from '../pytorch/module-of.ts'
import { readLayers } from '../pytorch/read-layers.ts'
import type { BuildOptions, BuiltNetwork, TensorTable } from './architecture.ts'
import { expectedTensors } from './expected-tensors.ts'
import type { NetworkPlan, PlannedBlock } from './plan.ts'
import { withViews } from './view.ts'

/** Tells a counter that only training reads: one for each batch normalisation. */
export const isCounter = (name: string): boolean => name.endsWith('.num_batches_tracked')

/** A network that is built, but for the facts about it. */
export type Built = Omit<BuiltNetwork, 'facts'> & {
  /** The number of counters that only training reads. */
  readonly counters: number
}

/** Makes the network of a plan from tensors. Throws `ImportError` before the first parameter is made, where they do not fit. */
export const buildNetwork = (plan: NetworkPlan, file: TensorTable, options: BuildOptions): Built => {
  const input = options.input ?? plan.input
  const { tensors, origins } = withViews(file, plan.views ?? [])
  const used = new Set<string>()
  const source = openBlocks(plan.body, input, { plan, tensors, used })
  try {
    const last = source.blocks.reduce((shape, one) => one.output(shape), input)
    const planned = headFor(plan, last, tensors)
    const [head] = openBlocks(planned, last, { plan, tensors, used }).blocks
    const counters = [...file.keys()].filter(isCounter)
    const names = [...used].flatMap((name) => origins(name)?.map((part) => part.name) ?? [name])
    return { source, head, input, used: new Set([...names, ...counters]), counters: counters.length }
  } catch (cause) {
    disposeSource(source)
    throw cause
  }
}

/** The head, if it reads maps of this shape and the file has its tensors. */
const headFor = ({ head, headInput }: NetworkPlan, last: Shape, tensors: TensorTable): readonly PlannedBlock[] => {
  if (head === undefined || (headInput !== undefined && headInput.join() !== last.join())) return []
  return holds(
    tensors,
    expectedTensors([head], last, (name) => tensors.has(name)),
  )
    ? [head]
    : []
}

const holds = (tensors: TensorTable, expected: ReadonlyMap<string, Shape>): boolean =>
  [...expected].every(([name, shape]) => tensors.get(name)?.shape.join() === shape.join())

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
