import { Tree } from '@ptu/core'
import { serial } from '@ptu/layers'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'

import { refusedTensor } from '../stored-tensor.ts'
import type { NamedLayers } from '../pytorch/writing/write-layers.ts'
import type { Architecture } from './architecture.ts'
import { expectedTensors } from './expected-tensors.ts'
import { flatLayers, type Link } from './flat-chain.ts'
import type { NetworkPlan, PlannedBlock } from './plan.ts'
import { unfold } from './unfold.ts'
import type { View } from './view.ts'

/** A network that is one of an architecture: its layers as the architecture has them, and their modules. */
export interface MatchedNetwork {
  readonly architecture: string
  readonly body: NamedLayers
  /** The head; undefined if the network's is another one than the architecture's. */
  readonly head: NamedLayers | undefined
  /** The links of the network that are not in it: those of a head of another kind. */
  readonly rest: readonly Link[]
  /** The way in which its file has some tensors. */
  readonly views: readonly View[]
}

/** The network, its input and the number of its classes. */
export interface MatchOptions {
  readonly links: readonly Link[]
  readonly input: Shape
  readonly classes: number
}

/**
 * The architecture whose body a folded network has, if it is one. Nothing but layers is compared: what a network was made
 * from need not be known.
 */
export const matchNetwork = (known: readonly Architecture[], options: MatchOptions): MatchedNetwork | undefined => {
  for (const { name, plan } of known) {
    if (plan === undefined) continue
    const found = matchPlan(name, withClasses(plan, options), options)
    if (found !== undefined) return found
  }
  return undefined
}

/** A plan for a number of classes: the tensors of its head are given out as having so many rows. */
const withClasses = (plan: NonNullable<Architecture['plan']>, { classes }: MatchOptions): NetworkPlan => {
  const { body, head, input } = plan(new Map())
  const last = body.reduce((shape, { layer }) => layer.output(shape), input)
  const names = head === undefined ? [] : [...expectedTensors([head], last).keys()]
  return plan(new Map(names.map((name) => [name, refusedTensor(name, 'float32', [classes], 'it is only a shape')])))
}

/** The network as a plan has it, if its body is the plan's. */
export const matchPlan = (
  architecture: string,
  { body, head, epsilon, views = [] }: NetworkPlan,
  { links, input }: Pick<MatchOptions, 'links' | 'input'>,
): MatchedNetwork | undefined => {
  const named = (blocks: readonly PlannedBlock[], params: readonly ParamTree[], from: Shape): NamedLayers => ({
    ...{ layer: serial(...blocks.flatMap(({ layer }) => flatLayers(layer))), params, input: from, epsilon },
    modules: blocks.flatMap(({ modules }) => modules),
  })
  const found = scope(() => unfold(body.flatMap(({ layer }) => flatLayers(layer)), links)) // prettier-ignore
  if (found === undefined) return undefined
  const made = named(body, found.params, input)
  const rest = links.slice(found.used)
  const own = head && scope(() => unfold(flatLayers(head.layer), rest))
  if (head === undefined || own?.used !== rest.length) return { architecture, body: made, head: undefined, rest, views }
  const last = made.layer.output(input)
  return { architecture, body: made, head: named([head], own.params, last), rest: [], views }
}

/** Frees the tensors that a match has made beside those of the network's own parameters. */
export const disposeMatched = ({ body, head }: MatchedNetwork, own: ParamTree): void => {
  const borrowed = new Set(Tree.leaves(own))
  for (const leaf of Tree.leaves([body.params, head?.params ?? []])) if (!borrowed.has(leaf)) leaf.dispose()
}
