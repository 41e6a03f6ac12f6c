import { hierarchicalGate, type Gate } from '@ptu/gates'
import type { Layer } from '@ptu/layers'
import type { OpenBlock } from '@ptu/networks'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'

import { isUnit, leadOf } from './lead.ts'
import { mixedOutput } from './mixed-output.ts'
import type { Strategy, TransferBlock, UnitOpenness } from './strategy.ts'
import { unit, type Unit, type UnitParams } from './unit.ts'

/** How a unit mixes: which gate, and where. */
export interface PtuOptions {
  /** How the branches are mixed; by default two branches and a learnt gate with annealed noise. */
  readonly gate?: Gate
  /** Mix each affine map's output (`pre`, the default, foldable) or the output of the whole block (`post`). */
  readonly mix?: 'pre' | 'post'
}

/**
 * Lets a learnt gate choose, channel by channel, between the frozen source, a fine-tuned copy and a random start.
 *
 * A unit stands in for every layer of the block that has parameters; each branch reads the mixed activation below.
 * With `mix: 'post'` one unit stands in for the whole block: kept for study, not foldable.
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
  ({ gate = hierarchicalGate(), mix = 'pre' }: PtuOptions = {}): Strategy =>
  (block) =>
    mix === 'pre' ? mixedBlock(block, gate) : mixedOutput(block, gate)

/** A block whose layers with parameters are units. */
const mixedBlock = ({ name, layer, params: pretrained }: OpenBlock, gate: Gate): TransferBlock => {
  const units: Unit[] = []
  const target = withUnits(layer, pretrained, gate, units)
  const lead = leadOf(target)
  return {
    name,
    strategy: 'ptu',
    learns: units.length > 0,
    observes: false,
    output: (input: Shape) => target.output(input),
    init: (key, input) => target.init(key, input),
    apply: (params, { x, prepared }, mode) =>
      lead && prepared ? lead.resume(params, prepared, mode) : target.apply(params, x, mode),
    ...(lead && { prepare: (x) => lead.prepare(x) }),
    fold: (params) => ({ layer, params: scope(() => foldParams(target, params)) }),
    gates: (params) => scope(() => opennessOf(target, params).map((open, i) => ({ ...open, unit: i }))),
  }
}

/** The layer with each part that has parameters replaced by a unit over it; `units` collects them. */
const withUnits = (layer: Layer, params: ParamTree, gate: Gate, units: Unit[]): Layer => {
  const { structure } = layer
  if (structure.kind === 'composite') {
    const parts = params as readonly ParamTree[]
    return structure.rebuild(structure.parts.map((part, i) => withUnits(part, parts[i] ?? [], gate, units)))
  }
  if (isEmpty(params)) return layer
  const made = unit(layer, params, gate)
  units.push(made)
  return made
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
