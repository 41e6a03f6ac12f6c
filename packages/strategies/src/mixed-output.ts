import { split } from '@ptu/core'
import type { Gate } from '@ptu/gates'
import { splitMode, type Layer } from '@ptu/layers'
import type { OpenBlock, SourceBlock } from '@ptu/networks'
import { scope, type ParamTree, type Shape } from '@ptu/tensor'
import { Tensor } from '@tensorflow/tfjs-core'

import { PlanError, type Strategy, type TransferBlock } from './strategy.ts'
import type { UnitParams } from './mixing.ts'
import { mixerOf, mixStates } from './recurrent-unit.ts'
import { unit } from './unit.ts'

/** A block mixed after its nonlinearity: one unit over the outputs of the whole block. It cannot be folded. */
export const mixedOutput = ({ name, layer, params: pretrained }: OpenBlock, gate: Gate): TransferBlock => {
  const whole = unit({ ...layer, structure: { kind: 'opaque' } }, pretrained, gate)
  return {
    name,
    strategy: 'ptu-post',
    learns: true,
    observes: false,
    output: (input: Shape) => layer.output(input),
    init: (key, input) => whole.init(key, input),
    prepare: (x) => whole.sourceBranch(x) ?? [],
    apply: (params, { x, prepared }, mode) =>
      whole.applyWith(params as UnitParams, x, prepared instanceof Tensor ? prepared : undefined, mode),
    ...(gate.openness && { gates: (params) => [{ ...whole.openness(params as UnitParams), unit: 0 }] }),
  }
}

type OwnParams = { readonly own: ParamTree; readonly gate: ParamTree }

/**
 * A unit over a black box: mixes what the source computed at this depth with a layer of our own from a random start.
 *
 * `z = (1 - u)·s + u·f(θ, x)` with `s` the source's activation, so the source runs by itself (pure path), can be cached
 * per example, and cannot be folded. The gate must have two branches; the layer's output must have the source's shape.
 *
 * A recurrent layer is mixed after every step, so that it reads the mixed state:
 * `h_t = (1 - u)·s_t + u·f(θ, x_t, h_{t-1})`. A layer made of several, such as `bidirectional`, is mixed at its output.
 *
 * Throws {@link PlanError} for a gate of three branches or an output of another shape.
 */
export const ptuOver =
  (layer: Layer, gate: Gate): Strategy<SourceBlock> =>
  (block) => {
    if (gate.branches !== 2)
      throw new PlanError('ptuOver: expected a gate of two branches: a black box has no parameters to fine-tune')
    return {
      name: block.name,
      strategy: 'ptu-over',
      learns: true,
      observes: true,
      output: (input: Shape) => checkedOutput(block, layer, input),
      init: (key, input) => {
        const [ownKey = key, gateKey = key] = split(key, 2)
        const channels = checkedOutput(block, layer, input).at(-1) ?? 1
        return { own: layer.init(ownKey, input), gate: gate.init(gateKey, channels) }
      },
      apply: (params, { x, source }, mode) =>
        scope(() => {
          if (source === undefined) throw new PlanError(`${block.name}: expected the source's activation, got none`)
          const { own, gate: gateParams } = params as OwnParams
          const [ownMode = mode, gateMode = mode] = splitMode(mode, 2)
          const { structure } = layer
          if (structure.kind !== 'recurrent')
            return gate.apply(gateParams, { source, fineTuned: layer.apply(own, x, ownMode) }, gateMode)
          const open = gate.sample?.(gateParams, [x.shape[0], source.shape[2] ?? 1], gateMode)
          const mixing = { open, count: 1, mix: mixerOf(gate, gateParams, open, gateMode) }
          return mixStates(structure, { source: { states: [source] }, fineTuned: own }, x, mixing)
        }),
      ...(gate.openness && {
        gates: (params) => {
          const opened = gate.openness?.((params as OwnParams).gate)
          return opened === undefined ? [] : [{ ...opened, unit: 0 }]
        },
      }),
    }
  }

const checkedOutput = (block: SourceBlock, layer: Layer, input: Shape): Shape => {
  const [wanted, got] = [block.output(input), layer.output(input)]
  if (wanted.join() === got.join()) return got
  throw new PlanError(
    `${block.name}: expected a layer with output [${wanted.join(', ')}], got [${got.join(', ')}]; choose one of the source's shape`,
  )
}
