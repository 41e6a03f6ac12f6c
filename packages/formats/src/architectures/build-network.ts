import { disposeSource, type OpenBlock, type SourceNetwork } from '@ptu/networks'
import type { Shape } from '@ptu/tensor'

import { openFolded } from '../open-folded.ts'
import { moduleOf } from '../pytorch/module-of.ts'
import { readLayers } from '../pytorch/read-layers.ts'
import type { BuildOptions, BuiltNetwork, TensorTable } from './architecture.ts'
import { expectedTensors } from './expected-tensors.ts'
import type { NetworkPlan, PlannedBlock } from './plan.ts'
import { withViews, type Viewed } from './view.ts'

/** Tells a counter that only training reads: one for each batch normalisation. */
export const isCounter = (name: string): boolean => name.endsWith('.num_batches_tracked')

/**
 * The outermost module of a tensor. A tensor inside an architecture's modules that none of its layers asks for belongs
 * to another architecture.
 */
export const rootOf = (tensor: string): string => tensor.split('.')[0] ?? ''

/** A network that is built, but for the facts about it. */
export type Built = Omit<BuiltNetwork, 'facts'> & {
  /** The number of counters that only training reads. */
  readonly counters: number
}

/** Makes the network of a plan from tensors. Throws `ImportError` before the first parameter is made, where they do not fit. */
export const buildNetwork = (plan: NetworkPlan, file: TensorTable, options: BuildOptions): Built => {
  const input = options.input ?? plan.input
  const viewed = withViews(file, plan.views ?? [])
  const { tensors, origins } = viewed
  const used = new Set<string>()
  const source = openBlocks(plan.body, input, { plan, tensors, used })
  try {
    const last = source.blocks.reduce((shape, one) => one.output(shape), input)
    const planned = headFor(plan, last, { ...viewed, file })
    const [head] = openBlocks(planned, last, { plan, tensors, used }).blocks
    const counters = [...file.keys()].filter(isCounter)
    const names = [...used].flatMap((name) => origins(name)?.map((part) => part.name) ?? [name])
    return { source, head, input, used: new Set([...names, ...counters]), counters: counters.length }
  } catch (cause) {
    disposeSource(source)
    throw cause
  }
}

/** The tensors of a file, as they are and with views. */
interface FileTensors extends Viewed {
  readonly file: TensorTable
}

/** The head, if it reads maps of this shape, and the file has its tensors and no others in its modules. */
const headFor = (plan: NetworkPlan, last: Shape, given: FileTensors): readonly PlannedBlock[] => {
  const { head, headInput, body } = plan
  if (head === undefined || (headInput !== undefined && headInput.join() !== last.join())) return []
  const namesOf = (blocks: readonly PlannedBlock[], input: Shape): ReadonlyMap<string, Shape> =>
    expectedTensors(blocks, input, (name) => given.tensors.has(name))
  const own = namesOf([head], last)
  if (!holds(given.tensors, own)) return []
  const inFile = (names: Iterable<string>): readonly string[] =>
    [...names].flatMap((name) => given.origins(name)?.map((part) => part.name) ?? [name])
  const taken = new Set(inFile(own.keys()))
  const bodyRoots = new Set(inFile(namesOf(body, plan.input).keys()).map(rootOf))
  const roots = new Set([...taken].map(rootOf).filter((root) => !bodyRoots.has(root)))
  const isStray = (name: string): boolean => roots.has(rootOf(name)) && !taken.has(name) && !isCounter(name)
  return [...given.file.keys()].some(isStray) ? [] : [head]
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
