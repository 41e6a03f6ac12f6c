import { Tree } from '@ptu/core'
import { hierarchicalGate, type BranchCount, type Gate } from '@ptu/gates'
import type { Layer } from '@ptu/layers'
import type { OpenBlock } from '@ptu/networks'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'

import { cachedStemOf, isUnit } from './cached-stem.ts'
import { mixedOutput } from './mixed-output.ts'
import type { UnitParams } from './mixing.ts'
import type { HiddenMix } from './recurrent-unit.ts'
import type { Strategy, TransferBlock, UnitOpenness } from './strategy.ts'
import { unit, type Unit } from './unit.ts'

/** The options of {@link ptu}: the gate, and the place where branches are mixed. */
export interface PtuOptions {
  /**
   * The gate that mixes the branches. By default a learnt gate with annealed noise: of three branches over a recurrent
   * layer, of two elsewhere. A function chooses a gate for each layer that a unit stands in for.
   */
  readonly gate?: Gate | ((layer: Layer) => Gate)
  /**
   * The place of the mix: each affine map's output (`pre`, the default, foldable) or the output of the whole block
   * (`post`). A {@link HiddenMix} mixes the state of recurrent layers after every step, and affine maps in all others.
   */
  readonly mix?: 'pre' | 'post' | HiddenMix
}

/**
 * Lets a learnt gate choose, channel by channel, between the frozen source, a fine-tuned copy and a random start.
 *
 * A unit stands in for every layer of the block that has parameters; each branch reads the mixed activation below.
 * With `mix: 'post'` one unit stands in for the whole block, and with `mix: { hidden: 'mixed' }` units over recurrent layers
 * mix states: both are kept for study and are not foldable.
 *
 * @example
 * ```ts
 * const source = freeze(mlp([8]), initBody(mlp([8]), key(0), [4]))
 * const model = transfer(source, { blocks: [ptu({ gate: hierarchicalGate({ branches: 3 }) })], head: dense(3) })
 * ```
 *
 * References:
 *   Zhang, Zhang & Yang, "Parameter Transfer Unit for Deep Neural Networks", PAKDD 2019, abstract, https://arxiv.org/abs/1804.08613
 */
export const ptu =
  ({ gate = defaultGate, mix = 'pre' }: PtuOptions = {}): Strategy =>
  (block) => {
    const gateOver = typeof gate === 'function' ? gate : (): Gate => gate
    if (mix === 'post') return mixedOutput(block, gateOver(block.layer))
    const hidden = mix === 'pre' ? undefined : mix
    const unitOf = (layer: Layer, pretrained: ParamTree): Unit => unit(layer, pretrained, gateOver(layer), hidden)
    return mixedBlock(block, unitOf, hidden && isRecurrent(block.layer) ? nameOf(hidden) : 'ptu')
  }

/**
 * The number of branches that a unit over a layer has unless a gate is given: 3 over a recurrent layer, 2 elsewhere.
 *
 * @example
 * ```ts
 * expect([branchesOver(gru(4)), branchesOver(dense(4))]).toEqual([3, 2])
 * ```
 */
export const branchesOver = (layer: Layer): BranchCount => (isRecurrent(layer) ? 3 : 2)

const defaultGate = (layer: Layer): Gate => hierarchicalGate({ branches: branchesOver(layer) })

const isRecurrent = ({ structure }: Layer): boolean =>
  structure.kind === 'composite' ? structure.parts.some(isRecurrent) : structure.kind === 'recurrent'

const nameOf = ({ hidden, cell }: HiddenMix): string =>
  ['ptu-hidden', ...(hidden === 'pure' ? ['pure'] : []), ...(cell ? ['cell'] : [])].join('-')

type UnitOf = (layer: Layer, pretrained: ParamTree) => Unit

/** A block whose layers with parameters are units. */
const mixedBlock = (
  { name, layer, params: pretrained }: OpenBlock,
  unitOf: UnitOf,
  strategy: string,
): TransferBlock => {
  const target = withUnits(layer, pretrained, unitOf)
  const stem = cachedStemOf(target)
  return {
    name,
    strategy,
    learns: Tree.leaves(pretrained).length > 0,
    observes: false,
    output: (input: Shape) => target.output(input),
    init: (key, input) => target.init(key, input),
    apply: (params, { x, prepared }, mode) =>
      stem && prepared ? stem.resume(params, x, prepared, mode) : target.apply(params, x, mode),
    ...(stem && { prepare: (x) => stem.prepare(x) }),
    fold: (params) => ({ layer, params: scope(() => foldParams(target, params)) }),
    gates: (params) => scope(() => opennessOf(target, params).map((open, i) => ({ ...open, unit: i }))),
  }
}

/** The layer with each part that has parameters replaced by a unit over it. */
const withUnits = (layer: Layer, params: ParamTree, unitOf: UnitOf): Layer => {
  const { structure } = layer
  if (structure.kind === 'composite') {
    const parts = params as readonly ParamTree[]
    return structure.rebuild(structure.parts.map((part, i) => withUnits(part, parts[i] ?? [], unitOf)))
  }
  return isEmpty(params) ? layer : unitOf(layer, params)
}

const isEmpty = (params: ParamTree): boolean => Array.isArray(params) && params.length === 0

/** The layer's own parameters at inference; the enclosing scope frees what is not returned. */
const foldParams = (target: Layer, params: ParamTree): ParamTree => {
  if (isUnit(target)) return target.foldParams(params as UnitParams)
  const { structure } = target
  if (structure.kind !== 'composite') return params
  return structure.parts.map((part, i) => foldParams(part, (params as readonly ParamTree[])[i] ?? []))
}

const opennessOf = (target: Layer, params: ParamTree): readonly Omit<UnitOpenness, 'unit'>[] => {
  if (isUnit(target)) return [target.openness(params as UnitParams)]
  const { structure } = target
  if (structure.kind !== 'composite') return []
  return structure.parts.flatMap((part, i) => opennessOf(part, (params as readonly ParamTree[])[i] ?? []))
}
