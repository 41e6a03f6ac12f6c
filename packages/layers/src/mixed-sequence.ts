import { OptionError } from '@ptu/core'
import { scope } from '@ptu/tensor'
import { broadcastTo, cast, concat, engine, getBackend, getKernel, type Tensor } from '@tensorflow/tfjs-core'

import type { Cell, RecurrentParams } from './cell.ts'
import type { MixedGates, RecurrentMixer } from './structure.ts'

/** The facts that tell the inputs of the kernel apart. */
interface Attrs {
  readonly mixed: 'maps' | 'states' | 'all-states'
  readonly branches: 2 | 3
  readonly given: boolean
}

/**
 * A cell that runs with several parameters, mixed unit by unit at every step, in one kernel over all steps.
 *
 * The gates of a sequence are the same at all of its steps. So of mixed maps one product for all branches,
 * `[x_t·K_S, x_t·K_F, x_t·K_0] + [h·R_S, h·R_F, h·R_0]`, makes a step, and each sequence mixes its row by its own gates.
 *
 * Undefined where the cell or the backend has no such kernel: `PtuMixedSequence` of `@ptu/wasm-kernels`.
 */
export const sequenceMixer = (
  cell: Cell,
  units: number,
  masked: boolean,
): RecurrentMixer<RecurrentParams> | undefined => {
  if (!cell.fused || (getKernel('PtuMixedSequence', getBackend()) as unknown) === undefined) return undefined
  const run = (x: Tensor, others: readonly Tensor[], attrs: Attrs): Tensor =>
    scope(() => {
      const inputs = [x.dtype === 'float32' ? x : cast(x, 'float32'), ...others]
      const results = engine().runKernel('PtuMixedSequence', inputs as never, { ...attrs, cell: cell.type, masked })
      const [output] = results as unknown as readonly [Tensor, Tensor]
      return output
    })
  return {
    mixMaps: ({ source, fineTuned, random }, gates, x) =>
      scope(() => {
        const learnt = [fineTuned, ...(random ? [random] : [])]
        const attrs = { mixed: 'maps', branches: random ? 3 : 2, given: false } as const
        return run(x, [...gatesOf(gates, units, attrs), ...[source, ...learnt].flatMap(tensorsOf)], attrs)
      }),
    mixStates: ({ source, fineTuned, random }, gates, x, count) =>
      scope(() => {
        const given = 'states' in source
        const first = given ? [concat([...source.states], 2)] : tensorsOf(source.params)
        const learnt = [fineTuned, ...(random ? [random] : [])].flatMap(tensorsOf)
        const attrs = { mixed: count === 1 ? 'states' : 'all-states', branches: random ? 3 : 2, given } as const
        return run(x, [...gatesOf(gates, units, attrs), ...first, ...learnt], attrs)
      }),
  }
}

const tensorsOf = ({ kernel, recurrentKernel, bias, recurrentBias }: RecurrentParams): readonly Tensor[] => [
  kernel,
  recurrentKernel,
  bias,
  ...(recurrentBias ? [recurrentBias] : []),
]

/** The kernel wants gates per unit. */
const gatesOf = ({ update, fineTune }: MixedGates, units: number, { branches }: Attrs): readonly Tensor[] => {
  const gates = [update, ...(fineTune ? [fineTune] : [])]
  if (gates.length !== branches - 1)
    throw new OptionError('expected a fine-tune gate and a random branch together; got one without the other')
  return gates.map((gate) => (gate.rank === 0 ? broadcastTo(gate, [units]) : gate))
}
